/** A program for crash_test.ts: writes one memory a batch for ever, and prints the id of each that was acknowledged. */
import { memory } from "../../../tests/fixtures/graph.ts";
import { falkordblite } from "./mod.ts";

const settings = JSON.parse(Deno.args[0]!);
const store = await falkordblite.open(settings, { mode: "create" });
await store.ensureSchema();
for (let number = (await store.count()).memories;; number++) {
  const id = `memory ${number}`;
  await store.write({ kind: "memory", items: [memory(id)] }, { mode: "fail" });
  console.log(id);
}
