/** Instants as ISO 8601 text with up to nanoseconds, which `Date` would cut. */
import { MINUTE_MS } from "../durations.ts";

/** A timestamp in its parts: date, hour and minute, second, fraction of a second, zone. */
export const ISO_TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/**
 * A text that sorts as the instants do, whatever their zones and precisions; a time without a zone counts as
 * UTC, as upstream takes it. Empty for what is no timestamp.
 */
export function instantKey(text: string | undefined): string {
  const [, day, minute, seconds = "00", fraction = "", zone = "Z"] = ISO_TIMESTAMP.exec(text ?? "") ?? [];
  if (day === undefined) return "";
  const local = Date.parse(`${day}T${minute}:00Z`);
  const utc = local - offsetMinutes(zone) * MINUTE_MS;
  // No date, such as one of a 13th month. V8 takes 31 February for 2 or 3 March, which sorts well enough.
  if (!Number.isFinite(utc)) return "";
  return `${new Date(utc).toISOString().slice(0, 16)}:${seconds}.${fraction.padEnd(9, "0")}`;
}

/** Whether a text is an instant that exists, in a year from 0000 to 9999; a stored record may hold others. */
export function isInstant(text: string): boolean {
  const [, day, minute, seconds = "00", , zone = "Z"] = ISO_TIMESTAMP.exec(text) ?? [];
  if (day === undefined) return false;
  const time = new Date(`${day}T${minute}:${seconds}Z`);
  // V8 takes 31 February for a day in March, and 24:00 for the next day.
  const exists = Number.isFinite(time.getTime()) && time.toISOString().startsWith(`${day}T${minute}`);
  return exists && /^(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)$/.test(zone);
}

function offsetMinutes(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return zone.startsWith("-") ? -minutes : minutes;
}

/** A timestamp as Python's isoformat writes it: Python before 3.11 reads no other, such as `Z` for UTC. */
export function pythonTimestamp(text: string): string {
  const [, day, minute, seconds = "00", fraction = "", zone = ""] = ISO_TIMESTAMP.exec(text) ?? [];
  if (day === undefined) return text;
  const microseconds = fraction.padEnd(6, "0").slice(0, 6);
  const [, sign, hours, minutes = "00"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const offset = zone === "Z" ? "+00:00" : sign ? `${sign}${hours}:${minutes}` : "";
  return `${day}T${minute}:${seconds}${Number(microseconds) > 0 ? `.${microseconds}` : ""}${offset}`;
}

/** Now, as upstream writes it: microseconds and `+00:00`. */
export function currentTimestamp(): string {
  return timestampOf(performance.timeOrigin + performance.now());
}

/** An instant in milliseconds since 1970, as upstream writes it. */
export function timestampOf(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const microseconds = Math.floor((milliseconds - whole) * 1000).toString().padStart(3, "0");
  return `${new Date(whole).toISOString().slice(0, 23)}${microseconds}+00:00`;
}
