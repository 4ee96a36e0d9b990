import { GraphError } from "../errors.ts";
import type { JsonValue } from "../model/json.ts";
import type { Batch, ReadOptions } from "../store/store.ts";

/** What a file says about itself. Each may be missing, and none has been checked. */
export interface FileFacts {
  /** The backend that the graph was exported from. */
  readonly backend?: string;
  /** When it was exported. */
  readonly exportedAt?: string;
  readonly memories?: number;
  readonly relationships?: number;
}

/** A format with its version, where there are several. */
export type FormatVersion = "json 1.0" | "json 2.0" | "jsonl";

/** An export file that can be read. */
export interface ImportFile {
  readonly path: string;
  readonly format: FormatVersion;
  readonly facts: FileFacts;
  /** What a file of this kind does not contain, and what is put in its place: sentences for the user. */
  readonly notes: readonly string[];

  /**
   * Streams every record, memories before relationships, as a store's `read` does; one that cannot be carried
   * is in its batch's `rejects`. Throws FILE_INVALID for a damaged or hostile file, at times only at its end: use
   * nothing of the stream before it has ended.
   */
  read(options?: ReadOptions): AsyncIterable<Batch>;

  /**
   * The digest that the file claims for its graph, known once `read` has ended; undefined where it has none. It says
   * nothing where a record was rejected.
   */
  readonly digest: string | undefined;
}

/** Counts what is read, and compares it with what a file claims. */
export class RecordCounter {
  memory = 0;
  relationship = 0;

  /** Throws FILE_INVALID when the claims, where there are any, are not what was counted. */
  check(path: string, claims: Pick<FileFacts, "memories" | "relationships">): void {
    for (
      const [name, claimed, count] of [
        ["memories", claims.memories, this.memory],
        ["relationships", claims.relationships, this.relationship],
      ] as const
    ) {
      if (claimed === undefined || claimed === count) continue;
      const found = `it says that it has ${claimed} ${name}, and has ${count}`;
      throw new GraphError("FILE_INVALID", `File "${path}" is damaged: ${found} (export it again)`);
    }
  }
}

/** The value where it is text. */
export function textIn(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value where it is a number. */
export function countIn(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
