import assert from "node:assert/strict";
import { type Server, startFalkorDb, startNeo4j, whyUnavailable } from "./mod.ts";
import { exists } from "./cache.ts";

const noFalkorDb = await whyUnavailable("falkordb");
const noNeo4j = await whyUnavailable("neo4j");

Deno.test({
  name: `startFalkorDb() serves, with a password${because(noFalkorDb)}`,
  ignore: noFalkorDb !== undefined,
  async fn() {
    const server = await startFalkorDb();
    await using _ = server;
    assert.match(await ask(server, "PING\r\n"), /^-NOAUTH/);
    assert.match(await ask(server, `AUTH ${server.password}\r\nPING\r\n`), /^\+OK\r\n\+PONG\r\n$/);
    const query = ["GRAPH.QUERY g 'RETURN 1'", "GRAPH.CONFIG GET RESULTSET_SIZE"].join("\r\n");
    assert.match(await ask(server, `AUTH ${server.password}\r\n${query}\r\n`), /RESULTSET_SIZE\r\n:-1/);
    await assertGone(server);
  },
});

Deno.test({
  name: `startFalkorDb() with "aof" keeps what was written before kill()${because(noFalkorDb)}`,
  ignore: noFalkorDb !== undefined,
  async fn() {
    await using server = await startFalkorDb({
      password: "",
      persistence: "aof",
      moduleArguments: ["RESULTSET_SIZE", "100"],
    });
    assert.match(await ask(server, "SET kept 1\r\n"), /^\+OK/);
    const { pid } = server;
    await server.kill();
    assert.equal(await isAlive(pid), false);
    await server.restart();
    assert.notEqual(server.pid, pid);
    assert.match(await ask(server, "GET kept\r\n"), /^\$1\r\n1/);
    await server.restart();
    assert.match(await ask(server, "GRAPH.CONFIG GET RESULTSET_SIZE\r\n"), /:100/);
    await assertGone(server);
  },
});

Deno.test({
  name: `startFalkorDb() keeps a folder it was given, and puts only data there${because(noFalkorDb)}`,
  ignore: noFalkorDb !== undefined,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const server = await startFalkorDb({ directory, persistence: "rdb" });
      await ask(server, `AUTH ${server.password}\r\nSET kept 1\r\n`);
      await server.stop();
      assert.equal(await isAlive(server.pid), false);
      assert.deepEqual(Array.from(Deno.readDirSync(directory), ({ name }) => name), ["dump.rdb"]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test({
  name: `startFalkorDb() shows the log of a server that does not start, and leaves nothing${
    because(noFalkorDb)
  }`,
  ignore: noFalkorDb !== undefined,
  async fn() {
    await assert.rejects(startFalkorDb({ options: ["--no-such-option", "1"] }), /no-such-option/);
  },
});

Deno.test({
  name: `a server ends with the program that started it, even a killed one${because(noFalkorDb)}`,
  ignore: noFalkorDb !== undefined,
  async fn() {
    const program = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", PROGRAM],
      stdout: "piped",
    }).spawn();
    const reader = program.stdout.getReader();
    const { value } = await reader.read();
    const server = JSON.parse(new TextDecoder().decode(value));
    assert.equal(await isAlive(server.pid), true);
    program.kill("SIGKILL");
    await program.status;
    await reader.cancel();
    for (let tries = 0; tries < 100 && await exists(server.directory); tries++) await delay(50);
    assert.equal(await isAlive(server.pid), false);
    assert.equal(await exists(server.directory), false);
  },
});

const PROGRAM = `
  const { startFalkorDb } = await import(${JSON.stringify(import.meta.resolve("./mod.ts"))});
  const { pid, directory } = await startFalkorDb();
  console.log(JSON.stringify({ pid, directory }));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
`;

Deno.test({
  name: `startNeo4j() serves, also after kill() and restart()${because(noNeo4j)}`,
  ignore: noNeo4j !== undefined,
  async fn() {
    await using server = await startNeo4j();
    // Bolt's magic number, and the versions offered: 5.0 to 5.8, 4.4.
    const handshake = new Uint8Array([
      0x60,
      0x60,
      0xb0,
      0x17,
      0,
      8,
      8,
      5,
      0,
      0,
      4,
      4,
      ...new Array(8).fill(0),
    ]);
    assert.deepEqual([...await exchange(server, handshake)], [0, 0, 8, 5]);
    await server.kill();
    await server.restart();
    assert.deepEqual([...await exchange(server, handshake)], [0, 0, 8, 5]);
    await assertGone(server);
  },
});

/** What the server answers on a new connection within a moment. */
async function ask(server: Server, request: string): Promise<string> {
  return new TextDecoder().decode(await exchange(server, new TextEncoder().encode(request)));
}

async function exchange({ port }: Server, request: Uint8Array): Promise<Uint8Array> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(request);
  await delay(150);
  const buffer = new Uint8Array(4096);
  return buffer.subarray(0, await connection.read(buffer) ?? 0);
}

/** Stops the server; a second stop changes nothing. */
async function assertGone(server: Server): Promise<void> {
  await server.stop();
  assert.equal(await isAlive(server.pid), false);
  assert.equal(await exists(server.directory), false);
  await server.stop();
}

async function isAlive(pid: number): Promise<boolean> {
  const { success } = await new Deno.Command("kill", { args: ["-0", String(pid)], stderr: "null" }).output();
  return success;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function because(reason: string | undefined): string {
  return reason ? ` (ignored: ${reason})` : "";
}
