/** One client's connection: each of its messages is answered before the next one is looked at. */
import { Catalog, quote, type UniqueConstraint } from "./catalog.ts";
import type { BoltChannel } from "./channel.ts";
import { concat, pack, type Packed, packMessage, PackReader } from "./packstream.ts";
import { canChangeNodes, commitsByItself, isSchemaStatement, whyRefused } from "./syntax.ts";

/** What Memgraph says it is; (read) src/communication/bolt/v1/constants.hpp and its documentation. */
export const AGENT = "Neo4j/v5.11.0 compatible graph database server - Memgraph";

const [HELLO, GOODBYE, RESET, RUN, BEGIN, COMMIT, ROLLBACK] = [0x01, 0x02, 0x0f, 0x10, 0x11, 0x12, 0x13];
const [DISCARD, PULL, ROUTE] = [0x2f, 0x3f, 0x66];
const [SUCCESS, RECORD, IGNORED, FAILURE] = [0x70, 0x71, 0x7e, 0x7f];
const PULL_ALL = packMessage(PULL, { n: -1n });

const CLIENT_ERROR = "Memgraph.ClientError.MemgraphError.MemgraphError";
const TRANSIENT_ERROR = "Memgraph.TransientError.MemgraphError.MemgraphError";

type Metadata = { [key: string]: Packed };

/** A failure that the stand-in answers with. */
class Refusal extends Error {
  constructor(message: string, readonly code = CLIENT_ERROR) {
    super(message);
  }
}

/** What a session shares with the others of its stand-in. */
export interface Shared {
  readonly catalog: Catalog;
  /** Called with each statement that is let through. */
  onStatement(statement: string): void;
}

/** Serves a client until one of the two ends hangs up. */
export async function serve(client: BoltChannel, server: BoltChannel, shared: Shared): Promise<void> {
  const session = new Session(client, server, shared);
  for (;;) {
    const message = await client.receive();
    if (!message || message[1] === GOODBYE) return;
    await session.handle(message);
  }
}

class Session {
  readonly #client: BoltChannel;
  readonly #server: BoltChannel;
  readonly #shared: Shared;
  #failed = false;
  /** The client has begun a transaction. */
  #inTransaction = false;
  /** We have begun one for a statement that is to commit by itself, so that constraints are checked first. */
  #wraps = false;
  #hasChanged = false;
  /** The rows of a statement that we answer ourselves. */
  #rows: Packed[][] | undefined;

  constructor(client: BoltChannel, server: BoltChannel, shared: Shared) {
    this.#client = client;
    this.#server = server;
    this.#shared = shared;
  }

  async handle(message: Uint8Array): Promise<void> {
    const signature = message[1]!;
    // As the protocol has it: after a failure nothing but a reset is looked at.
    if (this.#failed && signature !== RESET) return await this.#client.send(packMessage(IGNORED));
    try {
      await this.#answer(signature, message);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#failed = true;
      await this.#client.send(packMessage(FAILURE, { code: error.code, message: error.message }));
    }
  }

  async #answer(signature: number, message: Uint8Array): Promise<void> {
    switch (signature) {
      case HELLO: {
        const { connection_id = "" } = await this.#pass(message);
        return await this.#succeed({ server: AGENT, connection_id });
      }
      case RESET:
        this.#failed =
          this.#inTransaction =
          this.#wraps =
          this.#hasChanged =
            false;
        this.#rows = undefined;
        return await this.#succeed(await this.#pass(message));
      case BEGIN:
        this.#hasChanged = false;
        await this.#succeed(await this.#pass(concat([Uint8Array.of(0xb1, BEGIN), ownExtra(message, 2)])));
        this.#inTransaction = true;
        return;
      case COMMIT:
        await this.#checkConstraints();
        this.#inTransaction = false;
        return await this.#succeed(await this.#pass(message));
      case ROLLBACK:
        this.#inTransaction = false;
        return await this.#succeed(await this.#pass(message));
      case RUN:
        return await this.#run(message);
      case PULL:
      case DISCARD:
        return await this.#fetch(signature, message);
      case ROUTE:
        throw new Refusal("The routing table is only available on a coordinator of a cluster");
      default:
        return await this.#succeed(await this.#pass(message));
    }
  }

