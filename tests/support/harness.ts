/**
 * What a backend tells the tests: how to get an empty database of its own, or why that is impossible here.
 * A backend's harness.ts says it with {@linkcode defineHarness}; the conformance suite and the matrix then
 * run it without knowing which backend it is.
 */
import type { Backend, ConnectionSetting } from "../../src/backends/backend.ts";
import type { GraphStore, OpenMode, Reject } from "../../src/store/store.ts";

/** Settings as a backend's `open` and the migration take them. */
export type Settings = Partial<Record<ConnectionSetting, string>>;

/**
 * Which of two places a database is made at. Only a backend whose server holds a single database tells them
 * apart: place 1 is a second server.
 */
export type Place = 0 | 1;

/** A database that belongs to one test. Only `settings`, `empty` and `remove` are needed by every backend. */
export interface TestDatabase {
  readonly settings: Settings;
  /** Takes every record out that a test may have put in. A schema may stay. */
  empty(): Promise<void>;
  /** Removes it, so that nothing is left on the machine or the server, no schema either. */
  remove(): Promise<void>;
  /** The schema (tables, indexes, constraints) as text that is equal for equal schemas. */
  describeSchema?(): Promise<string>;
  /**
   * Adds two nodes that are not memories, a relationship between them, and one from the first of them to the
   * memory with this id. Absent where the database has no room for such nodes.
   */
  addForeign?(memoryId: string): Promise<void>;
  /** Stores records that cannot be carried, past the store, and tells the rejects a read must give for them. */
  addBroken?(): Promise<Pick<Reject, "kind" | "id">[]>;
  /** Adds a relationship without an id from this memory to itself, as other programs may leave one. */
  addRelationshipWithoutId?(memoryId: string): Promise<void>;
  /** Tries to store a second memory with this id, past the store. Throws what the database throws. */
  addDuplicate?(memoryId: string): Promise<void>;
}

/** A database that does not exist, and a way to see that it still does not. */
export interface MissingDatabase {
  readonly settings: Settings;
  exists(): Promise<boolean>;
}

/** What a backend's harness.ts states. */
export interface HarnessDefinition {
  readonly backend: Backend;
  /** Why no database can be had here: "MEMORYGRAPH_TEST_NEO4J_URI is not set". Undefined when it can. */
  readonly unavailable?: string;
  /**
   * Names a server with a single database: databases of two harnesses with the same name, or two of one, that
   * are there at the same time have different places. Absent where there is room for any number.
   */
  readonly server?: string;
  /** Why there is no place 1. Undefined when there is. */
  readonly secondUnavailable?: string;
  /** What place 1 is where it is another release, which the conformance suite then runs on as well. */
  readonly secondRelease?: string;
  /** The database admits one store that may write at a time; a second one fails with STORE_LOCKED. */
  readonly exclusive?: boolean;
  /**
   * Makes an empty database at a place. Nothing else uses it until `remove`. With `schemaStays` it is emptied of
   * records only, then and when it is removed; that is never asked for where there is no `server`.
   */
  prepare(place: Place, options: { schemaStays: boolean }): Promise<TestDatabase>;
  /** Settings that name a database that does not exist, for `open` in mode `read`. */
  missing?(): Promise<MissingDatabase & AsyncDisposable>;
}

/** How a test wants its database. */
export interface OpenOptions {
  place?: Place;
  mode?: OpenMode;
  /**
   * The test makes its schema, and does not mind to find it there. On a server whose schema takes longer to make
   * and to drop than most tests take, it then stays for the next such test, until {@linkcode dropSchemas}.
   */
  schemaMayStay?: boolean;
}

/** A backend as the tests see it. */
export interface Harness extends Omit<HarnessDefinition, "prepare"> {
  readonly name: string;
  /** An empty database with a store open in mode `create`, whose schema is not made yet. */
  open(options?: OpenOptions): Promise<HarnessStore>;
}

/** A store that is open on a database of its own. Disposing of it closes the store and removes the database. */
export class HarnessStore implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly #backend: Backend;
  #store: GraphStore | undefined;

  constructor(backend: Backend, database: TestDatabase) {
    this.#backend = backend;
    this.database = database;
  }

  /** The store opened last. */
  get store(): GraphStore {
    if (!this.#store) throw new TypeError("The store is closed");
    return this.#store;
  }

  get settings(): Settings {
    return this.database.settings;
  }

  /** Closes the store, as a program that ends does, and opens the database again. */
  async reopen(mode: OpenMode): Promise<GraphStore> {
    await this.close();
    return this.#store = await this.connect(mode);
  }

  /** Opens one more store on the same database. The caller owns it. */
  async connect(mode: OpenMode): Promise<GraphStore> {
    return await this.#backend.open(this.settings, { mode });
  }

  /** Closes the store and leaves the database, so that something else can open it. */
  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.[Symbol.asyncDispose]();
  }

  /** Empties the database and opens it again in mode `create`. */
  async empty(): Promise<GraphStore> {
    await this.close();
    await this.database.empty();
    return await this.reopen("create");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.close();
    } finally {
      await this.database.remove();
    }
  }
}

/** Whose schema has stayed at a place of a server, and how to drop it. */
const standing = new Map<string, { name: string; drop: () => Promise<void> }>();

/** Drops the schemas that tests have left for the next one. */
export async function dropSchemas(): Promise<void> {
  for (const server of standing.keys()) await dropSchema(server);
}

async function dropSchema(server: string): Promise<void> {
  await standing.get(server)?.drop();
  standing.delete(server);
}

/** Makes a harness out of what a backend states. */
export function defineHarness(definition: HarnessDefinition): Harness {
  const { backend, prepare } = definition;
  const drop = async (place: Place) => await (await prepare(place, { schemaStays: false })).remove();
  return {
    ...definition,
    name: backend.name,
    async open({ place = 0, mode = "create", schemaMayStay = false } = {}) {
      const { name } = backend;
      const schemaStays = schemaMayStay && definition.server !== undefined;
      const server = `${definition.server} ${place}`;
      if (!schemaStays) await dropSchema(server);
      else if (standing.get(server)?.name !== name) {
        await dropSchema(server);
        await drop(place);
        standing.set(server, { name, drop: () => drop(place) });
      }
      const opened = new HarnessStore(backend, await prepare(place, { schemaStays }));
      try {
        await opened.reopen(mode);
      } catch (error) {
        await opened[Symbol.asyncDispose]();
        throw error;
      }
      return opened;
    },
  };
}
