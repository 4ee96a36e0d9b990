/** What `deno compile --target` takes. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

/** One of {@linkcode TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** This machine's target. Throws on a system for which Deno makes no executables. */
export function hostTarget(): Target {
  return asTarget(Deno.build.target);
}

/** Throws an error that lists the targets if there is none of this name. */
export function asTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target) return target;
  throw new Error(`Unknown target "${name}" (one of: ${TARGETS.join(", ")})`);
}

/** `memorygraph`, with the target's name if given, and what an executable ends in there. */
export function executableName(target: Target, { withTarget }: { withTarget: boolean }): string {
  return `memorygraph${withTarget ? `-${target}` : ""}${target.includes("windows") ? ".exe" : ""}`;
}
