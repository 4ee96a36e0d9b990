/** Log levels from the quietest. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes lines to stderr; stdout is for results and for MCP. Never give it a secret or a statement's parameters. */
export type Logger = Record<LogLevel, (message: string) => void>;

/** A logger that drops what is less urgent than `level`. `write` receives whole lines without their end. */
export function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const threshold = LOG_LEVELS.indexOf(level);
  const at = (name: LogLevel) =>
    LOG_LEVELS.indexOf(name) <= threshold ? (message: string) => write(`${name}: ${message}`) : () => {};
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
