import { processIo } from "./src/cli/io.ts";
import { runCli } from "./src/cli/run.ts";

Deno.exit(await runCli(Deno.args, processIo()));
