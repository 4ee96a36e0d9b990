import { basename } from "node:path";
import * as z from "zod";
import { MINUTE_MS } from "../durations.ts";
import { GraphError } from "../errors.ts";
import { defineOperation } from "./operation.ts";
import { DURATION_PATTERN, durationMs } from "./repeat.ts";
import { type SchedulerName, SCHEDULERS } from "./schedulers.ts";

/** Prints what a system's own scheduler needs to run a migration regularly. Installs nothing. */
export const schedule = defineOperation({
  name: "schedule",
  summary: "Print a ready systemd timer, cron line, launchd or Windows task that runs a migrate command",
  positionals: ["command"],
  input: () =>
    z.object({
      command: z.array(z.string()).min(1).describe("Command to run, after --: migrate with its flags"),
      every: z.string().regex(...DURATION_PATTERN).default("1h").describe("How often to run it: 15m, 6h, 1d")
        .meta({ value: "duration" }),
      with: z.enum(Object.keys(SCHEDULERS) as [SchedulerName, ...SchedulerName[]]).optional()
        .describe("Scheduler (default: this system's own)").meta({ value: "scheduler" }),
    }),
  output: () =>
    z.object({
      scheduler: z.string(),
      command: z.array(z.string()),
      files: z.array(z.object({ name: z.string().describe("Where it goes"), content: z.string() })),
      install: z.array(z.string()).describe("Commands that put it to work"),
      notes: z.array(z.string()),
    }),
  examples: [
    {
      command:
        "memorygraph schedule --every 6h -- migrate --to neo4j --since last --to-password-file /etc/pw",
      does: "A timer for this system",
    },
    {
      command: "memorygraph schedule --with cron --every 15m -- migrate --to neo4j --since last",
      does: "A line for crontab",
    },
  ],
  run({ command, every, with: chosen = ownScheduler() }) {
    const [name] = command;
    if (name !== "migrate" && name !== "export") {
      throw new GraphError(
        "USAGE",
        `Cannot schedule "${name}": give migrate or export with its flags, after --`,
      );
    }
    if (command.includes("--every")) {
      throw new GraphError("USAGE", "Leave --every out of the command: the scheduler repeats it");
    }
    const program = [...programPath(), ...command];
    const minutes = durationMs(every) / MINUTE_MS;
    const notes = [
      "Environment variables of your shell are not there when it runs: use flags, and --from-password-file or " +
      "--to-password-file for passwords",
      "It runs in another folder: give whole paths",
    ];
    return Promise.resolve({
      scheduler: chosen,
      command: program,
      ...SCHEDULERS[chosen](program, minutes),
      notes,
    });
  },
  render({ files, install, notes }) {
    return [
      ...files.map(({ name, content }) => `# ${name}\n${content}`),
      ...(install.length > 0 ? ["# then:", ...install, ""] : []),
      ...notes.map((note) => `# note: ${note}`),
    ].join("\n");
  },
});

function ownScheduler(): SchedulerName {
  const own: Partial<Record<typeof Deno.build.os, SchedulerName>> = { darwin: "launchd", windows: "windows" };
  return own[Deno.build.os] ?? "systemd";
}

/** The program by a path that a scheduler finds; from source, Deno and the main module. */
function programPath(): string[] {
  const executable = Deno.execPath();
  if (!/^deno(\.exe)?$/.test(basename(executable))) return [executable];
  const main = new URL("../../main.ts", import.meta.url);
  return main.protocol === "file:" ? [executable, "run", "-A", main.pathname] : ["memorygraph"];
}
