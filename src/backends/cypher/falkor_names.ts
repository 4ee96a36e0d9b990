import type { GraphNames } from "./driver.ts";
import { NAME_TABLES, type NameTable } from "./falkor_reply.ts";
import { quote } from "./names.ts";

/** What the procedures of {@linkcode NAME_TABLES} call a name. */
const NAME_COLUMNS = { labels: "label", types: "relationshipType", keys: "propertyKey" } as const;

/** A statement for all names of a sort that the graph has or had, in one row, which RESULTSET_SIZE does not cut. */
export function allNames(table: NameTable): string {
  return `CALL ${NAME_TABLES[table]}() YIELD ${NAME_COLUMNS[table]} AS name RETURN collect(name)`;
}

/** Every sort of names. */
export const TABLES: readonly NameTable[] = Object.keys(NAME_TABLES) as NameTable[];

/** How to ask a graph and how to change it. */
export interface GraphAccess {
  /** The names that a statement collects. */
  names(text: string): Promise<string[]>;
  change(text: string): Promise<void>;
}

/**
 * The names in a graph, made before the statements that use them. A statement that fails takes back the names that came
 * with it, and then two things go wrong in the server (4.16.3). It keeps the statement's plan with the numbers of its
 * properties, and writes them when it runs again, although they have no name any more. And what it hands on to its log
 * and to its replicas lacks the label or the type that is made again: they crash, and so does the server that reads the
 * log.
 */
export class FalkorNames {
  readonly #access: GraphAccess;
  /** What the graph has or had: names are never taken away again. */
  #known: Record<NameTable, Set<string>> | undefined;

  constructor(access: GraphAccess) {
    this.#access = access;
  }

  /** Makes those that are missing, by a statement that cannot fail and leaves nothing else. */
  async make({ labels = [], types = [], properties = [] }: GraphNames): Promise<void> {
    const known = this.#known ??= await this.#read();
    const missing = (table: NameTable, names: readonly string[]) =>
      [...new Set(names)].filter((name) => !known[table].has(name));
    const made = {
      labels: missing("labels", labels),
      types: missing("types", types),
      keys: missing("keys", properties),
    };
    if (Object.values(made).every((names) => names.length === 0)) return;
    const labelText = made.labels.map((label) => `:${quote(label)}`).join("");
    const propertyText = made.keys.map((key) => `${quote(key)}: ''`).join(", ");
    const relationships = made.types.map((type) => ` CREATE (n)-[:${quote(type)}]->(n)`).join("");
    await this.#access.change(`CREATE (n${labelText} {${propertyText}})${relationships} DELETE n`);
    for (const table of TABLES) for (const name of made[table]) known[table].add(name);
  }

  async #read(): Promise<Record<NameTable, Set<string>>> {
    const read = async (table: NameTable) => new Set(await this.#access.names(allNames(table)));
    return { labels: await read("labels"), types: await read("types"), keys: await read("keys") };
  }
}
