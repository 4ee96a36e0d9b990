/** What each system's scheduler wants to be told. */
import { GraphError } from "../errors.ts";

/** Files to make and commands to run. */
export interface ScheduleText {
  readonly files: { name: string; content: string }[];
  readonly install: string[];
}

/** A scheduler's name on the command line. */
export type SchedulerName = "systemd" | "cron" | "launchd" | "windows";

/** Each makes its text out of a command, by argument, and an interval in minutes. */
export const SCHEDULERS: Readonly<
  Record<SchedulerName, (command: readonly string[], minutes: number) => ScheduleText>
> = { systemd, cron, launchd, windows };

function systemd(command: readonly string[], minutes: number): ScheduleText {
  const service = `[Unit]
Description=memorygraph migration

[Service]
Type=oneshot
ExecStart=${command.map(systemdQuote).join(" ")}
`;
  const timer = `[Unit]
Description=memorygraph migration, regularly

[Timer]
OnActiveSec=1min
OnUnitActiveSec=${Math.round(minutes * 60)}s

[Install]
WantedBy=timers.target
`;
  return {
    files: [
      { name: "~/.config/systemd/user/memorygraph.service", content: service },
      { name: "~/.config/systemd/user/memorygraph.timer", content: timer },
    ],
    install: ["systemctl --user daemon-reload", "systemctl --user enable --now memorygraph.timer"],
  };
}

/** By systemd.syntax: C escapes inside double quotes, `%` and `$` doubled. */
function systemdQuote(argument: string): string {
  if (/^[\w@+=:,./-]+$/.test(argument)) return argument;
  const escaped = argument.replace(/[\\"]/g, "\\$&").replace(/[%$]/g, "$&$&").replaceAll("\n", "\\n");
  return `"${escaped}"`;
}

function cron(command: readonly string[], minutes: number): ScheduleText {
  // An unescaped % in a crontab is a line break.
  const line = `${cronTime(minutes)} ${command.map(shellQuote).join(" ").replaceAll("%", "\\%")}\n`;
  return { files: [{ name: "a line for `crontab -e`", content: line }], install: [] };
}

function cronTime(minutes: number): string {
  if (minutes >= 1 && minutes < 60 && 60 % minutes === 0) return `*/${minutes} * * * *`;
  const hours = minutes / 60;
  if (hours === 24) return "0 3 * * *";
  if (hours >= 1 && hours < 24 && 24 % hours === 0) return `0 */${hours} * * *`;
  throw new GraphError(
    "USAGE",
    "cron can run a command every so many minutes that divide an hour, or hours that divide a day: choose such a " +
      "--every, or another scheduler",
  );
}

function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

function launchd(command: readonly string[], minutes: number): ScheduleText {
  const escape = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>memorygraph.migration</string>
  <key>ProgramArguments</key>
  <array>
${command.map((argument) => `    <string>${escape(argument)}</string>`).join("\n")}
  </array>
  <key>StartInterval</key>
  <integer>${Math.round(minutes * 60)}</integer>
</dict>
</plist>
`;
  const name = "~/Library/LaunchAgents/memorygraph.migration.plist";
  return { files: [{ name, content }], install: [`launchctl bootstrap gui/$(id -u) ${name}`] };
}

/** The longest interval that `schtasks /SC MINUTE` takes. */
const MAX_SCHTASKS_MINUTES = 1439;

function windows(command: readonly string[], minutes: number): ScheduleText {
  const whole = Math.round(minutes);
  if (whole < 1 || whole > MAX_SCHTASKS_MINUTES) {
    throw new GraphError(
      "USAGE",
      `The Windows scheduler repeats a task every 1 to ${MAX_SCHTASKS_MINUTES} minutes: choose such a --every`,
    );
  }
  const line = command.map(windowsQuote).join(" ").replaceAll('"', '\\"');
  const install = `schtasks /Create /TN memorygraph /SC MINUTE /MO ${whole} /TR "${line}"`;
  return { files: [], install: [install] };
}

/** By the rules of CommandLineToArgvW: backslashes count only before a quote. */
function windowsQuote(argument: string): string {
  if (/^[^\s"]+$/.test(argument)) return argument;
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
}
