/** Hashes read many at a time: as rows of their own they cost more than all that is done with them. */
import type { DatabaseSync } from "node:sqlite";
import { digestOf } from "../model/canonical.ts";

/** Bytes of a SHA-256. */
const HASH_LENGTH = 32;
const PAGE_SIZE = 1000;

/** An expression for the hashes of a group of rows in an order, joined. */
export const joinedHashes = (order: string): string => `unhex(group_concat(hex(hash), '' ORDER BY ${order}))`;

/** Joined hashes one by one. */
export function* splitHashes(joined: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < joined.length; at += HASH_LENGTH) yield joined.subarray(at, at + HASH_LENGTH);
}

/** The digest over the column `hash` of the rows that `from` names, a table with or without a condition. */
export function digestOfRows(database: DatabaseSync, from: string): string {
  const pages = database.prepare(
    `SELECT ${joinedHashes("hash")} AS joined FROM (` +
      `SELECT hash, row_number() OVER (ORDER BY hash) / ${PAGE_SIZE} AS page FROM ${from}` +
      ") GROUP BY page ORDER BY page",
  );
  return digestOf((function* () {
    for (const { joined } of pages.iterate()) yield joined as Uint8Array;
  })());
}
