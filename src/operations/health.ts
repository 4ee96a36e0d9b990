import * as z from "zod";
import { atEnd } from "../errors.ts";
import { resolveEnd } from "../settings.ts";
import { storeFields, storeOf } from "./ends.ts";
import { defineOperation } from "./operation.ts";

/** Opens a store read-only and says what it holds. An unreachable one is an error, exit code 3. */
export const health = defineOperation({
  name: "health",
  summary: "Say whether a backend works and what it holds",
  input: () => z.object({ ...storeFields }),
  output: () =>
    z.object({
      backend: z.string(),
      location: z.string().describe("Path or URI, without credentials"),
      product: z.string(),
      layout: z.string(),
      memories: z.int(),
      relationships: z.int(),
      foreignNodes: z.int().describe("Nodes that are not memories: never carried, never touched"),
      foreignRelationships: z.int().describe("Relationships that touch one"),
      openMs: z.number().describe("Milliseconds to connect and authenticate"),
      queryMs: z.number().describe("Milliseconds to answer the questions above"),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  examples: [
    { command: "memorygraph health", does: "Look at the current backend" },
    {
      command: "memorygraph health --backend neo4j --uri bolt://localhost:7687 --password-file pw",
      does: "Look at a Neo4j server",
    },
  ],
  async run(input, context) {
    const { backend, settings } = await resolveEnd(storeOf(input), "current", context);
    return await atEnd("source", async () => {
      const startedAt = performance.now();
      await using store = await backend.open(settings, {
        mode: "read",
        signal: context.signal,
        log: context.log,
      });
      const openedAt = performance.now();
      const { product, layout, counts, details } = await store.health();
      return {
        backend: backend.name,
        location: store.location.display,
        product,
        layout,
        ...counts,
        openMs: milliseconds(openedAt - startedAt),
        queryMs: milliseconds(performance.now() - openedAt),
        details: { ...details },
      };
    });
  },
  render(output) {
    const { foreignNodes, foreignRelationships, openMs, queryMs, details } = output;
    const foreign = foreignNodes + foreignRelationships > 0
      ? [
        `cannot be carried: ${foreignNodes} nodes that are not memories, ` +
        `${foreignRelationships} relationships that touch one`,
      ]
      : [];
    return [
      `${output.backend} at ${output.location}: ok`,
      `product: ${output.product}`,
      `layout: ${output.layout}`,
      `memories: ${output.memories}`,
      `relationships: ${output.relationships}`,
      ...foreign,
      ...Object.entries(details).map(([name, value]) => `${name}: ${value}`),
      `answered in ${(openMs + queryMs).toFixed(1)} ms`,
    ].join("\n");
  },
});

function milliseconds(value: number): number {
  return Math.round(value * 10) / 10;
}
