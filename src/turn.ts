/**
 * Gives whatever else waits its turn: a signal, a client's message, bytes on their way to a server. Long runs of
 * synchronous work, as node:sqlite's calls are, would hold them back.
 */
export function turn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}
