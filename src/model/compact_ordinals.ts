import { Buffer } from "node:buffer";
import type { Ordinals } from "./derived_id.ts";

const EMPTY = -1;
/** Fuller tables take longer to search than they save. */
const MAX_LOAD = 0.8;

/**
 * Ordinals of millions of relationships in 30 bytes each at the most, where a Map takes 300. Keys are SHA-256 in
 * base64, of which 53 bits are kept: two different ones are taken for the same in one of 1,000 graphs of four
 * million relationships, which then depends on their order.
 */
export class CompactOrdinals implements Ordinals {
  #keys = new Float64Array(1024).fill(EMPTY);
  #values = new Uint32Array(1024);
  #size = 0;

  get(key: string): number | undefined {
    const slot = this.#slotOf(compactKey(key));
    return this.#keys[slot] === EMPTY ? undefined : this.#values[slot];
  }

  set(key: string, ordinal: number): void {
    const compact = compactKey(key);
    const slot = this.#slotOf(compact);
    const isNew = this.#keys[slot] === EMPTY;
    this.#keys[slot] = compact;
    this.#values[slot] = ordinal;
    if (isNew && ++this.#size > this.#keys.length * MAX_LOAD) this.#grow();
  }

  /** Where a key is, or would be. The keys are hashes, so their low bits are as good as any. */
  #slotOf(key: number): number {
    const last = this.#keys.length - 1;
    let slot = key % this.#keys.length;
    while (this.#keys[slot] !== EMPTY && this.#keys[slot] !== key) slot = slot === last ? 0 : slot + 1;
    return slot;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Float64Array(keys.length * 2).fill(EMPTY);
    this.#values = new Uint32Array(keys.length * 2);
    for (let index = 0; index < keys.length; index++) {
      if (keys[index] === EMPTY) continue;
      const slot = this.#slotOf(keys[index]!);
      this.#keys[slot] = keys[index]!;
      this.#values[slot] = values[index]!;
    }
  }
}

function compactKey(key: string): number {
  const bytes = Buffer.from(key, "base64");
  return bytes.readUIntBE(0, 6) * 32 + (bytes[6]! >> 3);
}
