/**
 * Arbitrary records for property tests: what stores and files have been seen to hold, and worse. They obey
 * what every store promises: `extra` has no property that its field would take, a field whose property is in
 * `extra` has its default, and a `context_` property in `extra` comes with a context.
 */
import fc from "fast-check";
import { type Extra, type Field, hasKind } from "../../src/model/fields.ts";
import type { JsonObject, JsonValue } from "../../src/model/json.ts";
import {
  CONTEXT_FIELDS,
  type Memory,
  MEMORY_FIELDS,
  MEMORY_TYPES,
  type MemoryContext,
  VISIBILITIES,
} from "../../src/model/memory.ts";
import { type Relationship, RELATIONSHIP_FIELDS, RELATIONSHIP_TYPES } from "../../src/model/relationship.ts";
import type { Graph } from "./graph.ts";

/** Leaves out what a format or backend under test says that it cannot hold. */
export interface ArbitraryOptions {
  /** Text with half a surrogate pair, which UTF-8 cannot encode. Default: true. */
  loneSurrogates?: boolean;
  /** NaN and the infinities in `extra`. Default: true. */
  nonFinite?: boolean;
}

const AWKWARD_TEXTS = [
  ...["", "\0", "a\0b", "[]", "[1]", "{}", '{"a":1}', "null", "-0", "1.0", "true", "👩‍👩‍👧", "e\u0301", "\u00e9"],
  ...["\u2028\u2029", "\ufeff", "\uffff", "\u{10ffff}", "\r\n", "\u007f\u0085", '"', "\\", "\\u0000", "../x"],
  ...["__proto__", "constructor", "---\n", "\t", " ", "'", "`", "$x", "NaN", "Infinity"],
];
const LONE_SURROGATES = ["\ud83d", "\ude00\ud83d", "a\udfff"];

/** Any text, the awkward ones often. */
export function arbitraryText({ loneSurrogates = true }: ArbitraryOptions = {}): fc.Arbitrary<string> {
  const awkward = fc.constantFrom(...AWKWARD_TEXTS, ...loneSurrogates ? LONE_SURROGATES : []);
  return fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    awkward,
    fc.array(awkward, { maxLength: 4 }).map((texts) => texts.join("")),
  );
}

/** An id: any well-formed text that is not empty. */
export function arbitraryId(): fc.Arbitrary<string> {
  return fc.oneof(fc.uuid(), arbitraryText({ loneSurrogates: false }).filter((text) => text !== ""));
}

/** Any finite double, the awkward ones often. */
function arbitraryNumber(): fc.Arbitrary<number> {
  const awkward = [
    0,
    -0,
    1,
    0.1,
    0.1 + 0.2,
    5e-324,
    Number.MAX_VALUE,
    2 ** 53,
    2 ** 53 + 2,
    -(2 ** 63),
    1e21,
  ];
  return fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(...awkward),
  );
}

/** Any JSON value but null, with integers of 64 bits. */
export function arbitraryJson(options: ArbitraryOptions = {}): fc.Arbitrary<JsonValue> {
  return fc.letrec<{ value: JsonValue; object: JsonObject; leaf: JsonValue }>((tie) => ({
    leaf: fc.oneof(
      fc.boolean(),
      arbitraryText(options),
      arbitraryNumber(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
      ...options.nonFinite === false ? [] : [fc.constantFrom(NaN, Infinity, -Infinity)],
    ),
    object: objectOf(arbitraryText(options), fc.option(tie("value"))),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc.array(fc.option(tie("value")), { maxLength: 4 }),
      tie("object"),
    ),
  })).value;
}

