/** Brings the generated tables of the documents up to date; with --check, only says which are not. */
import { dirname } from "node:path";
import { updateDocuments } from "./docs/documents.ts";

const check = Deno.args.includes("--check");
const stale = await updateDocuments(dirname(import.meta.dirname!), { check });
for (const path of stale) console.log(`${check ? "out of date" : "updated"}: ${path}`);
if (check && stale.length > 0) {
  console.log("run: deno task docs");
  Deno.exit(1);
}
