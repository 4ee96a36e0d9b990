/** Where the program keeps its own files: work files, locks, history. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { asGraphError, GraphError } from "./errors.ts";

/** Environment variables by name, as an operation receives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The user's home directory; the root where there is none, as for a user of a container that is a number alone. */
export function homeDirectory(env: Environment = {}): string {
  return env.HOME || env.USERPROFILE || homedir() || "/";
}

/** A path with a leading `~` replaced, which a shell leaves alone in `--path=~/x` and in variables. */
export function expandHome(path: string, env: Environment): string {
  return /^~(?=$|[/\\])/.test(path) ? join(homeDirectory(env), path.slice(1)) : path;
}

/**
 * The state directory's path: `MEMORYGRAPH_STATE_DIR`, else `$XDG_STATE_HOME/memorygraph`, else
 * `~/.memorygraph/state`. Creates nothing: a dry run must leave no trace.
 */
export function stateDirectory(env: Environment): string {
  if (env.MEMORYGRAPH_STATE_DIR) return expandHome(env.MEMORYGRAPH_STATE_DIR, env);
  const xdg = env.XDG_STATE_HOME;
  // The XDG specification says to ignore a relative path.
  if (xdg && isAbsolute(xdg)) return join(xdg, "memorygraph");
  return join(homeDirectory(env), ".memorygraph", "state");
}

/** Makes a folder of the state directory, for the user alone, where it is missing. Throws PERMISSION_DENIED. */
export function makeStateFolder(path: string): void {
  inState(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

/** Does something with a path in the state directory; a failure of the system is PERMISSION_DENIED, with the way out. */
export function inState<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (
      error instanceof GraphError ||
      !["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST"].includes(codeOf(error))
    ) {
      throw error;
    }
    const { message } = asGraphError(error);
    throw new GraphError(
      "PERMISSION_DENIED",
      `Cannot use "${path}" in the state directory: ${message} (set MEMORYGRAPH_STATE_DIR to another)`,
      { cause: error },
    );
  }
}

const codeOf = (error: unknown) => String((error as { code?: string }).code);
