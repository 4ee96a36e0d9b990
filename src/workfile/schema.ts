/** The tables of a work file. */

/** Columns of `records` that have a value from the start. */
export const RECORD_COLUMNS = "seq, kind, id, from_id, to_id, type, hash, plan, length, invalidated_by";

/** Creates the tables; a file that has them is left as it is. Kinds, plans and states are codes: see work_record.ts. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
  seq INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  id TEXT NOT NULL,
  from_id TEXT NOT NULL,
  to_id TEXT NOT NULL,
  type TEXT NOT NULL,
  hash BLOB NOT NULL,
  plan INTEGER NOT NULL,
  -- Of the record's text, in UTF-16 units.
  length INTEGER NOT NULL,
  invalidated_by TEXT,
  state INTEGER NOT NULL DEFAULT 0
);
-- A JSON array for each run of records, under the numbers of its first and last one.
CREATE TABLE IF NOT EXISTS texts (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, body TEXT NOT NULL);
-- Records as the target takes them: their heads as JSON, and their rows one after the other. See encoded.ts.
CREATE TABLE IF NOT EXISTS encoded (
  first INTEGER PRIMARY KEY, last INTEGER NOT NULL, heads TEXT NOT NULL, rows BLOB NOT NULL
);
-- What the target held in place of a record that is overwritten.
CREATE TABLE IF NOT EXISTS befores (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
-- Of records that were read and are not among them, since the target cannot keep them or nothing can.
CREATE TABLE IF NOT EXISTS refused (hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS problems (
  severity TEXT NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, field TEXT, reason TEXT NOT NULL, stored TEXT
);
`;
