import { dirname } from "node:path";
import { makeToolSchemas, TOOL_SCHEMAS_FILE } from "../../src/mcp/tool_schemas.ts";
import { allTools } from "../../src/mcp/tools.ts";
import { run } from "./command.ts";
import { refuseMissingApis } from "./missing_apis.ts";
import { hostTarget, type Target } from "./targets.ts";
import { installToolchain, RuntimeUnavailable } from "./toolchain.ts";
import { V8_FLAGS } from "./v8_flags.ts";

/** What to build and where. */
export interface BuildOptions {
  /** The project's folder. */
  root: string;
  target: Target;
  /** Path of the executable. */
  output: string;
  /** Told what is going on. */
  say: (line: string) => void;
}

/** The finished executable. */
export interface Executable {
  output: string;
  target: Target;
  bytes: number;
  /** Whether it was run. One for another system was not. */
  isChecked: boolean;
}

/**
 * Builds the executable. It is put in place whole, and only after it has told its version, if this machine
 * can run it: `deno compile` succeeds with a wrong runtime too, and then makes a Deno prompt. Throws
 * `RuntimeUnavailable` where no runtime for the target can be had.
 */
export async function buildExecutable(options: BuildOptions): Promise<Executable> {
  const { root, target, output } = options;
  await Deno.mkdir(dirname(output), { recursive: true });
  // Beside the output, so that the rename stays within one file system.
  const work = await Deno.makeTempDir({ dir: dirname(output), prefix: ".build-" });
  try {
    await bundle(root, `${work}/app`);
    await writeToolSchemas(`${work}/app/${TOOL_SCHEMAS_FILE}`);
    const made = `${work}/memorygraph${target.includes("windows") ? ".exe" : ""}`;
    await compile(`${work}/app`, made, options);
    const isChecked = target === hostTarget();
    if (isChecked) await checkVersion(made, await readVersion(root));
    await Deno.rename(made, output);
    const { size } = await Deno.stat(output);
    return { output, target, bytes: size, isChecked };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Version of the program, from deno.json. */
async function readVersion(root: string): Promise<string> {
  return JSON.parse(await Deno.readTextFile(`${root}/deno.json`)).version;
}

/**
 * One file of our code and of what it always needs, and one for each module loaded later: far smaller than
 * npm packages as they come, and read in a third of the time. Classes lose their names: --keep-names would
 * save them, but Deno 2.9 then leaves in esbuild's own `require`, which throws. With the MCP SDK's parts for browsers,
 * whose validator of JSON Schema takes 3 ms to load instead of 30, and a server's start has that much less to do.
 */
async function bundle(root: string, folder: string): Promise<void> {
  const options = ["--quiet", "--platform", "deno", "--code-splitting", "--minify"];
  await run(Deno.execPath(), ["bundle", ...options, "--outdir", folder, "main.ts"], {
    cwd: root,
    // `deno bundle` has no flag for it.
    env: { DENO_CONDITIONS: "browser" },
  });
  for await (const { name } of Deno.readDir(folder)) {
    if ((await Deno.readTextFile(`${folder}/${name}`)).includes("Dynamic require of")) {
      throw new Error(`deno bundle made ${name} so that it cannot load CommonJS modules`);
    }
  }
}

async function writeToolSchemas(path: string): Promise<void> {
  const schemas = Object.fromEntries(allTools().map((source) => [source.tool.name, makeToolSchemas(source)]));
  await Deno.writeTextFile(path, JSON.stringify(schemas));
}

async function compile(app: string, output: string, { root, target, say }: BuildOptions): Promise<void> {
  const args = [
    ...["compile", "--quiet", "--no-config", "--no-lock", "--target", target],
    // Deno grants ATTACH, VACUUM INTO and file: URIs of SQLite, and reading /dev/stdin, only along with
    // everything else. The narrower alternative would be no fence anyway: it needs every file, host and program.
    ...["--allow-all", "--no-prompt"],
    `--v8-flags=${V8_FLAGS}`,
    // Would lie under a name that others can guess, in the temporary folder they share. It saved a tenth of a start.
    "--no-code-cache",
    ...["--include", app, "--output", output, `${app}/main.js`],
  ];
  try {
    return void await run(Deno.execPath(), args, { cwd: app });
  } catch (error) {
    if (!isDownloadFailure(error)) throw error;
    if (target !== "x86_64-unknown-linux-gnu") throw new RuntimeUnavailable(error.message, { cause: error });
    say(`deno compile cannot download the runtime of Deno ${Deno.version.deno}: taking the one of 2.6.10`);
  }
  const toolchain = await installToolchain();
  await refuseMissingApis(root, toolchain);
  await run(toolchain.deno, args, { cwd: app, env: toolchain.env });
}

function isDownloadFailure(error: unknown): error is Error {
  return error instanceof Error && /denort/.test(error.message) &&
    /error sending request|HTTP/.test(error.message);
}

async function checkVersion(executable: string, version: string): Promise<void> {
  const printed = await run(executable, ["--version"], { timeoutMs: 60_000 });
  if (!printed.split(/\s+/).includes(version)) {
    throw new Error(`The executable printed "${printed}" as its version, not ${version}`);
  }
}
