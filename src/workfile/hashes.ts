/** Hashes read many at a time: as rows of their own they cost more than all that is done with them. */
import type { DatabaseSync } from "node:sqlite";
import { digestOf } from "../model/canonical.ts";

/** Hexadecimal digits of a SHA-256. */
const HASH_LENGTH = 64;

/** An expression for the digits of the hash of a row. */
export const HASH_DIGITS = "lower(hex(hash))";

/** An expression for the hashes of a group of rows in an order, joined. */
export const joinedHashes = (order: string): string => `lower(group_concat(hex(hash), '' ORDER BY ${order}))`;

/** Joined hashes one by one. */
export function* splitHashes(joined: string): Generator<string> {
  for (let at = 0; at < joined.length; at += HASH_LENGTH) yield joined.slice(at, at + HASH_LENGTH);
}

/** The digest over the column `hash` of the rows that `from` names, a table with or without a condition. */
export function digestOfRows(database: DatabaseSync, from: string): string {
  // By their first byte, so that no group is all of them; and as bytes, which SQLite joins as they are, since digits
  // would have to be made and read.
  const groups = database.prepare(
    `SELECT CAST(group_concat(hash, '' ORDER BY hash) AS BLOB) AS joined FROM ${from} ` +
      "GROUP BY substr(hash, 1, 1) ORDER BY substr(hash, 1, 1)",
  );
  return digestOf((function* () {
    for (const { joined } of groups.iterate()) yield joined as Uint8Array;
  })());
}
