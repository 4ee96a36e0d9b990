/** The lines of a JSON Lines archive, for its writer and its reader. */

/** What the header says that the file is. */
export const ARCHIVE_FORMAT = "memorygraph-archive";
/** Readers refuse a higher version. */
export const ARCHIVE_VERSION = 1;
