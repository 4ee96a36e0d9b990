import { Buffer } from "node:buffer";
import type { Cluster, Redis } from "ioredis";
import { GraphError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { StoreLocation } from "../../store/store.ts";
import { chunks } from "./chunks.ts";
import { countRecords } from "./counts.ts";
import {
  type Driver,
  type EncodedPart,
  type GraphNames,
  type Parameters,
  RowCountError,
  type ScanOptions,
  type WritePart,
} from "./driver.ts";
import { explainFalkorError, isEmptyKeyError, isRowCountError, isTimeoutError } from "./falkor_errors.ts";
import { ExactDoubles, ratioColumn, RATIOS } from "./falkor_exact.ts";
import {
  type Cell,
  type NodeCell,
  type Raw,
  type RelationshipCell,
  ReplyDecoder,
  UnknownName,
} from "./falkor_reply.ts";
import { allNames, FalkorNames, TABLES } from "./falkor_names.ts";
import { type RangeReader, readRanges } from "./falkor_scan.ts";
import { literal, parameterText } from "./falkor_text.ts";
import { quote } from "./names.ts";
import { weightOf } from "./page_size.ts";
import { asAsked, unsoundReply } from "./sound_reply.ts";
import { timed } from "./statement_log.ts";
import type { StoredNode, StoredRelationship, StoredValue } from "./values.ts";

/** What the driver needs to know about a graph on a server. */
export interface FalkorOptions {
  /** Ends the client's connections. */
  close(): Promise<void>;
  /** A connected client with `stringNumbers`, so that int64 arrives exactly. */
  readonly client: Redis | Cluster;
  /** The key of the graph. */
  readonly graph: string;
  readonly location: StoreLocation;
  readonly settings: ServerSettings;
  readonly product: string;
  /** Resolves once what was written is safe; absent where an acknowledged write is. */
  readonly confirm?: () => Promise<void>;
  readonly log?: Logger;
}

/** The server's settings that shape our statements. */
export interface ServerSettings {
  /** The server silently cuts a result after this many rows; Infinity where it does not. */
  readonly resultSetSize: number;
  /** What to ask for, where the server would otherwise stop a statement too early. */
  readonly timeoutMs: number | undefined;
}

/** No graph's names have it. */
const NO_VERSION = "0";
/** How often a query is asked again because the graph's names have changed. */
const MAX_ATTEMPTS = 10;

/**
 * FalkorDB over the Redis protocol. One query is atomic, several are not, so a write is one query. Reads use
 * GRAPH.RO_QUERY, which never creates a graph; a graph that does not exist reads as empty.
 */
export class FalkorDriver implements Driver {
  readonly product: string;
  readonly graph: string;
  readonly #client: Redis | Cluster;
  readonly #close: () => Promise<void>;
  readonly #location: StoreLocation;
  readonly #settings: ServerSettings;
  readonly #confirm: (() => Promise<void>) | undefined;
  readonly #log: Logger | undefined;
  readonly #timeout: readonly string[];
  readonly #decoder = new ReplyDecoder();
  readonly #made = new FalkorNames({
    names: (text) => this.#names(text),
    change: (text) => this.schema(text),
  });
  #schemaVersion = NO_VERSION;

  constructor({ close, client, graph, location, settings, product, confirm, log }: FalkorOptions) {
    this.product = product;
    this.graph = graph;
    this.#client = client;
    this.#close = close;
    this.#location = location;
    this.#settings = settings;
    this.#confirm = confirm;
    this.#timeout = settings.timeoutMs === undefined ? [] : ["timeout", String(settings.timeoutMs)];
    this.#log = log;
  }

  /** Rows in a result at the most: one less than the server cuts at, so that a cut is seen. */
  get maxRows(): number {
    return this.#settings.resultSetSize - 1;
  }

  internalId(variable: string): string {
    return `id(${variable})`;
  }

  internalIdParameter(internalId: string): StoredValue {
    return BigInt(internalId);
  }

  async rows(text: string, parameters: Parameters = {}): Promise<StoredValue[][]> {
    return await this.#read(text, parameters) as StoredValue[][];
  }

  async nodes(match: string, parameters: Parameters = {}): Promise<StoredNode[]> {
    return await this.#toNodes(await this.#read(`${match} RETURN ${NODE_COLUMNS}`, parameters));
  }

  #toNodes(rows: readonly Cell[][]): Promise<StoredNode[]> {
    return this.#exact(rows, RATIOS.m, ([cell]) => (cell as NodeCell).node);
  }

  async relationships(match: string, parameters: Parameters = {}): Promise<StoredRelationship[]> {
    return await this.#relationshipRows(`${match} RETURN ${RELATIONSHIP_COLUMNS}`, parameters);
  }

  /**
   * Out of an index, type by type, where there is one. A condition on the ends would make such a query a scan
   * of all nodes for each relationship (4.16.3), so their labels are looked at here.
   */
  async relationshipsById(ids: readonly string[]): Promise<StoredRelationship[]> {
    const indexed = await this.indexedTypes();
    const others = (await this.relationshipTypes()).filter((type) => !indexed.includes(type));
    const parameters = { ids: [...ids] };
    const found: StoredRelationship[] = [];
    if (indexed.length > 0) {
      const texts = indexed.map((type) =>
        `MATCH (a)-[r:${quote(type)}]->(b) WHERE r.id IN $ids ` +
        `RETURN ${RELATIONSHIP_COLUMNS}, labels(a) AS la, labels(b) AS lb`
      );
      const rows = await this.#read(texts.join(" UNION ALL "), parameters);
      found.push(...await this.#toRelationships(rows.filter((row) => row.slice(4).every(isMemoryLabels))));
    }
    if (others.length > 0) {
      const types = indexed.length > 0 ? `:${others.map(quote).join("|")}` : "";
      const match = `MATCH (a:Memory)-[r${types}]->(b:Memory) WHERE r.id IN $ids`;
      found.push(...await this.relationships(match, parameters));
    }
    return found;
  }

  /** Types that have an index on the id of their relationships. */
  async indexedTypes(): Promise<string[]> {
    const text =
      "CALL db.indexes() YIELD label, properties, entitytype, status WHERE status = 'OPERATIONAL' " +
      "AND entitytype = 'RELATIONSHIP' AND 'id' IN properties RETURN collect(label)";
    return await this.#names(text);
  }

  /** Every relationship type that the graph has or had. */
  async relationshipTypes(): Promise<string[]> {
    return await this.#names(allNames("types"));
  }

  /** The names that a statement collects. */
  async #names(text: string): Promise<string[]> {
    const [[names = []] = []] = await this.rows(text);
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
    throw unsoundReply();
  }

  makeNames(names: GraphNames): Promise<void> {
    return this.#made.make(names);
  }

  async #relationshipRows(text: string, parameters: Parameters): Promise<StoredRelationship[]> {
    return await this.#toRelationships(await this.#read(text, parameters));
  }

  #toRelationships(rows: readonly Cell[][]): Promise<StoredRelationship[]> {
    return this.#exact(rows, RATIOS.r, (row) => {
      const { relationship } = row[0] as RelationshipCell;
      return { ...relationship, from: row[2] as StoredValue, to: row[3] as StoredValue };
    });
  }

  async #exact<Item extends StoredNode | StoredRelationship>(
    rows: readonly Cell[][],
    ratios: readonly string[],
    toItem: (row: Cell[]) => Item,
  ): Promise<Item[]> {
    const doubles = new ExactDoubles();
    const items = asAsked(() =>
      rows.map((row) => {
        const item = toItem(row);
        const { inexact } = row[0] as NodeCell | RelationshipCell;
        doubles.add(item, inexact, { ratios, column: row[1] as string });
        return item;
      })
    );
    await doubles.resolve(async (text, pending) => {
      const found: StoredValue[][] = [];
      for (const some of chunks(pending, this.maxRows)) found.push(...await this.rows(text, { items: some }));
      return found;
    });
    return items;
  }

  scanNodes({ pageSize, signal }: ScanOptions): AsyncIterable<StoredNode[]> {
    const text = "MATCH (m:Memory) WHERE id(m) >= $from AND id(m) < $to";
    const pages = readRanges<StoredNode>({
      fetch: (from, to, limit) =>
        unlessTimedOut(async () => {
          const rows = await this.#read(
            `${text} RETURN ${NODE_COLUMNS} LIMIT $limit`,
            range(from, to, limit),
          );
          return await this.#toNodes(rows);
        }),
      weigh: weightOf,
    }, { last: this.#lastNode, pageSize: Math.min(pageSize, this.maxRows - 1), signal });
    return this.#counted("memories", pages);
  }

  scanRelationships({ pageSize, signal }: ScanOptions): AsyncIterable<StoredRelationship[]> {
    const options = { pageSize: Math.min(pageSize, this.maxRows - 1), signal };
    const reader = (where: string, more: Parameters = {}): RangeReader<StoredRelationship> => ({
      fetch: (from, to, limit) =>
        unlessTimedOut(() =>
          this.#relationshipRows(
            `MATCH (a:Memory)-[r]->(b:Memory) WHERE ${where} RETURN ${RELATIONSHIP_COLUMNS} LIMIT $limit`,
            { ...range(from, to, limit), ...more },
          )
        ),
      weigh: weightOf,
    });
    // The relationships of one memory, by ranges of their own ids.
    const ofHub = (id: number) => {
      const hub = { hub: BigInt(id) };
      const last = () =>
        this.#last("MATCH (a:Memory)-[r]->(:Memory) WHERE id(a) = $hub RETURN max(id(r))", hub);
      return readRanges(reader("id(a) = $hub AND id(r) >= $from AND id(r) < $to", hub), { ...options, last });
    };
    const bySource = { ...reader("id(a) >= $from AND id(a) < $to"), split: ofHub };
    return this.#counted("relationships", readRanges(bySource, { ...options, last: this.#lastNode }));
  }

  readonly #lastNode = () => this.#last("MATCH (m:Memory) RETURN max(id(m))");

  async #last(text: string, parameters: Parameters = {}): Promise<number> {
    const [[last] = []] = await this.rows(text, parameters);
    return typeof last === "bigint" ? Number(last) : -1;
  }

  /** Passes pages on and compares their rows with the database's own count, so that nothing is silently short. */
  async *#counted<Row>(
    what: "memories" | "relationships",
    pages: AsyncIterable<Row[]>,
  ): AsyncIterable<Row[]> {
    const count = async () => (await countRecords(this))[what];
    const before = await count();
    let seen = 0;
    for await (const page of pages) {
      seen += page.length;
      yield page;
    }
    if (seen === before) return;
    const after = await count();
    if (seen >= after) return;
    throw after === before
      ? new GraphError("STORE_FAILED", `${this.#location.display} gave ${seen} of ${before} records`)
      : new GraphError("SOURCE_CHANGED", `${this.#location.display} was changed while it was read`);
  }

  async write(parts: readonly WritePart[]): Promise<void> {
    await this.writeEncoded(parts.map((part) => ({ ...part, rows: part.rows.map(encodeRow) })));
  }

  async writeEncoded(parts: readonly EncodedPart[]): Promise<void> {
    const parameters: (string | Uint8Array)[] = ["CYPHER"];
    const texts = parts.map(({ text, rows, expected }, index) => {
      parameters.push(` rows${index}=[`);
      rows.forEach((row, at) => at > 0 ? parameters.push(",", row) : parameters.push(row));
      parameters.push("] ");
      const clauses = `UNWIND $rows${index} AS row ${text}`;
      if (expected === undefined) return `${clauses} RETURN count(*) AS n`;
      parameters.push(`n${index}=${expected} `);
      // The division fails the whole query, which FalkorDB then undoes.
      return `${clauses} RETURN 1 / (CASE count(*) WHEN $n${index} THEN 1 ELSE 0 END) AS n`;
    });
    if (texts.length === 0) return;
    try {
      await this.#send("GRAPH.QUERY", { text: texts.join(" UNION ALL "), parameters });
    } catch (error) {
      throw isRowCountError(error) ? new RowCountError("rows are missing", { cause: error }) : error;
    }
    await this.#confirm?.();
  }

  /** An index that is there already is no failure: a listing leaves out one that is being built at the moment. */
  async schema(text: string): Promise<void> {
    try {
      await this.#call("GRAPH.QUERY", text, {});
    } catch (error) {
      if (!/already indexed/i.test(String(error))) throw error;
    }
    await this.#confirm?.();
  }

  /** Creates or drops the unique constraint on a memory's id, which is a command and not a query. */
  async constraint(action: "CREATE" | "DROP"): Promise<void> {
    const args = [action, this.graph, "UNIQUE", "NODE", "Memory", "PROPERTIES", "1", "id"];
    await timed(
      this.#log,
      `GRAPH.CONSTRAINT ${args.join(" ")}`,
      () => this.#client.call("GRAPH.CONSTRAINT", ...args),
    );
  }

  /** INFO's facts, empty where the user may not ask. */
  async serverInfo(): Promise<Map<string, string>> {
    try {
      const text = await timed(this.#log, "INFO", () => this.#client.call("INFO")) as string;
      return new Map(
        text.split("\r\n").flatMap((line) => {
          const at = line.indexOf(":");
          return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
        }),
      );
    } catch {
      return new Map();
    }
  }

  explain(error: unknown): GraphError {
    return explainFalkorError(error, this.#location);
  }

  async #read(text: string, parameters: Parameters): Promise<Cell[][]> {
    let rows: Cell[][];
    try {
      rows = await this.#decoded(text, parameters);
    } catch (error) {
      if (isEmptyKeyError(error)) return [];
      throw error;
    }
    if (rows.length <= this.maxRows) return rows;
    throw new GraphError(
      "STORE_FAILED",
      `${this.#location.display} cut a result after ${rows.length} rows (raise RESULTSET_SIZE)`,
    );
  }

  /** The server looks at its names' version first: a name that is added after that may be in the reply all the same. */
  async #decoded(text: string, parameters: Parameters): Promise<Cell[][]> {
    for (let attempt = 1;; attempt++) {
      const reply = await this.#current(text, parameters);
      try {
        return asAsked(() => this.#decoder.rows(reply));
      } catch (error) {
        if (!(error instanceof UnknownName) || attempt === MAX_ATTEMPTS) throw error;
        this.#schemaVersion = NO_VERSION;
      }
    }
  }

  /**
   * A reply whose numbered names are the ones we know: the server compares the version of its names with ours
   * and refuses to answer while they differ, also when the graph was deleted and made anew.
   */
  async #current(text: string, parameters: Parameters): Promise<Raw> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const reply = await this.#call("GRAPH.RO_QUERY", text, parameters, ["version", this.#schemaVersion]);
      if (!((reply as unknown[])[0] instanceof Error)) return reply;
      const version = (reply as string[])[1]!;
      for (const table of TABLES) {
        const names = await this.#call("GRAPH.RO_QUERY", allNames(table), {});
        this.#decoder.setNames(table, this.#decoder.rows(names)[0]![0] as string[]);
      }
      this.#schemaVersion = version;
    }
    throw new UnknownName("the graph's names keep changing");
  }

  #call(command: string, text: string, parameters: Parameters, more?: readonly string[]): Promise<Raw> {
    return this.#send(command, { text, parameters: [parameterText(parameters)] }, more);
  }

  /** The parameters are part of the text that is sent, but not of the text that is logged. */
  #send(
    command: string,
    { text, parameters }: { text: string; parameters: readonly (string | Uint8Array)[] },
    more: readonly string[] = [],
  ): Promise<Raw> {
    const query = joinBytes([...parameters, text]);
    const args = [this.graph, query, "--compact", ...this.#timeout, ...more];
    return timed(this.#log, text, () => this.#client.callBuffer(command, ...args) as Promise<Raw>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** A row of a write as it is sent. */
export function encodeRow(row: StoredValue): Uint8Array {
  return Buffer.from(literal(row));
}

function joinBytes(pieces: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(pieces.map((piece) => typeof piece === "string" ? Buffer.from(piece) : piece));
}

const NODE_COLUMNS = `m, ${ratioColumn("m")}`;
const RELATIONSHIP_COLUMNS = `r, ${ratioColumn("r")}, a.id, b.id`;

function isMemoryLabels(labels: Cell): boolean {
  return Array.isArray(labels) && labels.includes("Memory");
}

function range(from: number, to: number, limit: number): Parameters {
  return { from: BigInt(from), to: BigInt(to), limit: BigInt(limit) };
}

/** Rows, or undefined where the server's timeout struck, so that a narrower range is tried. */
async function unlessTimedOut<Row>(fetch: () => Promise<Row[]>): Promise<Row[] | undefined> {
  try {
    return await fetch();
  } catch (error) {
    if (isTimeoutError(error)) return undefined;
    throw error;
  }
}
