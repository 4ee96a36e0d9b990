import type { ServerProcess } from "./process.ts";

/** A server on 127.0.0.1. Owned with `await using`, or ended with `stop()`. */
export interface Server extends ServerProcess, AsyncDisposable {
  /** Without credentials. */
  readonly uri: string;
  readonly port: number;
  readonly password: string;
  /** Holds the server's data. */
  readonly directory: string;
}

/** Joins what runs with what is known about it. */
export function asServer<Facts extends object>(
  running: ServerProcess,
  facts: Facts,
): ServerProcess & Facts & AsyncDisposable {
  return {
    ...facts,
    get pid() {
      return running.pid;
    },
    stop: () => running.stop(),
    kill: () => running.kill(),
    restart: () => running.restart(),
    [Symbol.asyncDispose]: () => running.stop(),
  };
}
