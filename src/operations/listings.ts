/** Lists of records for a person: tables on a terminal, lines elsewhere. */
import type { z } from "zod";
import type { MemoryBriefSchema, RelationshipViewSchema } from "./memory_views.ts";
import type { Cell, Column, DrawTable } from "./operation.ts";

/** A column, and what it shows of an item. */
export interface ItemColumn<Item> extends Column {
  cell(item: Item): Cell;
}

/** How items are listed. */
export interface Listing<Item> {
  readonly columns: readonly ItemColumn<Item>[];
  /** An item where there is no table; it may be more than one line. */
  line(item: Item): string;
}

/** Items as a table where one can be drawn, else a line for each. */
export function renderList<Item>(
  items: readonly Item[],
  { columns, line }: Listing<Item>,
  table: DrawTable | undefined,
): string {
  if (!table) return items.map(line).join("\n");
  return table(columns, items.map((item) => columns.map((column) => column.cell(item))));
}

/** Columns that tables of memories share. An id is never cut where it is a UUID: it is there to be copied. */
export const COLUMNS = {
  id: { name: "id", least: 36 },
  type: { name: "type", least: 12 },
  title: { name: "title", least: 18 },
  relation: { name: "relation", least: 12 },
} as const satisfies Record<string, Column>;

type Brief = z.output<typeof MemoryBriefSchema> & { score?: number };

/** Memories in a list: a row of a table for each, else some lines. */
export function renderBriefs(briefs: readonly Brief[], table: DrawTable | undefined): string {
  const columns: ItemColumn<Brief>[] = [
    { ...COLUMNS.id, cell: ({ id }) => id },
    { ...COLUMNS.type, cell: ({ type }) => type },
    { ...COLUMNS.title, cell: ({ title }) => title },
    { name: "imp.", isExtra: true, cell: ({ importance }) => importance },
    { name: "score", isExtra: true, cell: ({ score = 0 }) => Math.round(score * 100) / 100 },
    { name: "created", isExtra: true, cell: ({ createdAt }) => dayOf(createdAt) },
  ];
  const hasScores = briefs.some(({ score }) => score);
  const shown = columns.filter(({ name }) => name !== "score" || hasScores);
  return renderList(briefs, { columns: shown, line: briefLines }, table);
}

/** Columns of a terminal that the beginning of a memory's text may take. */
const MAX_TEXT = 160;

function briefLines({ id, type, title, summary, snippet, tags, importance }: Brief): string {
  return [
    `${title}  [${type}, importance ${importance}]`,
    `  ${id}${tags.length > 0 ? `  tags: ${tags.join(", ")}` : ""}`,
    `  ${(summary ?? snippet).replace(/\s+/g, " ").slice(0, MAX_TEXT)}`,
  ].join("\n");
}

type RelationshipView = z.output<typeof RelationshipViewSchema>;

const RECORDED: ItemColumn<RelationshipView> = {
  name: "recorded",
  isExtra: true,
  cell: ({ recordedAt, createdAt }) => dayOf(recordedAt ?? createdAt),
};

/** Columns of a table of relationships, the last one by choice. */
export function relationshipColumns(
  last: ItemColumn<RelationshipView> = RECORDED,
): ItemColumn<RelationshipView>[] {
  return [
    { ...COLUMNS.id, cell: ({ id }) => id },
    { ...COLUMNS.type, cell: ({ type }) => type },
    { name: "from", least: 8, cell: ({ fromMemoryId }) => fromMemoryId },
    { name: "to", least: 8, cell: ({ toMemoryId }) => toMemoryId },
    last,
  ];
}

/** A relationship seen from one of its ends: `->` where it leads to `otherId`. */
export function relationTo(
  otherId: string,
  { type, toMemoryId }: { type: string; toMemoryId: string },
): string {
  return `${toMemoryId === otherId ? "->" : "<-"} ${type}`;
}

/** The line that ends a list which the limit cut short. */
export function moreLine(hasMore: boolean): string[] {
  return hasMore ? ["and more (raise --limit)"] : [];
}

/** The day of a time. */
export function dayOf(time: string | undefined): string | undefined {
  return time?.slice(0, 10);
}
