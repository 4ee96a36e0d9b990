import assert from "node:assert/strict";
import { exists } from "./cache.ts";
import { type ServerName, whyUnavailable } from "./kinds.ts";
import type { Server } from "./server.ts";

/**
 * Makes a function that defines tests which need a kind of server. Where it cannot be had they are ignored, and
 * their names end with the reason, or with the only system that has it.
 */
export async function testsWith(
  name: ServerName,
  system: "(not on windows)" | "(linux only)" = "(not on windows)",
): Promise<(title: string, fn: () => Promise<void>) => void> {
  const reason = await whyUnavailable(name);
  const os = Deno.build.os;
  const lacks = os === "windows" || os !== "linux" && system === "(linux only)";
  const ending = reason === undefined ? "" : lacks ? ` ${system}` : ` (${reason})`;
  return (title, fn) => Deno.test({ name: `${title}${ending}`, ignore: reason !== undefined, fn });
}

/** Stops the server; a second stop changes nothing. */
export async function assertStops(server: Server): Promise<void> {
  await server.stop();
  await assertGone(server);
  await server.stop();
}

/** Asserts that neither the server's process nor its folder is there. */
export async function assertGone({ pid, directory }: { pid: number; directory: string }): Promise<void> {
  assert.equal(await isAlive(pid), false);
  assert.equal(await exists(directory), false);
}

/** Whether there is a process of this id that this user may signal. */
export async function isAlive(pid: number): Promise<boolean> {
  const { success } = await new Deno.Command("kill", { args: ["-0", String(pid)], stderr: "null" }).output();
  return success;
}

/** What a server answers on a connection. Closes it. */
export async function exchange(connection: Deno.Conn, request: Uint8Array): Promise<Uint8Array> {
  using _ = connection;
  await connection.write(new Uint8Array(request));
  const buffer = new Uint8Array(4096);
  return buffer.subarray(0, await connection.read(buffer) ?? 0);
}

/** Bolt's magic number, and the versions that a client offers: 6.x, 5.x, 4.4. */
export const BOLT_HANDSHAKE = new Uint8Array([
  ...[0x60, 0x60, 0xb0, 0x17],
  ...[0, 9, 9, 6],
  ...[0, 8, 8, 5],
  ...[0, 0, 4, 4],
  ...[0, 0, 0, 0],
]);
