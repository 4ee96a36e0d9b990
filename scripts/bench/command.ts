/** Runs one command line of the program and reports what it took, without the start of the process. */
import { processIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run.ts";
import { report } from "./measure.ts";

const start = performance.now();
const code = await runCli([...Deno.args, "--quiet", "--json"], processIo());
if (code !== 0) Deno.exit(code);
report(start);
