import { isJsonObject } from "../model/json.ts";
import type { Memory } from "../model/memory.ts";
import type { Relationship } from "../model/relationship.ts";
import { fileNameOf } from "./file_name.ts";
import { memoryToJson } from "./record.ts";
import { yamlBlock } from "./yaml.ts";

/** A relationship of a memory, and the memory at its other end. */
export interface Link {
  readonly relationship: Relationship;
  readonly other: Pick<Memory, "id" | "title">;
}

/**
 * A memory as a Markdown file: every field but the content as YAML front matter, then title, summary and
 * content, then the relationships from and to it with links to the other memories' files.
 */
export function memoryToMarkdown(memory: Memory, links: Iterable<Link>): string {
  const { content, ...frontMatter } = memoryToJson(memory);
  const { context, ...rest } = frontMatter;
  const contextBlock = isJsonObject(context) ? `context:\n${yamlBlock(context, "  ")}` : "";
  const parts = [
    `---\n${yamlBlock(rest)}${contextBlock}---`,
    `# ${inline(memory.title) || "Untitled"}`,
  ];
  if (memory.summary) parts.push(`> ${inline(memory.summary)}`);
  parts.push(typeof content === "string" ? content : "");
  const lines = [...relationshipLines(memory.id, links)];
  if (lines.length > 0) parts.push("## Relationships", lines.join("\n"));
  return `${parts.join("\n\n")}\n`;
}

function* relationshipLines(id: string, links: Iterable<Link>): Generator<string> {
  for (const { relationship, other } of links) {
    const type = `**${inline(relationship.type)}**`;
    const link = `[${inline(other.title) || "Untitled"}](${encodeURI(fileNameOf(other.id, other.title))})`;
    if (relationship.fromId === id) yield `- ${type} → ${link}${about(relationship)}`;
    if (relationship.toId === id) yield `- ← ${type} ${link}${about(relationship)}`;
  }
}

function about({ strength, confidence, validUntil, context }: Relationship): string {
  const until = validUntil === undefined ? "" : `, valid until ${inline(validUntil)}`;
  return ` (strength ${strength}, confidence ${confidence}${until})${context ? `: ${inline(context)}` : ""}`;
}

/** Text on one line, without a meaning to Markdown. */
function inline(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, " ").trim();
  return line.replace(/[\\`*_{}[\]<>#!|~&]/g, "\\$&");
}
