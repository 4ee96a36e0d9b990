/**
 * Remembers which ids a store wrote, in fixed memory: "no" is certain, "perhaps" asks for a look into the
 * database. It spares a load into an empty graph a search for each relationship's id, which no index helps.
 */
export class WrittenIds {
  // 4 MiB, two bits for each id: of a million, one in 300 that was not added looks as if it were.
  readonly #bits = new Uint8Array(1 << 22);

  /** Whether the id may have been added. */
  mayHave(id: string): boolean {
    return placesOf(id).every((place) => (this.#bits[place >>> 3]! & (1 << (place & 7))) !== 0);
  }

  add(id: string): void {
    for (const place of placesOf(id)) this.#bits[place >>> 3]! |= 1 << (place & 7);
  }
}

/** Two numbers of 25 bits: FNV-1a, and the same from another start, with its bits mixed. */
function placesOf(id: string): [number, number] {
  let [first, second] = [0x811c9dc5, 0x2545f491];
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    first = Math.imul(first ^ unit, 0x01000193);
    second = Math.imul(second ^ unit, 0x85ebca6b);
    second ^= second >>> 15;
  }
  return [(first ^ (first >>> 25)) & 0x1ffffff, (second ^ (second >>> 25)) & 0x1ffffff];
}
