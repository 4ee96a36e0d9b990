/**
 * What a file may hold, so that reading a hostile one takes bounded memory. A record beyond them is refused
 * when it is exported too, so that every file we write can be read. How deeply it may be nested is JSON's own
 * limit: `MAX_DEPTH` of model/json.ts.
 */

/** Bytes of one record, and of any other single value or line. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Values within one record: a list of empty objects takes twenty times its text in memory. */
export const MAX_RECORD_VALUES = 1_000_000;
