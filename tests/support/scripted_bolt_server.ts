import { BoltChannel } from "./memgraph/channel.ts";
import { type Packed, packMessage } from "./memgraph/packstream.ts";

/** What a server that nobody has here would say. */
export interface Script {
  /** What it says that it is. */
  readonly agent: string;
  /** The one value of the one row that every statement gives. */
  readonly value?: string;
  /** How it answers a login, in place of accepting it. */
  readonly login?: Refusal;
  /** How it answers every statement, in place of a row; the one at a place alone, where that is given. */
  readonly statement?: Refusal & { readonly at?: number };
}

/** A server that runs. */
export interface ScriptedBoltServer extends AsyncDisposable {
  readonly uri: string;
  /** The statements that it was sent. */
  readonly statements: number;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

const [HELLO, RESET, RUN, PULL, LOGON] = [0x01, 0x0f, 0x10, 0x3f, 0x6a];
const [SUCCESS, RECORD, IGNORED, FAILURE] = [0x70, 0x71, 0x7e, 0x7f];

/** Starts a server on loopback that speaks Bolt 5.2 and says what it is told to, whatever it is asked. */
export function startScriptedBoltServer(script: Script): ScriptedBoltServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const channels: BoltChannel[] = [];
  const sessions: Promise<void>[] = [];
  const seen = { statements: 0 };
  const accepting = (async () => {
    for await (const connection of listener) {
      const channel = new BoltChannel(connection);
      channels.push(channel);
      sessions.push(serve(channel, script, seen));
    }
  })();
  return {
    uri: `bolt://127.0.0.1:${listener.addr.port}`,
    get statements() {
      return seen.statements;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const channel of channels) channel.close();
      await Promise.all([accepting, ...sessions]);
    },
  };
}

async function serve(
  channel: BoltChannel,
  { agent, value = "", login, statement }: Script,
  seen: { statements: number },
): Promise<void> {
  if (!await channel.accept()) return channel.close();
  const send = (signature: number, field?: Packed) =>
    channel.send(field === undefined ? packMessage(signature) : packMessage(signature, field));
  let hasFailed = false;
  for (;;) {
    const message = await channel.receive();
    if (!message) return channel.close();
    const kind = message[1]!;
    let refusal = kind === LOGON ? login : undefined;
    if (kind === RUN) {
      const place = seen.statements++;
      if (place === (statement?.at ?? place)) refusal = statement;
    }
    if (kind === RESET) hasFailed = false;
    if (hasFailed) await send(IGNORED);
    else if (refusal) {
      hasFailed = true;
      await send(FAILURE, { code: refusal.code, message: refusal.message });
    } else {
      if (kind === PULL) await send(RECORD, [value]);
      await send(
        SUCCESS,
        kind === HELLO ? { server: agent, connection_id: "" } : kind === RUN ? { fields: ["version"] } : {},
      );
    }
  }
}
