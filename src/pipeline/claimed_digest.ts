import { GraphError } from "../errors.ts";
import type { StoreLocation } from "../store/store.ts";
import type { SourceStream } from "./migration_types.ts";

/**
 * Throws FILE_INVALID when a file that was read to its end claims another digest than that of what was read. The
 * digest is asked for only where there is a claim.
 */
export function assertClaimed(
  stream: Pick<SourceStream, "claimedDigest">,
  { display }: Pick<StoreLocation, "display">,
  digestOfRead: () => string,
): void {
  const claimed = stream.claimedDigest?.();
  if (claimed === undefined || claimed === digestOfRead()) return;
  throw new GraphError(
    "FILE_INVALID",
    `"${display}" does not hold what it says that it holds: the digests differ (it was changed)`,
  );
}
