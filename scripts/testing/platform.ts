/** Names of operating systems as `Deno.build.os` has them, and as test names say them. */
const SYSTEMS: Record<string, string> = {
  windows: "windows",
  linux: "linux",
  macos: "darwin",
  darwin: "darwin",
};

/**
 * Whether a test says by its name that it has no place on this system: it ends in "(windows only)",
 * "(linux, macos only)" or "(not on windows)". Such a test may be ignored in strict mode; any other may not.
 */
export function isBoundElsewhere(name: string, os: string = Deno.build.os): boolean {
  const match = name.match(/\((?:(not on) ([\w, ]+)|([\w, ]+) only)\)$/);
  if (!match) return false;
  const [, not, excluded, only] = match;
  const systems = (excluded ?? only ?? "").split(/,\s*/).map((word) => SYSTEMS[word.trim().toLowerCase()]);
  // A word that names no system makes no exception.
  if (systems.includes(undefined)) return false;
  return systems.includes(os) === (not !== undefined);
}
