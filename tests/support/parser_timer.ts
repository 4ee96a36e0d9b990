/**
 * Keeps ioredis's parser from starting the interval by which it makes its buffer smaller again, seconds after a
 * long text: a test would be blamed for it. Imported by what leads to a FalkorDB.
 */
const { setInterval } = globalThis;

globalThis.setInterval =
  ((action: () => void, ...more: unknown[]) =>
    action.name === "decreaseBufferPool"
      ? -1
      : Reflect.apply(setInterval, globalThis, [action, ...more])) as typeof globalThis.setInterval;
