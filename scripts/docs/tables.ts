/** Tables of the documents, generated from the code that they describe. */
import type { z } from "zod";
import { BACKENDS } from "../../src/backends/mod.ts";
import { describeFlag, displayName, type Flag, flagsOf } from "../../src/cli/flags.ts";
import { globalOptions } from "../../src/cli/program.ts";
import { serveCommand } from "../../src/cli/serve.ts";
import { ERRORS, EXIT_CODES } from "../../src/errors.ts";
import { toolSchema } from "../../src/operations/tool_names.ts";
import { makeToolSchemas } from "../../src/mcp/tool_schemas.ts";
import { allTools } from "../../src/mcp/tools.ts";
import { AGENT_CLIENTS } from "../../src/operations/agent_clients.ts";
import { OPERATIONS } from "../../src/operations/mod.ts";
import type { Operation } from "../../src/operations/operation.ts";
import { unwrap } from "../../src/schema.ts";

/** Each table by the name that its markers give. `flags:COMMAND` is another for each command. */
export const TABLES: Readonly<Record<string, () => string>> = {
  backends: () =>
    table(["Backend", "What it is"], BACKENDS.map(({ name, summary }) => [code(name), summary])),
  settings,
  commands: () =>
    table(
      ["Command", "What it does"],
      [...OPERATIONS, serveCommand].map(({ name, summary }) => [code(`memorygraph ${name}`), summary]),
    ),
  "global-flags": () =>
    table(["Flag", "Meaning"], globalOptions().map(({ flags, description }) => [code(flags), description])),
  "exit-codes": () =>
    table(["Exit code", "Meaning"], Object.entries(EXIT_CODES).map(([number, text]) => [number, text])),
  errors,
  tools,
  "agent-clients": () =>
    table(
      ["Client", "Command", "Configuration file (here)"],
      Object.entries(AGENT_CLIENTS).map(([name, { title, file }]) => [
        title,
        code(`memorygraph install ${name} --write`),
        code(file({ HOME: "~", APPDATA: "%APPDATA%" })),
      ]),
    ),
  "flags:serve": () => flags(serveCommand),
  ...Object.fromEntries(OPERATIONS.map((operation) => [`flags:${operation.name}`, () => flags(operation)])),
};

function settings(): string {
  const rows = BACKENDS.flatMap((backend) =>
    Object.entries(backend.config.shape).map(([name, schema]) => {
      const { meta, fallback } = unwrap(schema as z.ZodType);
      const variables = (meta.env ?? []).map(code).join(", ");
      // A default under the home directory would differ on every machine.
      const shown = fallback === undefined ? "" : code(shortHome(String(fallback)));
      return [code(backend.name), name, meta.description ?? "", variables, shown];
    })
  );
  return table(["Backend", "Setting", "Meaning", "Variables, the first that is set", "Default"], rows);
}

function shortHome(text: string): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  return home && text.startsWith(home) ? `~${text.slice(home.length).replaceAll("\\", "/")}` : text;
}

function tools(): string {
  const rows = allTools().map((source) => {
    const { tool } = source;
    const { inputSchema } = makeToolSchemas(source);
    const { properties = {}, required = [] } = toolSchema(inputSchema);
    const parameters = Object.keys(properties).map((name) =>
      code(required.includes(name) ? `${name}*` : name)
    );
    return [code(tool.name), tool.profile, tool.effect, parameters.join(", "), source.summary];
  });
  return table(["Tool", "Profile", "Effect", "Parameters (* required)", "What it does"], rows);
}

function errors(): string {
  const rows = Object.entries(ERRORS).map(([name, { exitCode, retry, summary }]) => [
    code(name),
    exitCode === "end" ? "3 or 4" : String(exitCode),
    retry ? "yes" : "",
    summary,
  ]);
  return table(["Code", "Exit code", "Worth retrying", "Meaning"], rows);
}

function flags(operation: Operation): string {
  return table(
    ["Flag", "Meaning"],
    flagsOf(operation).map((flag) => [code(usageOf(flag)), describeFlag(flag)]),
  );
}

function usageOf(flag: Flag): string {
  const name = displayName(flag);
  if (flag.isPositional) return name;
  if (flag.kind !== "boolean") {
    return flag.bare === undefined ? `${name} <${flag.value}>` : `${name} [${flag.value}]`;
  }
  return flag.fallback === false ? name : `${name}, --no-${flag.name}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A table with padded columns, as `deno fmt` leaves it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [first, ...rest] = cells;
  return [line(first!), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}
