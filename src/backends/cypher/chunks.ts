/** Parameters that one statement takes: more make it no quicker. */
const CHUNK = 1000;

/** Items as lists for one statement each, none with more of them than a result may have rows. */
export function* chunks<Item>(items: readonly Item[], maxRows: number): Iterable<Item[]> {
  const size = Math.min(maxRows, CHUNK);
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
