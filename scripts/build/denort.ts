/** Both ends of what `deno compile` puts after the runtime. */
const PAYLOAD_MARK = "d3n0l4nd";
/** u32 mark, u32 hash of the payload's name, u64 length of payload and trailer. */
const TRAILER_BYTES = 16;
const TRAILER_MARK = 0x501e;

/**
 * Cuts the Deno runtime (`denort`) out of a 64-bit Linux executable that `deno compile` made. Deno up to 2.8
 * appends what it embeds: runtime, payload, trailer. Throws if the file has not exactly that form, or if the
 * part before the payload is no complete ELF file.
 */
export function cutDenort(executable: Uint8Array): Uint8Array {
  const view = new DataView(executable.buffer, executable.byteOffset, executable.byteLength);
  const trailer = executable.length - TRAILER_BYTES;
  if (trailer < 64 || view.getUint32(0) !== 0x7f454c46 || executable[4] !== 2) {
    throw new Error("Not a 64-bit ELF file");
  }
  const end = executable.length - Number(view.getBigUint64(trailer + 8, true));
  if (view.getUint32(trailer, true) !== TRAILER_MARK || end < 64 || end > trailer - 2 * PAYLOAD_MARK.length) {
    throw new Error("No trailer of deno compile at the end");
  }
  const textAt = (at: number) => String.fromCharCode(...executable.subarray(at, at + PAYLOAD_MARK.length));
  if (textAt(end) !== PAYLOAD_MARK || textAt(trailer - PAYLOAD_MARK.length) !== PAYLOAD_MARK) {
    throw new Error("The payload of deno compile is not where the trailer says");
  }
  // The table of section headers is the last thing in denort.
  const tableEnd = Number(view.getBigUint64(0x28, true)) +
    view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
  if (tableEnd !== end) throw new Error(`The ELF file ends at ${tableEnd}, but the payload starts at ${end}`);
  return executable.subarray(0, end);
}
