import type { Neo4jModule } from "./neo4j_module.ts";
import { fractionOfSecond } from "./temporal.ts";
import { type NativeType, NativeValue, type StoredMap, type StoredValue } from "./values.ts";

/** Values between ours and neo4j-driver's (with `useBigInt`), which differ in the native types alone. */
export class BoltValues {
  readonly #neo4j: Neo4jModule;

  constructor(module: Neo4jModule) {
    this.#neo4j = module;
  }

  /** Whether a native value can be stored and then gives the same text. */
  isStorable(value: NativeValue): boolean {
    try {
      return printed(this.#neo4j, this.#parse(value))?.text === value.text;
    } catch {
      return false;
    }
  }

  /** Replaces the native values in a parameter by the driver's own; the parameter belongs to us. */
  toDriver(value: StoredValue): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof NativeValue) return this.#parse(value);
    const holder = value as StoredMap;
    for (const key in holder) {
      const item = holder[key];
      if (typeof item === "object" && item !== null) holder[key] = this.toDriver(item) as StoredValue;
    }
    return holder;
  }

  /** A column or property of the driver as ours; reuses its lists and maps. */
  fromDriver(value: unknown): StoredValue {
    if (typeof value !== "object" || value === null) return (value ?? null) as StoredValue;
    const native = printed(this.#neo4j, value);
    if (native) return native;
    const holder = value as StoredMap;
    for (const key in holder) {
      const item = holder[key];
      if (typeof item === "object" && item !== null) holder[key] = this.fromDriver(item);
    }
    return holder;
  }

  #parse({ type, text }: NativeValue): unknown {
    const { types } = this.#neo4j;
    switch (type) {
      case "DateTime":
        return parseDateTime(this.#neo4j, text);
      case "Point": {
        const [srid, ...coordinates] = text.split(",");
        const [x, y, z] = coordinates.map(Number);
        return new types.Point(this.#neo4j.int(srid!), x!, y!, z);
      }
      case "Bytes":
        return new Int8Array(Uint8Array.fromHex(text).buffer);
      case "Vector": {
        const [kind, ...items] = text.split(",");
        return new this.#neo4j.Vector(parseVector(kind!, items));
      }
      default:
        return types[type].fromString(text);
    }
  }
}

const TEMPORAL_TYPES = ["LocalDateTime", "Date", "Time", "LocalTime", "Duration"] as const;

/** A native value of the driver as ours; undefined for a list or a map. */
function printed(module: Neo4jModule, value: unknown): NativeValue | undefined {
  if (Array.isArray(value) || value === null || typeof value !== "object") return undefined;
  if (Object.getPrototypeOf(value) === Object.prototype) return undefined;
  if (module.isDateTime(value)) return new NativeValue("DateTime", printDateTime(value));
  if (module.isLocalDateTime(value)) return new NativeValue("LocalDateTime", printLocal(value));
  for (const type of TEMPORAL_TYPES) {
    if (value instanceof module.types[type]) {
      return new NativeValue(type satisfies NativeType, value.toString());
    }
  }
  if (module.isPoint(value)) {
    const { srid, x, y, z } = value;
    return new NativeValue("Point", [srid, x, y, ...(z === undefined ? [] : [z])].join(","));
  }
  if (value instanceof Int8Array) return new NativeValue("Bytes", new Uint8Array(value.buffer).toHex());
  if (module.isVector(value)) {
    const items = value.asTypedArray();
    return new NativeValue("Vector", [items.constructor.name, ...items].join(","));
  }
  return undefined;
}

type DateTime = InstanceType<Neo4jModule["types"]["DateTime"]>;
type WallClock = Pick<DateTime, "year" | "month" | "day" | "hour" | "minute" | "second" | "nanosecond">;

/** As Python's isoformat prints it, with nine digits where there are nanoseconds and the zone where it has a name. */
function printDateTime(value: DateTime): string {
  const seconds = Number(value.timeZoneOffsetSeconds ?? 0);
  const size = Math.abs(seconds);
  const offset = [size / 3600, (size / 60) % 60, size % 60].map((part) => digits(Math.floor(part), 2));
  if (offset[2] === "00") offset.pop();
  const zone = value.timeZoneId ? `[${value.timeZoneId}]` : "";
  return `${printLocal(value)}${seconds < 0 ? "-" : "+"}${offset.join(":")}${zone}`;
}

function printLocal(value: WallClock): string {
  const year = Number(value.year);
  const fraction = fractionOfSecond(Number(value.nanosecond));
  const date =
    `${year > 9999 ? "+" : year < 0 ? "-" : ""}${digits(Math.abs(year), 4)}-${digits(value.month, 2)}-` +
    digits(value.day, 2);
  return `${date}T${digits(value.hour, 2)}:${digits(value.minute, 2)}:${digits(value.second, 2)}${fraction}`;
}

function digits(value: unknown, count: number): string {
  return String(value).padStart(count, "0");
}

const DATE_TIME =
  /^([+-]?\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{6}|\d{9}))?([+-])(\d\d):(\d\d)(?::(\d\d))?(?:\[(.+)\])?$/;

function parseDateTime(module: Neo4jModule, text: string): DateTime {
  const match = DATE_TIME.exec(text);
  if (!match) throw new TypeError("not a DateTime");
  const [, year, month, day, hour, minute, second, fraction = "", sign, hours, minutes, seconds = "0", zone] =
    match;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const fields = [year, month, day, hour, minute, second, fraction.padEnd(9, "0")].map((part) =>
    module.int(Number(part))
  );
  const [y, mo, d, h, mi, s, ns] = fields;
  return new module.types.DateTime(
    y!,
    mo!,
    d!,
    h!,
    mi!,
    s!,
    ns!,
    module.int(sign === "-" ? -offset : offset),
    zone,
  );
}

const VECTOR_ITEMS = { Float64Array, Float32Array, Int8Array, Int16Array, Int32Array } as const;

function parseVector(kind: string, items: readonly string[]) {
  if (kind === "BigInt64Array") return new BigInt64Array(items.map(BigInt));
  const Items = VECTOR_ITEMS[kind as keyof typeof VECTOR_ITEMS];
  return new Items(items.map(Number));
}
