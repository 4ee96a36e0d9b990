/** Reads an export file to its end in a process of its own, and prints what came of it and the peak memory. */
import { asGraphError } from "../../src/errors.ts";
import { openImport } from "../../src/formats/open_import.ts";

let code = "";
let message = "";
let records = 0;
try {
  const file = await openImport(Deno.args[0]!);
  for await (const batch of file.read()) records += batch.items.length + (batch.rejects?.length ?? 0);
} catch (error) {
  ({ code, message } = asGraphError(error));
}
const peak = /VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile("/proc/self/status"))![1];
console.log(JSON.stringify({ code, message, records, peakMb: Math.round(Number(peak) / 1024) }));
