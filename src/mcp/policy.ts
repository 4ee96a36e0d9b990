/** What a model may make the server reach: databases and files that its user named, and nothing else. */
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Backend } from "../backends/backend.ts";
import { asGraphError, GraphError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import { realPathOf } from "../paths.ts";
import { type ResolvedEnd, resolveSettings } from "../settings.ts";
import { type Environment, expandHome, homeDirectory } from "../state.ts";

/** How the server was started. */
export interface PolicyOptions {
  readonly allowMigrations: boolean;
  /** Folders that files may be in, besides those of the configured databases. */
  readonly folders: readonly string[];
  readonly env: Environment;
  /** The store that is served. */
  readonly current: ResolvedEnd;
}

/** The rules of one server. */
export class Policy {
  readonly allowMigrations: boolean;
  readonly #env: Environment;
  readonly #folders: string[];
  readonly #current: ResolvedEnd;

  constructor({ allowMigrations, folders, env, current }: PolicyOptions) {
    this.#current = current;
    this.allowMigrations = allowMigrations;
    this.#env = env;
    this.#folders = [
      join(homeDirectory(env), ".memorygraph"),
      ...folders.map((path) => expandHome(path, env)),
    ];
  }

  /** Where relative paths start: a server's working folder is its client's business. */
  get baseFolder(): string {
    return this.#folders[0]!;
  }

  /**
   * Makes the base folder, for the user alone, where a confined file is in it: it is missing where the store that is
   * served is elsewhere.
   */
  async makeBaseFolderFor(file: string): Promise<void> {
    const folder = realPathOf(this.baseFolder);
    if (!isInside(file, folder)) return;
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      const reason = asGraphError(error).message;
      throw new GraphError("PERMISSION_DENIED", `Cannot create the folder "${folder}": ${reason}`, {
        cause: error,
      });
    }
  }

  /**
   * A file's full path, links resolved. Throws PERMISSION_DENIED where it is outside the server's folders, and
   * USAGE for what can be no path.
   */
  confine(path: string, field: string): string {
    if (path.includes("\0")) {
      throw new GraphError("USAGE", "A path cannot contain a NUL character (leave it out)", {
        details: { field },
      });
    }
    const real = realPathOf(resolve(this.baseFolder, expandHome(path, this.#env)));
    if (this.#folders.some((folder) => isInside(real, realPathOf(resolve(folder))))) return real;
    throw new GraphError(
      "PERMISSION_DENIED",
      `"${path}" is outside the folders that this server may use: ${
        this.#folders.map((folder) => `"${folder}"`).join(", ")
      } (use one of them, or have the user start the server with --allow-folder)`,
      { details: { field } },
    );
  }

  /**
   * Whether a database is one that the user named in the configuration, or is on this machine. A file outside
   * the folders throws PERMISSION_DENIED.
   */
  async isKnown({ backend, settings }: ResolvedEnd): Promise<boolean> {
    const configured = await this.#configured(backend);
    if (configured.some((known) => samePlace(backend, known, settings))) return true;
    if (settings.path === undefined) return isLocal(settings.uri);
    this.confine(settings.path, "targetConfig.path");
    return true;
  }

  /** Where the configuration has the backend. */
  async #configured(backend: Backend): Promise<ResolvedEnd["settings"][]> {
    const served = this.#current.backend === backend ? [this.#current.settings] : [];
    try {
      return [...served, await resolveSettings(backend, {}, { which: "current", env: this.#env })];
    } catch {
      return served;
    }
  }
}

function samePlace(
  backend: Backend,
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): boolean {
  try {
    return serverOf(backend.locate(a).identity) === serverOf(backend.locate(b).identity);
  } catch {
    return false;
  }
}

/** Another database or graph on a configured server is no other host. */
function serverOf(identity: string): string {
  return identity.replace(/^([a-z+]+:\/\/[^/]*).*$/i, "$1");
}

/** Whether a URI stays on this machine; no URI is the backend's default, which does. */
function isLocal(uri: string | undefined): boolean {
  if (uri === undefined) return true;
  if (/^unix:|^\//.test(uri)) return true;
  const [, host] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(\[[^\]]*\]|[^:/?#,]*)(?::\d+)?(?:[/?#].*)?$/i.exec(uri) ??
    [];
  return host !== undefined && isLoopback(host);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !way.startsWith("..") && !isAbsolute(way);
}
