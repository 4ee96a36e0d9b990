/**
 * Runs the server scenarios of the official MCP conformance suite that ask for no tools of its own against
 * `memorygraph serve`, through a bridge from Streamable HTTP to stdio. Prints the outcome of each.
 */
import { serverCommand } from "../tests/support/mcp.ts";

const SUITE = "npm:@modelcontextprotocol/conformance@0.1.16";
/** The others call tools, resources and prompts that only the suite's own example server has. */
const SCENARIOS = ["server-initialize", "ping", "tools-list", "resources-list", "prompts-list"];

interface Message {
  id?: string | number;
  method?: string;
}

/** A server process for one HTTP session. */
class Bridge {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<string | number, (answer: Message) => void>();

  constructor(home: string) {
    const { command, args } = serverCommand(["serve", "--profile", "full"]);
    const env = { HOME: home, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` };
    this.#process = new Deno.Command(command, { args, env, stdin: "piped", stdout: "piped", stderr: "null" })
      .spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#receive();
  }

  async #receive(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        if (message.id !== undefined && message.method === undefined) {
          this.#waiting.get(message.id)?.(message);
        }
      }
    }
  }

  async ask(message: Message): Promise<Message | undefined> {
    const answer = message.id === undefined || message.method === undefined
      ? undefined
      : new Promise<Message>((resolve) => this.#waiting.set(message.id!, resolve));
    await this.#writer.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
    return await answer;
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
  }
}

const home = await Deno.makeTempDir({ prefix: "memorygraph-conformance-" });
const sessions = new Map<string, Bridge>();

async function handle(request: Request): Promise<Response> {
  if (request.method !== "POST") return new Response(null, { status: 405 });
  const message = await request.json() as Message;
  const id = request.headers.get("mcp-session-id") ?? crypto.randomUUID();
  const bridge = sessions.get(id) ?? new Bridge(home);
  sessions.set(id, bridge);
  const answer = await bridge.ask(message);
  const headers = { "mcp-session-id": id };
  return answer ? Response.json(answer, { headers }) : new Response(null, { status: 202, headers });
}

const http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handle);
let hasFailed = false;
for (const scenario of SCENARIOS) {
  const url = `http://127.0.0.1:${http.addr.port}/mcp`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-qA", "--no-lock", "--no-config", SUITE, "server", "--url", url, "--scenario", scenario],
    cwd: home,
  }).output();
  console.log(`${scenario}: ${code === 0 ? "passed" : "failed"}`);
  if (code === 0) continue;
  hasFailed = true;
  console.log(
    new TextDecoder().decode(stdout).slice(0, 2000) + new TextDecoder().decode(stderr).slice(0, 2000),
  );
}
for (const bridge of sessions.values()) await bridge.close();
await http.shutdown();
await Deno.remove(home, { recursive: true });
if (hasFailed) Deno.exit(1);
