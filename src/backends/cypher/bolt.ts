import type {
  BookmarkManager,
  Driver as Neo4jDriver,
  ManagedTransaction,
  Record as Row,
  Session,
} from "neo4j-driver";
import { GraphError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { StoreLocation } from "../../store/store.ts";
import { explainBoltError } from "./bolt_errors.ts";
import type { BoltRows, RowShape } from "./bolt_rows.ts";
import type { BoltValues } from "./bolt_values.ts";
import { type Driver, type Parameters, RowCountError, type ScanOptions, type WritePart } from "./driver.ts";
import { FIRST_PAGE, goodSize, PAGE_CHARACTERS, weightOf } from "./page_size.ts";
import { asAsked } from "./sound_reply.ts";
import { timed } from "./statement_log.ts";
import type {
  NodeContent,
  RelationshipContent,
  StoredMap,
  StoredNode,
  StoredRelationship,
  StoredValue,
} from "./values.ts";

/** Rows of a stream that are on their way at once, and in memory however long they are. */
const FETCH_SIZE = 500;

const NODES_IN_ORDER = "MATCH (m:`Memory`) WHERE m.id > $after WITH m ORDER BY m.id";

/** How far memories have been read in the order of their ids, and how many to read at once. */
class Place {
  after: StoredValue = "";
  size: number;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
    this.size = Math.min(FIRST_PAGE, most);
  }

  moveBehind(page: NodeContent[]): void {
    this.after = page.at(-1)!.properties.id!;
    this.size = goodSize(page, this.#most, weightOf);
  }
}

/** What the driver needs to know about a database on a server. */
export interface BoltOptions {
  /** Connected, with `useBigInt`. */
  readonly client: Neo4jDriver;
  /** Undefined for the user's own. */
  readonly database: string | undefined;
  readonly location: StoreLocation;
  readonly product: string;
  readonly values: BoltValues;
  readonly rows: BoltRows;
  readonly log?: Logger;
}

/** How to get at whole graphs. */
export interface BoltScan {
  /** Whether no two memories have one id, so that pages in the order of ids miss none. */
  hasUniqueIds(driver: BoltDriver): Promise<boolean>;
  /** Whether the id of `m` is missing, empty or not text; an error in no case. */
  readonly unusableId: string;
}

/** Neo4j and Memgraph over Bolt, by managed transactions, which repeat what a server asks to repeat. */
export class BoltDriver implements Driver {
  readonly product: string;
  readonly maxRows = Infinity;
  readonly #client: Neo4jDriver;
  readonly #database: string | undefined;
  readonly #location: StoreLocation;
  readonly #values: BoltValues;
  readonly #rows: BoltRows;
  readonly #log: Logger | undefined;
  readonly #scan: BoltScan;
  // Reads of a cluster then see what was written through this driver.
  readonly #bookmarkManager: BookmarkManager;

  constructor(options: BoltOptions, scan: BoltScan) {
    this.product = options.product;
    this.#client = options.client;
    this.#database = options.database;
    this.#location = options.location;
    this.#values = options.values;
    this.#rows = options.rows;
    this.#log = options.log;
    this.#scan = scan;
    this.#bookmarkManager = options.client.executeQueryBookmarkManager;
  }

  internalId(variable: string): string {
    return `elementId(${variable})`;
  }

  internalIdParameter(internalId: string): StoredValue {
    return internalId;
  }

  async rows(text: string, parameters: Parameters = {}): Promise<StoredValue[][]> {
    return (await this.#read(text, parameters)).map((row) =>
      Array.from(row, (cell) => this.#values.fromDriver(cell))
    );
  }

  async nodes(match: string, parameters: Parameters = {}): Promise<StoredNode[]> {
    return await this.#items(match, this.#rows.node, parameters);
  }

  async relationships(match: string, parameters: Parameters = {}): Promise<StoredRelationship[]> {
    return await this.#items(match, this.#rows.relationship, parameters);
  }

  relationshipsById(ids: readonly string[]): Promise<StoredRelationship[]> {
    // An index would need a type. The list is looked up by hash, so this is one scan.
    return this.relationships("MATCH (a:`Memory`)-[r]->(b:`Memory`) WHERE r.id IN $ids", { ids: [...ids] });
  }

  /**
   * Memories come in the order of ids, out of the index that the unique constraint brings. Those without a usable id,
   * and all of them where ids are not unique, come in one stream that cannot be taken up again. Neo4j isolates no
   * reads: a row shows what was committed before it.
   */
  async *scanNodes({ pageSize }: ScanOptions): AsyncIterable<NodeContent[]> {
    const isUnique = await this.#scan.hasUniqueIds(this);
    if (isUnique) yield* this.#nodesInOrder(pageSize);
    const match = `MATCH (m:\`Memory\`)${isUnique ? ` WHERE ${this.#scan.unusableId}` : ""}`;
    yield* this.#stream(match, this.#rows.scannedNode, {}, pageSize);
  }

  scanRelationships({ pageSize }: ScanOptions): AsyncIterable<RelationshipContent[]> {
    return this.#stream("MATCH (a:`Memory`)-[r]->(b:`Memory`)", this.#rows.scannedRelationship, {}, pageSize);
  }

  /**
   * Streams. When one breaks, be it for a connection or for a limit on the time of transactions, the rest comes in
   * pages that are transactions of their own and can be repeated.
   */
  async *#nodesInOrder(pageSize: number): AsyncIterable<NodeContent[]> {
    const place = new Place(pageSize);
    try {
      yield* this.#streamsFrom(place);
      return;
    } catch (error) {
      if (error instanceof GraphError) throw error;
      this.#log?.debug(`memories after a stream that broke come in pages: ${this.explain(error).message}`);
    }
    yield* this.#pagesFrom(place);
  }

  /** Each stream for as long as its pages have a good size. */
  async *#streamsFrom(place: Place): AsyncIterable<NodeContent[]> {
    for (let isCut = true; isCut;) {
      const { after, size } = place;
      isCut = false;
      for await (const page of this.#stream(NODES_IN_ORDER, this.#rows.scannedNode, { after }, size)) {
        place.moveBehind(page);
        yield page;
        isCut = place.size <= size / 2 || place.size > size * 1.5;
        if (isCut) break;
      }
    }
  }

  async *#pagesFrom(place: Place): AsyncIterable<NodeContent[]> {
    const match = `${NODES_IN_ORDER} LIMIT $limit`;
    for (let isLast = false; !isLast;) {
      const { after, size } = place;
      const page = await this.#items(match, this.#rows.scannedNode, { after, limit: BigInt(size) });
      isLast = page.length < size;
      if (page.length === 0) return;
      place.moveBehind(page);
      yield page;
    }
  }

  /** One result, fetched as it is consumed; a hub is nothing special to it. */
  async *#stream<Item extends NodeContent | RelationshipContent>(
    match: string,
    { ending, read }: RowShape<Item>,
    parameters: Parameters,
    pageSize: number,
  ): AsyncIterable<Item[]> {
    const text = `${match} ${ending}`;
    const values = this.#values.toDriver({ ...parameters });
    const session = this.#session("READ", Math.min(pageSize, FETCH_SIZE));
    const start = performance.now();
    try {
      let page: Item[] = [];
      let characters = 0;
      for await (const row of session.run(text, values)) {
        const item = asAsked(() => read(row));
        characters += weightOf(item);
        page.push(item);
        if (page.length < pageSize && characters < PAGE_CHARACTERS) continue;
        yield page;
        page = [];
        characters = 0;
      }
      if (page.length > 0) yield page;
    } finally {
      this.#log?.debug(`${text} (streamed, ${(performance.now() - start).toFixed(1)} ms)`);
      await session.close();
    }
  }

  async write(parts: readonly WritePart[], { repeatable }: { repeatable: boolean }): Promise<void> {
    if (parts.length === 0) return;
    let mayBeCommitted = false;
    const work = async (transaction: ManagedTransaction) => {
      // The driver starts again after a broken connection too, when the first attempt may have succeeded.
      if (mayBeCommitted && !repeatable) {
        throw new GraphError(
          "TRANSIENT",
          `The connection to "${this.#location.display}" broke while it wrote`,
        );
      }
      await Promise.all(parts.map(async (part) => {
        const text = `UNWIND $rows AS row ${part.text} RETURN count(*) AS n`;
        const rows = this.#values.toDriver(part.rows as StoredValue[]);
        const { records } = await timed(this.#log, text, () => transaction.run(text, { rows }));
        if (part.expected !== undefined && Number(records[0]!.get("n")) !== part.expected) {
          throw new RowCountError("rows are missing");
        }
      }));
      mayBeCommitted = true;
    };
    await this.#within("WRITE", (session) => session.executeWrite(work));
  }

  async schema(text: string): Promise<void> {
    // Schema statements have a transaction to themselves, and Memgraph takes them in no explicit one.
    await this.#within("WRITE", (session) => timed(this.#log, text, () => session.run(text)));
  }

  /** Rows of a statement that has to run outside an explicit transaction, such as SHOW. */
  async show(text: string): Promise<Record<string, StoredValue>[]> {
    const { records } = await this.#within(
      "READ",
      (session) => timed(this.#log, text, () => session.run(text)),
    );
    return records.map((row) => this.#values.fromDriver(row.toObject()) as StoredMap);
  }

  explain(error: unknown): GraphError {
    return explainBoltError(error, this.#location);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #items<Item>(
    match: string,
    { ending, read }: RowShape<Item>,
    parameters: Parameters,
  ): Promise<Item[]> {
    const rows = await this.#read(`${match} ${ending}`, parameters);
    return asAsked(() => rows.map(read));
  }

  /** By `executeQuery`, which sends the start of a transaction and its statement together. */
  async #read(text: string, parameters: Parameters): Promise<Row[]> {
    const values = this.#values.toDriver({ ...parameters }) as Record<string, unknown>;
    const options = { database: this.#database, routing: "READ" } as const;
    const { records } = await timed(this.#log, text, () => this.#client.executeQuery(text, values, options));
    return records;
  }

  async #within<T>(mode: "READ" | "WRITE", action: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#session(mode);
    try {
      return await action(session);
    } finally {
      await session.close();
    }
  }

  #session(defaultAccessMode: "READ" | "WRITE", fetchSize?: number): Session {
    const bookmarkManager = this.#bookmarkManager;
    return this.#client.session({ database: this.#database, defaultAccessMode, fetchSize, bookmarkManager });
  }
}