  async #run(message: Uint8Array): Promise<void> {
    const reader = new PackReader(message, 2);
    const statement = reader.read() as string;
    const parametersFrom = reader.at;
    reader.skip();
    const extra = ownExtra(message, reader.at);
    const parameters = message.subarray(parametersFrom, reader.at);
    const reason = whyRefused(statement);
    if (reason) throw new Refusal(`Error on line 1: ${reason}, in the statement: ${statement}`);
    this.#shared.onStatement(statement);
    if (isSchemaStatement(statement)) return await this.#runSchema(statement, parameters, extra);
    if (canChangeNodes(statement)) {
      this.#hasChanged = true;
      if (!this.#inTransaction && !commitsByItself(statement)) {
        await this.#pass(concat([Uint8Array.of(0xb1, BEGIN), extra]));
        this.#wraps = true;
        return await this.#succeed(await this.#pass(runMessage(statement, parameters, pack({}))));
      }
    }
    await this.#succeed(await this.#pass(runMessage(statement, parameters, extra)));
  }

  async #runSchema(statement: string, parameters: Uint8Array, extra: Uint8Array): Promise<void> {
    const kind = Catalog.kindOf(statement);
    if (this.#inTransaction) {
      const verb = kind === "Info reporting" ? "" : " manipulation";
      throw new Refusal(`${kind ?? "This"}${verb} not allowed in multicommand transactions.`);
    }
    const answer = this.#shared.catalog.answer(statement);
    if (!answer) throw new Refusal(`The stand-in does not carry out: ${statement}`);
    if ("run" in answer) {
      return await this.#succeed(await this.#pass(runMessage(answer.run, parameters, extra)));
    }
    if ("unique" in answer) {
      const { label, property } = answer.unique;
      if (await this.#isViolated(answer.unique)) {
        throw new Refusal(
          `Unable to create unique constraint :${label}(${property}), because an existing node violates it.`,
        );
      }
      this.#shared.catalog.add(answer.unique);
    }
    this.#rows = "rows" in answer ? answer.rows : [];
    await this.#succeed({ fields: "fields" in answer ? answer.fields : [], t_first: 0n });
  }

  async #fetch(signature: number, message: Uint8Array): Promise<void> {
    if (this.#rows) {
      const rows = signature === PULL ? this.#rows : [];
      this.#rows = undefined;
      await this.#client.send(...rows.map((row) => packMessage(RECORD, row)));
      return await this.#succeed({ type: "r", t_last: 0n, db: "memgraph" });
    }
    const metadata = await this.#pass(message);
    if (this.#wraps && metadata.has_more !== true) {
      await this.#checkConstraints();
      await this.#pass(packMessage(COMMIT));
      this.#wraps = false;
    }
    await this.#succeed(metadata);
  }

  /** Memgraph looks at unique constraints when a transaction commits, not before. */
  async #checkConstraints(): Promise<void> {
    if (!this.#hasChanged) return;
    this.#hasChanged = false;
    for (const constraint of this.#shared.catalog.unique.values()) {
      if (!(await this.#isViolated(constraint))) continue;
      const { label, property } = constraint;
      throw new Refusal(`Unable to commit due to unique constraint violation on :${label}(${property})`);
    }
  }

  async #isViolated({ label, property }: UniqueConstraint): Promise<boolean> {
    const statement = `MATCH (x:${quote(label)}) WHERE x.${quote(property)} IS NOT NULL ` +
      `WITH x.${quote(property)} AS value, count(*) AS n WHERE n > 1 RETURN 1 LIMIT 1`;
    let found = false;
    await this.#ask(packMessage(RUN, statement, {}, {}));
    await this.#ask(PULL_ALL, () => void (found = true));
    return found;
  }

  /** Sends a message on, and the records that it brings back. Throws Refusal for a failure. */
  async #pass(message: Uint8Array): Promise<Metadata> {
    const records: Uint8Array[] = [];
    const flush = async () => await this.#client.send(...records.splice(0));
    const metadata = await this.#ask(message, async (record) => {
      records.push(record);
      if (records.length >= 100) await flush();
    });
    await flush();
    return metadata;
  }

  async #ask(message: Uint8Array, onRecord: (record: Uint8Array) => unknown = () => {}): Promise<Metadata> {
    await this.#server.send(message);
    for (;;) {
      const reply = await this.#server.receive();
      if (!reply) throw new Deno.errors.ConnectionReset("The server behind the stand-in hung up");
      if (reply[1] === RECORD) await onRecord(reply);
      else if (reply[1] === SUCCESS) return new PackReader(reply, 2).read() as Metadata;
      else if (reply[1] === FAILURE) throw translateFailure(new PackReader(reply, 2).read() as Metadata);
      else throw new Refusal("The server behind the stand-in ignored a message");
    }
  }

  async #succeed(metadata: Metadata): Promise<void> {
    const { db: _db, bookmark: _bookmark, ...rest } = metadata;
    await this.#client.send(packMessage(SUCCESS, rest));
  }
}

function runMessage(statement: string, parameters: Uint8Array, extra: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(0xb3, RUN), pack(statement), parameters, extra]);
}

/** A message's extra map at this position, without the database, which is another one on the server. */
function ownExtra(message: Uint8Array, at: number): Uint8Array {
  const { db, bookmarks: _bookmarks, ...rest } = new PackReader(message, at).read() as Metadata;
  if (db !== undefined && db !== null && db !== "memgraph") {
    throw new Refusal(`Unknown database name "${db}"`);
  }
  return pack(rest);
}

/** Neo4j's failures under the codes that Memgraph has for such things. */
function translateFailure({ code, message }: Metadata): Refusal {
  const [text, name] = [String(message), String(code)];
  if (name.startsWith("Neo.ClientError.Security.")) {
    return new Refusal("Authentication failure", "Memgraph.ClientError.Security.Unauthenticated");
  }
  return new Refusal(text, name.startsWith("Neo.TransientError.") ? TRANSIENT_ERROR : CLIENT_ERROR);
}
