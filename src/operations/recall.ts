import * as z from "zod";
import type { SearchQuery } from "../search/query.ts";
import { searchMemories } from "../search/search.ts";
import { storeFields } from "./ends.ts";
import { openMemories } from "./memory_stores.ts";
import { defineOperation } from "./operation.ts";
import { limitField, pageOf, recallFields, renderPage, SearchOutputSchema, withRelated } from "./search.ts";

/** Finds memories by a question in plain words. */
export const recallMemories = defineOperation({
  name: "recall",
  summary: "Find memories by a question in plain words, with what they are related to",
  positionals: ["query"],
  input: () => z.object({ ...recallFields, limit: limitField(20), ...storeFields }),
  output: () =>
    SearchOutputSchema.extend({
      tolerance: z.enum(["normal", "fuzzy"]).describe("fuzzy where words as they are found nothing"),
    }),
  holdsRecords: true,
  tool: {
    name: "recall_memories",
    profile: "core",
    title: "Recall memories",
    effect: "read",
    description: `Finds past memories by a question in plain words. Start here.
Plurals, tenses and upper case do not matter; where nothing is found, typing errors are allowed for.
Each result comes with titles of the memories it is related to. Without a query: the most important memories.
For acronyms, names and exact terms use search_memories, with tags.
Examples: recall_memories(query="how does authentication work"), recall_memories(project_path="/app")`,
  },
  examples: [{
    command: 'memorygraph recall "how did we fix the redis timeout"',
    does: "Ask in plain words",
  }],
  async run(input, context) {
    await using store = await openMemories(input, context, "search");
    const search = (more: Partial<SearchQuery>) =>
      searchMemories(store, { ...input, ...more }, context.signal);
    const findsAny = async () => (await search({ offset: 0, limit: 1 })).found.length > 0;
    let tolerance: "normal" | "fuzzy" = "normal";
    let page = await search({ tolerance });
    // An empty page after the last one is no reason to look in another way.
    if (page.found.length === 0 && input.query?.trim() && !(input.offset > 0 && await findsAny())) {
      tolerance = "fuzzy";
      page = await search({ tolerance });
    }
    return { ...pageOf(await withRelated(store, page.found), { ...page, offset: input.offset }), tolerance };
  },
  render: renderPage,
});
