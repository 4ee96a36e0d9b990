import * as z from "zod";
import { BACKENDS } from "../backends/mod.ts";
import { asGraphError } from "../errors.ts";
import { backendWarnings, checkSettings, chosenBackend, unreadVariables, viewSettings } from "../settings.ts";
import { stateDirectory } from "../state.ts";
import { storeFields, storeOf } from "./ends.ts";
import { defineOperation } from "./operation.ts";

const BackendView = z.object({
  name: z.string(),
  summary: z.string(),
  settings: z.array(z.object({
    name: z.string(),
    value: z.string().optional().describe('Absent when not set; "set" for a secret'),
    origin: z.string().optional().describe('The flag or variable it comes from, or "default"'),
    variables: z.array(z.string()).describe("The variables it is read from, in order"),
  })),
});

/** Shows the effective configuration. Opens nothing, runs no password command and shows no secret. */
export const config = defineOperation({
  name: "config",
  summary: "Show the effective configuration and where each value comes from",
  input: () => z.object({ ...storeFields }),
  output: () =>
    z.object({
      current: z.string().optional().describe("The backend that commands use by default"),
      stateDirectory: z.string(),
      backends: z.array(BackendView),
      problems: z.array(z.string()).describe("What is configured wrongly"),
      warnings: z.array(z.string()).describe("What may be a mistake"),
    }),
  examples: [
    { command: "memorygraph config", does: "Show every backend's settings" },
    { command: "memorygraph config --json", does: "The same for a program" },
  ],
  run(input, { env }) {
    const problems: string[] = [];
    const current = attempt(problems, "", () => chosenBackend(storeOf(input), "current", env));
    const backends = BACKENDS.map((backend) => {
      const given = backend === current ? storeOf(input) : {};
      const prefix = `${backend.name}: `;
      const settings = attempt(problems, prefix, () => viewSettings(backend, given, env)) ?? [];
      const isUsed = backend === current || settings.some(({ origin }) => origin && origin !== "default");
      if (isUsed) attempt(problems, prefix, () => checkSettings(backend, given, env));
      const views = settings.map((setting) => ({ ...setting, variables: [...setting.variables] }));
      return { name: backend.name, summary: backend.summary, settings: views };
    });
    const unread = unreadVariables(env).map(({ name, read }) =>
      `${name} is set but nothing reads it (known: ${read.join(", ")})`
    );
    return Promise.resolve({
      current: current?.name,
      stateDirectory: stateDirectory(env),
      backends,
      problems,
      warnings: [...backendWarnings(env), ...unread],
    });
  },
  render(output) {
    const lines = [
      `current backend: ${output.current ?? "none"}`,
      `state directory: ${output.stateDirectory}`,
    ];
    for (const { name, summary, settings } of output.backends) {
      lines.push("", `${name} (${summary})`);
      for (const { name: setting, value, origin, variables } of settings) {
        const from = variables.length > 0 ? ` (${variables.join(" or ")})` : "";
        lines.push(
          value === undefined ? `  ${setting}: not set${from}` : `  ${setting}: ${value} [${origin}]`,
        );
      }
    }
    for (const heading of ["problems", "warnings"] as const) {
      if (output[heading].length > 0) {
        lines.push(
          "",
          `${heading}:`,
          ...output[heading].map((text) => `  ${text}`),
        );
      }
    }
    return lines.join("\n");
  },
  exitCode: ({ problems }) => problems.length > 0 ? 2 : 0,
});

function attempt<T>(problems: string[], prefix: string, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    problems.push(prefix + asGraphError(error).message.replace(`Backend ${prefix}`, ""));
    return undefined;
  }
}
