/**
 * Remembers which ids a store wrote, in fixed memory: "no" is certain, "perhaps" asks for a look into the
 * database. It spares a load into an empty graph a search for each relationship's id, which no index helps.
 */
export class WrittenIds {
  // 4 MiB: a million ids set 3 % of the bits.
  readonly #bits = new Uint8Array(1 << 22);

  /** Whether the id may have been added. */
  mayHave(id: string): boolean {
    const hash = hashOf(id);
    return (this.#bits[hash >>> 3]! & (1 << (hash & 7))) !== 0;
  }

  add(id: string): void {
    const hash = hashOf(id);
    this.#bits[hash >>> 3]! |= 1 << (hash & 7);
  }
}

/** FNV-1a, folded to 25 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index++) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 25)) & 0x1ffffff;
}
