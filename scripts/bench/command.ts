/** Runs one command line of the program and reports what it took, without the start of the process. */
// Loaded here, since loading the program is a part of its start: the plain loop has nothing to load.
import "../../src/cli/command_line.ts";
import { processIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import { report } from "./measure.ts";

const start = performance.now();
const code = await runCli([...Deno.args, "--quiet", "--json"], processIo());
if (code !== 0) Deno.exit(code);
report(start);
