import { dirname, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildExecutable } from "./build/compile.ts";
import { asTarget, executableName, hostTarget, type Target, TARGETS } from "./build/targets.ts";

const USAGE = `Usage: deno task compile [--target TARGET]... [--output FILE]

Makes memorygraph one executable file, dist/memorygraph, for this machine.

  --target TARGET  another machine's instead, as dist/memorygraph-TARGET; several, or "all"
                   (${TARGETS.join(",\n                    ")})
  --output FILE    where to put it
  --help           show this`;

const root = dirname(import.meta.dirname!);

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string", multiple: true },
      output: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(USAGE);
  const targets = values.target ? chooseTargets(values.target) : [hostTarget()];
  if (values.output !== undefined && targets.length > 1) throw new Error("--output takes one target");
  const withTarget = values.target !== undefined;
  for (const target of targets) {
    const output = resolve(values.output ?? `${root}/dist/${executableName(target, { withTarget })}`);
    const { bytes, isChecked } = await buildExecutable({ root, target, output, say: console.error });
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    console.log([relative(Deno.cwd(), output), target, size, isChecked ? "runs" : "not run here"].join("  "));
  }
}

function chooseTargets(names: readonly string[]): readonly Target[] {
  return names.includes("all") ? TARGETS : [...new Set(names)].map(asTarget);
}

try {
  await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