function objectOf<T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  // fromEntries, since an assignment to the key __proto__ would set the prototype.
  return fc.array(fc.tuple(key, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}

/** Opaque JSON text: mostly an object, with and without white space; sometimes other JSON or no JSON at all. */
function arbitraryJsonText(options: ArbitraryOptions): fc.Arbitrary<string> {
  const plain = fc.dictionary(arbitraryText(options), fc.jsonValue(), { maxKeys: 4 });
  const spelled = [
    '{"n": 9007199254740993, "z": -0.0, "d": 1.0, "e": 1e400}',
    '{ "a" : 1 , "b":[ ] }',
    '{"nan": NaN}',
    '{"__proto__": {"x": 1}}',
    '{"a": {"a": {"a": [[[null]]]}}}',
  ];
  return fc.oneof(
    fc.constantFrom("{}", ...spelled),
    fc.tuple(plain, fc.constantFrom(undefined, 1)).map(([value, indent]) =>
      JSON.stringify(value, null, indent)
    ),
    arbitraryText(options),
  );
}

/** Timestamps as people have stored them, among them some that are none. */
function arbitraryTimestamp(): fc.Arbitrary<string> {
  const odd = [
    "2024-02-29 12:34:56",
    "1970-01-01T00:00:00",
    "9999-12-31T23:59:59.999999+14:00",
    "yesterday",
    "",
  ];
  return fc.oneof(
    fc.tuple(
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") }),
      fc.nat(999),
      fc.constantFrom("Z", "+00:00", "", "-03:30"),
    ).map(([date, micros, zone]) => date.toISOString().slice(0, -1) + String(micros).padStart(3, "0") + zone),
    fc.constantFrom(...odd),
  );
}

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

/** Properties that the schema does not know, and fields whose value has another type than the schema's. */
function arbitraryExtra(
  fields: ReadonlyMap<string, Field>,
  hasContext: boolean,
  options: ArbitraryOptions,
): fc.Arbitrary<Extra | undefined> {
  const name = fc.oneof(
    fc.constantFrom(
      ...fields.keys(),
      "extra",
      "context",
      "context_",
      "context_function_name",
      "from_memory_id",
    ),
    arbitraryText(options),
  );
  return maybe(
    objectOf(name, arbitraryJson(options)).map((extra) => {
      for (const key of Object.keys(extra)) {
        const field = fields.get(key);
        const value = extra[key]!;
        const taken = field &&
          (hasKind(field.kind, value) || (field.kind === "texts" && typeof value === "string"));
        if (key === "id" || taken || (!hasContext && key.startsWith("context_"))) delete extra[key];
      }
      return Object.keys(extra).length > 0 ? extra : undefined;
    }),
  );
}

const MEMORY_NAMES = new Map<string, Field>([
  ...MEMORY_FIELDS.map((field) => [field.stored, field] as const),
  ...CONTEXT_FIELDS.map((field) => [`context_${field.stored}`, field] as const),
]);
const RELATIONSHIP_NAMES = new Map<string, Field>(RELATIONSHIP_FIELDS.map((field) => [field.stored, field]));

/** Any context. */
function arbitraryContext(options: ArbitraryOptions = {}): fc.Arbitrary<MemoryContext> {
  const text = arbitraryText(options);
  const texts = fc.array(text, { maxLength: 3 });
  return fc.record({
    projectPath: maybe(text),
    filesInvolved: texts,
    languages: texts,
    frameworks: texts,
    technologies: texts,
    gitCommit: maybe(text),
    gitBranch: maybe(text),
    workingDirectory: maybe(text),
    timestamp: maybe(arbitraryTimestamp()),
    sessionId: maybe(text),
    userId: maybe(text),
    additionalMetadata: arbitraryJsonText(options),
    tenantId: maybe(text),
    teamId: maybe(text),
    visibility: fc.oneof(fc.constantFrom(...VISIBILITIES), text),
    createdBy: maybe(text),
  }).map(withoutUndefined);
}

/** Any memory that can be carried, also such as break the limits for new ones. */
export function arbitraryMemory(options: ArbitraryOptions = {}): fc.Arbitrary<Memory> {
  const text = arbitraryText(options);
  return maybe(arbitraryContext(options)).chain((context) =>
    fc.record({
      id: arbitraryId(),
      type: fc.oneof(fc.constantFrom(...MEMORY_TYPES), text),
      title: fc.oneof(text, fc.constant("🧠".repeat(300))),
      content: text,
      summary: maybe(text),
      tags: fc.array(text, { maxLength: 4 }),
      importance: arbitraryNumber(),
      confidence: arbitraryNumber(),
      effectiveness: maybe(arbitraryNumber()),
      usageCount: fc.maxSafeInteger(),
      createdAt: maybe(arbitraryTimestamp()),
      updatedAt: maybe(arbitraryTimestamp()),
      lastAccessed: maybe(arbitraryTimestamp()),
      version: fc.maxSafeInteger(),
      updatedBy: maybe(text),
      context: fc.constant(context),
      extra: arbitraryExtra(MEMORY_NAMES, context !== undefined, options),
    })
  ).map((memory) => {
    const { extra } = memory;
    const context = memory.context &&
      withDefaultsFor(CONTEXT_FIELDS, memory.context, { extra, prefix: "context_" });
    return withoutUndefined({ ...withDefaultsFor(MEMORY_FIELDS, memory, { extra, prefix: "" }), context });
  });
}

/** Any relationship that can be carried, between two of the given memories. */
export function arbitraryRelationship(
  ends: fc.Arbitrary<string> = arbitraryId(),
  options: ArbitraryOptions = {},
): fc.Arbitrary<Relationship> {
  const text = arbitraryText(options);
  const knownType = fc.constantFrom(...Object.keys(RELATIONSHIP_TYPES));
  return fc.record({
    id: arbitraryId(),
    fromId: ends,
    toId: ends,
    type: fc.oneof({ arbitrary: knownType, weight: 4 }, {
      arbitrary: arbitraryText({ loneSurrogates: false }).filter((type) => type !== ""),
      weight: 1,
    }),
    strength: arbitraryNumber(),
    confidence: arbitraryNumber(),
    context: maybe(text),
    evidenceCount: fc.maxSafeInteger(),
    successRate: maybe(arbitraryNumber()),
    createdAt: maybe(arbitraryTimestamp()),
    lastValidated: maybe(arbitraryTimestamp()),
    validationCount: fc.maxSafeInteger(),
    counterEvidenceCount: fc.maxSafeInteger(),
    validFrom: maybe(arbitraryTimestamp()),
    validUntil: maybe(arbitraryTimestamp()),
    recordedAt: maybe(arbitraryTimestamp()),
    invalidatedBy: maybe(text),
    description: maybe(text),
    bidirectional: fc.boolean(),
    extra: arbitraryExtra(RELATIONSHIP_NAMES, true, options),
  }).map((relationship) => {
    const { extra } = relationship;
    return withoutUndefined(withDefaultsFor(RELATIONSHIP_FIELDS, relationship, { extra, prefix: "" }));
  });
}

/** A whole graph: ids are unique, and the ends of its relationships are in it. */
export function arbitraryGraph(options: ArbitraryOptions = {}): fc.Arbitrary<Graph> {
  const unique = { selector: (record: { id: string }) => record.id, maxLength: 5 };
  return fc.uniqueArray(arbitraryMemory(options), unique).chain((memories) => {
    const ids = memories.map((memory) => memory.id);
    const relationships = ids.length === 0
      ? fc.constant<Relationship[]>([])
      : fc.uniqueArray(arbitraryRelationship(fc.constantFrom(...ids), options), unique);
    return relationships.map((relationships) => ({ memories, relationships }));
  });
}

/** The record with the defaults of those fields whose property is in `extra`; a text without one is empty. */
function withDefaultsFor<T extends object>(
  fields: readonly Field[],
  record: T,
  { extra = {}, prefix }: { extra: Extra | undefined; prefix: string },
): T {
  const REQUIRED: Record<string, string> = { type: "", title: "", content: "" };
  const copy = { ...record } as Record<string, unknown>;
  for (const { key, stored, default: value } of fields) {
    if (Object.hasOwn(extra, prefix + stored)) copy[key] = value ?? REQUIRED[key];
  }
  return copy as T;
}

function withoutUndefined<T extends object>(record: T): T {
  for (const key in record) if (record[key] === undefined) delete record[key];
  return record;
}
