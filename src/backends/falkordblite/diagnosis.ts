/** What the log of a FalkorDB engine that ended says, as an error for a user. */
import { GraphError } from "../../errors.ts";
import { type Engine, explainLoader, HOW_TO_GET_NEWER } from "./engine.ts";

/** What is known beside the log. */
export interface Circumstances {
  readonly engine: Pick<Engine, "redisServer" | "product">;
  /** What the user calls the database. */
  readonly file: string;
}

/** Process, role, time and level: `14240:M 24 Nov 2026 16:59:30.549 # `. */
const PREFIX = /^\d+:\w \d+ \w+ \d+ [\d:.]+ [#*.-] /;

/** The error that a log means. What is not known is STORE_FAILED with the last line that looks like a reason. */
export function diagnose(log: string, { engine, file }: Circumstances): GraphError {
  const lines = log.split("\n").map((text) => ({
    isWarning: / # /.test(text),
    text: text.replace(PREFIX, ""),
  }));
  const line = (pattern: RegExp) => lines.findLast(({ text }) => pattern.test(text))?.text;

  const unloadable = line(/Module .* failed to load/);
  if (unloadable) {
    const said = unloadable.replace(/^.*failed to load: /, "");
    return new GraphError(
      "ENGINE_MISSING",
      `The FalkorDB module of the engine "${engine.redisServer}" cannot be loaded: ${explainLoader(said)}`,
    );
  }
  const format = line(/RDB format version/);
  if (format) {
    const version = /RDB format version (\d+)/.exec(format)?.[1];
    return tooNew(file, `Redis file format ${version}`, engine);
  }
  const graph = line(/not forward compatible|Unable to load.*module|encoding version/i);
  if (graph) return tooNew(file, "a newer FalkorDB", engine, graph);
  const module = line(/can't load|module (type|AUX)/i);
  if (module) return tooNew(file, "modules that this engine lacks", engine, module);
  if (line(/No space left on device|Short write while writing to the AOF/)) {
    return new GraphError(
      "DISK_FULL",
      `The disk is full while writing "${file}" (free some space, then repeat)`,
    );
  }
  const damage = line(/RDB checksum|error in RDB|Short read|Unexpected EOF|corrupt|Bad file format/i);
  if (damage) {
    return new GraphError("UNKNOWN_LAYOUT", `"${file}" is damaged: ${damage} (restore it from a backup)`);
  }
  const reason = lines.findLast(({ isWarning, text }) => isWarning && !/WARNING|Sentinel/.test(text))?.text;
  return new GraphError(
    "STORE_FAILED",
    reason
      ? `The FalkorDB engine "${engine.redisServer}" ended: ${reason.slice(0, 300)}`
      : `The FalkorDB engine "${engine.redisServer}" was killed (out of memory, or by hand)`,
  );
}

/** The refusal of a file that a newer engine wrote. */
export function tooNew(
  file: string,
  writer: string,
  engine: Pick<Engine, "redisServer" | "product">,
  said?: string,
): GraphError {
  return new GraphError(
    "UNSUPPORTED_VERSION",
    `"${file}" was written by ${writer}, which ${engine.product} at "${engine.redisServer}" cannot read` +
      `${said ? `: ${said}` : ""} (the file is unchanged; use a newer engine: ${HOW_TO_GET_NEWER})`,
  );
}
