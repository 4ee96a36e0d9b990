const SHOWN = 100;

/** An id in quotes, cut to what fits into a message: it may be long, and that may be what is wrong with it. */
export function shownId(id: string): string {
  return `${JSON.stringify(id.slice(0, SHOWN))}${id.length > SHOWN ? "..." : ""}`;
}
