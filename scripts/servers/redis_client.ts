/** Where to send a command, and the password if one is needed. */
export interface RedisAddress {
  port: number;
  password: string;
  /** PEM file of the authority to trust; the connection is by TLS then. */
  caFile?: string | undefined;
}

/** A server's answer in the types of RESP2; `null` is its nil. */
export type Reply = string | number | null | Reply[];

/**
 * Sends one command to a server on 127.0.0.1, on a connection of its own, and gives its answer; an error comes
 * as a thrown one. Enough to set servers up, where a client library would keep connections and timers. Text is
 * ASCII.
 */
export async function askRedis(address: RedisAddress, ...command: string[]): Promise<Reply> {
  const { port, password, caFile } = address;
  const place = { hostname: "127.0.0.1", port };
  using connection = caFile === undefined
    ? await Deno.connect(place)
    : await Deno.connectTls({ ...place, caCerts: [await Deno.readTextFile(caFile)] });
  const commands = password ? [["AUTH", password], command] : [command];
  await connection.write(new TextEncoder().encode(commands.map(encodeCommand).join("")));
  const answers = await readAnswers(connection, commands.length);
  for (const answer of answers) if (answer instanceof Error) throw answer;
  return answers.at(-1) as Reply;
}

function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

/** An error stands in the answer where the server put it. */
type Answer = Reply | Error | Answer[];

async function readAnswers(connection: Deno.Conn, count: number): Promise<Answer[]> {
  const buffer = new Uint8Array(16_384);
  let text = "";
  while (true) {
    const size = await connection.read(buffer);
    if (size === null) throw new Error("The server closed the connection");
    text += String.fromCharCode(...buffer.subarray(0, size));
    const answers = parseMany(text, count, 0);
    if (answers) return answers.value;
  }
}

/** What was read, and where the next begins; undefined if the text ends before. */
type Parsed<T> = { value: T; next: number } | undefined;

function parseMany(text: string, count: number, start: number): Parsed<Answer[]> {
  const value: Answer[] = [];
  let next = start;
  while (value.length < count) {
    const one = parseOne(text, next);
    if (!one) return undefined;
    value.push(one.value);
    next = one.next;
  }
  return { value, next };
}

function parseOne(text: string, start: number): Parsed<Answer> {
  const end = text.indexOf("\r\n", start);
  if (end < 0) return undefined;
  const line = text.slice(start + 1, end);
  const next = end + 2;
  switch (text[start]) {
    case "-":
      return { value: new Error(line), next };
    case ":":
      return { value: Number(line), next };
    case "$": {
      if (line === "-1") return { value: null, next };
      const after = next + Number(line) + 2;
      return text.length < after ? undefined : { value: text.slice(next, after - 2), next: after };
    }
    case "*":
      return line === "-1" ? { value: null, next } : parseMany(text, Number(line), next);
    default:
      return { value: line, next };
  }
}
