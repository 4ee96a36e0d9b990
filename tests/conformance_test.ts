/** Every backend through one suite, on its real server. */
import { conflicts } from "./conformance/conflicts.ts";
import { deleting } from "./conformance/deleting.ts";
import { encoding } from "./conformance/encoding.ts";
import { health } from "./conformance/health.ts";
import { lookups } from "./conformance/lookups.ts";
import { memoryOperations } from "./conformance/memory_operations.ts";
import { memorySearch } from "./conformance/memory_search.ts";
import { reading } from "./conformance/reading.ts";
import { schema } from "./conformance/schema.ts";
import type { Topic } from "./conformance/suite.ts";
import { values } from "./conformance/values.ts";
import { writing } from "./conformance/writing.ts";
import { dropSchemas, type Harness } from "./support/harness.ts";
import { registerUnavailable, selectHarnesses } from "./support/harnesses.ts";
import { memoryHarness } from "./support/memory_harness.ts";

/** What may differ between the releases of a server. */
const RELEASE_TOPICS: readonly Topic[] = [
  schema,
  reading,
  lookups,
  writing,
  conflicts,
  encoding,
  deleting,
  values,
];
const TOPICS: readonly Topic[] = [...RELEASE_TOPICS, health, memorySearch, memoryOperations];

Deno.test.afterAll(dropSchemas);

for (const harness of [memoryHarness, ...selectHarnesses()]) {
  if (harness.unavailable !== undefined) {
    registerUnavailable(`${harness.name}: conformance suite`, harness.unavailable);
  } else {
    for (const topic of TOPICS) topic(harness);
    if (harness.secondRelease !== undefined) registerSecondRelease(harness, harness.secondRelease);
  }
}

function registerSecondRelease(harness: Harness, name: string): void {
  if (harness.secondUnavailable !== undefined) {
    return registerUnavailable(`${name}: conformance suite`, harness.secondUnavailable);
  }
  const open: Harness["open"] = (options) => harness.open({ ...options, place: 1 });
  for (const topic of RELEASE_TOPICS) topic({ ...harness, name, open, missing: undefined });
}
