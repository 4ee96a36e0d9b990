/** Calls `holds` until it gives true. Throws after the timeout, with what was waited for. */
export async function waitUntil(
  holds: () => Promise<boolean>,
  { what, timeoutMs = 30_000 }: { what: string; timeoutMs?: number },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!await holds()) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
