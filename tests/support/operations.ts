import type { z } from "zod";
import { createLogger, type Logger } from "../../src/log.ts";
import type { Operation } from "../../src/operations/operation.ts";
import type { GraphStore } from "../../src/store/store.ts";

/** A logger that drops everything. */
export const silentLogger: Logger = createLogger("error", () => {});

/** Runs a memory operation on an open store, as a server does. */
export async function runOn<Input extends z.ZodObject, Output extends z.ZodObject>(
  store: GraphStore,
  operation: Operation<Input, Output>,
  input: Record<string, unknown>,
  env: Record<string, string> = {},
): Promise<z.output<Output>> {
  return await operation.run(operation.input.parse(input), {
    signal: new AbortController().signal,
    progress: () => {},
    log: silentLogger,
    env,
    memories: () => Promise.resolve(lend(store)),
  });
}

/** The store, whose disposing is its owner's business. */
function lend(store: GraphStore): GraphStore {
  return new Proxy(store, {
    get(target, key) {
      if (key === Symbol.asyncDispose) return () => Promise.resolve();
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
