/** A server in a process of its own, and the official clients that talk to it. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientOne } from "@modelcontextprotocol/sdk/client";
import { StdioClientTransport as StdioClientTransportOne } from "@modelcontextprotocol/sdk/client/stdio";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types";

/** The clients: SDK 1, and SDK 2 with either protocol. */
export const GENERATIONS = ["sdk 1", "client 2 with 2025", "client 2 with 2026-07-28"] as const;
/** One of {@linkcode GENERATIONS}. */
export type Generation = (typeof GENERATIONS)[number];

/** What a tool answered. */
export interface ToolResult {
  isError: boolean;
  /** Structured content. */
  value: Record<string, unknown>;
  text: string;
}

/** Options of a call. */
export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: { progress: number; message?: string }) => void;
}

/** How a server is started and what its client can do. */
export interface SessionOptions {
  generation?: Generation;
  args?: string[];
  env?: Record<string, string>;
  /** The user's answer to a question; without it, the client says that it cannot ask. */
  answer?: (message: string) => "accept" | "decline";
  /** The executable to start in place of the source. */
  program?: string;
  /** The folder that is the server's home; one of its own without it. */
  home?: string;
}

/** A client that is connected to a server. Disposing of it ends the server and removes its home. */
export interface Session extends AsyncDisposable {
  readonly home: string;
  // The three clients have these methods alike, and types of their own.
  readonly client: Pick<
    Client,
    "listTools" | "listPrompts" | "getPrompt" | "listResourceTemplates" | "listResources" | "readResource"
  >;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
}

type Question = { params: { message: string } };

const INFO = { name: "memorygraph-test", version: "1" };

/** The command that starts the program: from its source, or an executable. */
export function serverCommand(
  args: readonly string[],
  program?: string,
): { command: string; args: string[] } {
  if (program) return { command: program, args: [...args] };
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return { command: Deno.execPath(), args: ["run", "-qA", "--no-check", main, ...args] };
}

/**
 * A test without the check for leaks: closing an official client leaves a timer of two seconds, after which it
 * would kill a server that has not ended, and the process it has waited for.
 */
export function testSession(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

/** Starts a server on a SQLite file in a home of its own and connects a client. */
export async function connect(options: SessionOptions = {}): Promise<Session> {
  const { generation = "client 2 with 2026-07-28", args = ["serve", "--profile", "full"], env = {}, answer } =
    options;
  const home = options.home ?? await Deno.makeTempDir({ prefix: "memorygraph-mcp-" });
  const parameters = {
    ...serverCommand(args, options.program),
    env: {
      HOME: home,
      PATH: Deno.env.get("PATH") ?? "",
      // The home is not where the modules are.
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      MEMORYGRAPH_STATE_DIR: `${home}/state`,
      ...env,
    },
  };
  const capabilities = answer ? { elicitation: {} } : {};
  const reply = (message: string) => {
    const action = answer!(message);
    return { action, ...(action === "accept" && { content: { confirm: true } }) };
  };
  const client = generation === "sdk 1" ? new ClientOne(INFO, { capabilities }) : new Client(INFO, {
    capabilities,
    versionNegotiation: { mode: generation.endsWith("2025") ? "legacy" : { pin: "2026-07-28" } },
  });
  if (client instanceof ClientOne) {
    if (answer) {
      client.setRequestHandler(ElicitRequestSchema, ({ params }: Question) => reply(params.message));
    }
    await client.connect(new StdioClientTransportOne(parameters));
  } else {
    if (answer) {
      client.setRequestHandler("elicitation/create", ({ params }: Question) => reply(params.message));
    }
    await client.connect(new StdioClientTransport(parameters));
  }
  return {
    home,
    client: client as unknown as Session["client"],
    async call(name, args = {}, options = {}) {
      const result = client instanceof ClientOne
        ? await client.callTool({ name, arguments: args }, undefined, options)
        : await client.callTool({ name, arguments: args }, options);
      const [content] = result.content as { text: string }[];
      return {
        isError: result.isError === true,
        value: result.structuredContent as Record<string, unknown>,
        text: content?.text ?? "",
      };
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      if (options.home === undefined) await Deno.remove(home, { recursive: true });
    },
  };
}
