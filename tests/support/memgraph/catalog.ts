/** Indexes and constraints as Memgraph knows them, and what they are in the Neo4j behind. */
import type { Packed } from "./packstream.ts";

/** The release that the stand-in says it is: the oldest that we support. */
const VERSION = "3.6.0";

/** What carrying out a statement about the schema means. */
export type SchemaAnswer =
  /** Run this on Neo4j; its result is empty. */
  | { readonly run: string }
  /** Answer with these rows. */
  | { readonly fields: string[]; readonly rows: Packed[][] }
  /** Add the constraint, if the data allow it. */
  | { readonly unique: UniqueConstraint };

/** No two nodes with this label have the same value of this property. */
export interface UniqueConstraint {
  readonly label: string;
  readonly property: string;
}

interface Index {
  readonly type: string;
  readonly label: string;
  readonly properties: readonly string[];
}

const NAME = "(`(?:[^`]|``)*`|[\\p{L}_][\\p{L}\\p{N}_]*)";
const NAMES = `\\(\\s*(${NAME}(?:\\s*,\\s*${NAME})*)\\s*\\)`;
const pattern = (source: string) => new RegExp(`^\\s*${source.replaceAll(" ", "\\s*")}\\s*;?\\s*$`, "iu");

const INDEX = pattern(`(CREATE|DROP) (EDGE)? INDEX ON :${NAME} (?:${NAMES})?`);
const TEXT_INDEX = pattern(`CREATE TEXT INDEX ${NAME} ON :${NAME} ${NAMES}`);
const DROP_TEXT_INDEX = pattern(`DROP TEXT INDEX ${NAME}`);
const UNIQUE = pattern(
  `(CREATE|DROP) CONSTRAINT ON \\( ${NAME} : ${NAME} \\) ASSERT ${NAME} \\. ${NAME} IS UNIQUE`,
);
const SHOW = pattern("SHOW (INDEX INFO|INDEXES|CONSTRAINT INFO|STORAGE INFO|DATABASE|VERSION)");

/** What a stand-in has been told about its schema. */
export class Catalog {
  readonly #indexes = new Map<string, Index>();
  readonly unique = new Map<string, UniqueConstraint>();

  /** Carries out a statement; undefined for one that Memgraph knows and the stand-in does not. */
  answer(statement: string): SchemaAnswer | undefined {
    const show = SHOW.exec(statement);
    if (show) return this.#show(show[1]!.toUpperCase().replace(/\s+/g, " "));
    return this.#index(statement) ?? this.#textIndex(statement) ?? this.#constraint(statement);
  }

  /** Which kind a statement is, as Memgraph's messages call it. */
  static kindOf(statement: string): "Index" | "Constraint" | "Info reporting" | undefined {
    if (SHOW.test(statement)) return "Info reporting";
    if (/^\s*(CREATE|DROP)\s+CONSTRAINT\b/i.test(statement)) return "Constraint";
    return /^\s*(CREATE|DROP)\s+(EDGE\s+|TEXT\s+)?INDEX\b/i.test(statement) ? "Index" : undefined;
  }

  add(constraint: UniqueConstraint): void {
    this.unique.set(JSON.stringify(constraint), constraint);
  }

  #index(statement: string): SchemaAnswer | undefined {
    const match = INDEX.exec(statement);
    if (!match) return undefined;
    const [, verb, edge, label, list] = match;
    const properties = namesIn(list);
    const type = `${edge ? "edge-type" : "label"}${properties.length > 0 ? "+property" : ""}`;
    const index = { type, label: unquote(label!), properties };
    const key = JSON.stringify(index);
    const name = quote(`memgraph ${key}`.slice(0, 200));
    const creates = verb!.toUpperCase() === "CREATE";
    if (creates) this.#indexes.set(key, index);
    else this.#indexes.delete(key);
    // Neo4j has an index of labels and types by itself.
    if (properties.length === 0) return NOTHING;
    if (!creates) return { run: `DROP INDEX ${name} IF EXISTS` };
    const on = edge ? `()-[x:${quote(index.label)}]-()` : `(x:${quote(index.label)})`;
    return {
      run: `CREATE INDEX ${name} IF NOT EXISTS FOR ${on} ON (${
        properties.map((property) => `x.${quote(property)}`).join(", ")
      })`,
    };
  }

  #textIndex(statement: string): SchemaAnswer | undefined {
    const dropped = DROP_TEXT_INDEX.exec(statement);
    if (dropped) {
      const name = unquote(dropped[1]!);
      for (const [key, { type }] of this.#indexes) {
        if (type === `label_text (name: ${name})`) this.#indexes.delete(key);
      }
      return { run: `DROP INDEX ${quote(name)} IF EXISTS` };
    }
    const match = TEXT_INDEX.exec(statement);
    if (!match) return undefined;
    const [name, label, properties] = [unquote(match[1]!), unquote(match[2]!), namesIn(match[3])];
    const index = { type: `label_text (name: ${name})`, label, properties };
    this.#indexes.set(JSON.stringify(index), index);
    const on = properties.map((property) => `x.${quote(property)}`).join(", ");
    return {
      run: `CREATE FULLTEXT INDEX ${quote(name)} IF NOT EXISTS FOR (x:${quote(label)}) ON EACH [${on}]`,
    };
  }

  #constraint(statement: string): SchemaAnswer | undefined {
    const match = UNIQUE.exec(statement);
    if (!match || match[2] !== match[4]) return undefined;
    const constraint = { label: unquote(match[3]!), property: unquote(match[5]!) };
    if (match[1]!.toUpperCase() === "CREATE") return { unique: constraint };
    this.unique.delete(JSON.stringify(constraint));
    return NOTHING;
  }

  #show(what: string): SchemaAnswer {
    switch (what) {
      case "INDEX INFO":
      case "INDEXES":
        return {
          fields: ["index type", "label", "property", "count"],
          rows: [...this.#indexes.values()].map(({ type, label, properties }) => [
            type,
            label,
            properties.length > 0 ? [...properties] : null,
            0n,
          ]),
        };
      case "CONSTRAINT INFO":
        return {
          fields: ["constraint type", "label", "properties", "data_type"],
          rows: [...this.unique.values()].map(({ label, property }) => ["unique", label, [property], ""]),
        };
      case "STORAGE INFO":
        return {
          fields: ["storage info", "value"],
          rows: [["name", "memgraph"], ["storage_mode", "IN_MEMORY_TRANSACTIONAL"]],
        };
      case "DATABASE":
        return { fields: ["Name"], rows: [["memgraph"]] };
      default:
        return { fields: ["version"], rows: [[VERSION]] };
    }
  }
}

const NOTHING: SchemaAnswer = { fields: [], rows: [] };

/** A name as Neo4j takes it, whatever is in it. */
export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

function unquote(name: string): string {
  return name.startsWith("`") ? name.slice(1, -1).replaceAll("``", "`") : name;
}

function namesIn(list: string | undefined): string[] {
  return (list ?? "").match(/`(?:[^`]|``)*`|[\p{L}_][\p{L}\p{N}_]*/gu)?.map(unquote) ?? [];
}
