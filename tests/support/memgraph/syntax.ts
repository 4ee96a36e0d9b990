/**
 * Which statements Memgraph 3.6 and later parse, as far as it is known without one: the verdicts of
 * tests/fixtures/memgraph/verdicts.tsv, and rules that extend them. A statement that the rules do not cover is
 * refused, so that nothing runs here that might not run there.
 */

interface Token {
  readonly kind: "word" | "name" | "text" | "number" | "parameter" | "sign";
  readonly text: string;
}

const TOKEN = new RegExp(
  [
    /(?<space>\s+|\/\/[^\n]*|\/\*[^]*?\*\/)/u,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*)/u,
    /(?<name>`(?:[^`]|``)*`)/u,
    /(?<text>'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*")/u,
    /(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/u,
    /(?<parameter>\$(?:[\p{L}_][\p{L}\p{N}_]*|`(?:[^`]|``)*`))/u,
    /(?<sign>\.\.|<>|<=|>=|=~|\+=|->|<-|::|[^])/u,
  ].map(({ source }) => source).join("|"),
  "gu",
);

function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  for (const { groups } of statement.matchAll(TOKEN)) {
    for (const [kind, text] of Object.entries(groups!)) {
      if (text !== undefined && kind !== "space") tokens.push({ kind: kind as Token["kind"], text });
    }
  }
  return tokens;
}

/**
 * A statement with its names and values taken out, so that statements that differ only in labels, types,
 * property names, variables' backquotes or literals are one shape.
 */
export function shapeOf(statement: string): string {
  const shape = tokenize(statement).map(({ kind, text }) => {
    if (kind === "name") return "`x`";
    if (kind === "text") return "'x'";
    return kind === "number" ? "1" : text;
  });
  return shape.join(" ");
}

const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Words that may stand beside another word. Any other that does is a keyword that we do not know there. */
const KEYWORDS = words(`
  MATCH OPTIONAL UNWIND WITH RETURN CREATE MERGE SET REMOVE DELETE DETACH WHERE ORDER BY SKIP LIMIT ASC DESC
  ASCENDING DESCENDING AS DISTINCT ON CALL YIELD UNION ALL FOREACH IN TRANSACTIONS OF ROWS AND OR XOR NOT IS
  NULL STARTS ENDS CONTAINS CASE WHEN THEN ELSE END USING PERIODIC COMMIT`);

/** Functions of Memgraph; https://memgraph.com/docs/querying/functions. Lower case, since case is no matter. */
const FUNCTIONS = words(`
  coalesce counter degree endnode head id elementid indegree last length outdegree properties propertysize
  randomuuid size startnode timestamp toboolean tofloat tointeger tostring type valuetype
  extract keys labels nodes range relationships reverse tail toset uniformsample
  abs acos asin atan atan2 ceil cos e exp floor log log10 pi rand round sign sin sqrt tan
  left ltrim replace right rtrim split substring tolower toupper trim
  date duration localtime localdatetime datetime
  avg collect count max min sum project
  all any exists isempty none reduce single`);

/** Keywords that may come right before a parenthesis. */
const BEFORE_PARENTHESIS = words(`
  MATCH CREATE MERGE WHERE WITH RETURN AND OR XOR NOT IN WHEN THEN ELSE CASE BY SET AS UNWIND FOREACH ON`);

const PROCEDURES = words("text_search.search_all text_search.search mg.procedures");

/** Neo4j's words for what Memgraph says in another way or not at all. */
const UNKNOWN_WORDS = words(`
  NODETACH FINISH FILTER LET INSERT OFFSET USE LOAD CYPHER EXPLAIN PROFILE CONCURRENT TYPED NORMALIZED SHORTEST`);

/** Statements about the schema or the server, which a catalog carries out. */
const SCHEMA_STATEMENTS: readonly RegExp[] = [
  /^CREATE (EDGE )?INDEX ON :name( \(name(, name)*\))?$/,
  /^DROP (EDGE )?INDEX ON :name( \(name(, name)*\))?$/,
  /^(CREATE|DROP) CONSTRAINT ON \(name:name\) ASSERT (name\.name(, name\.name)* IS UNIQUE|EXISTS \(name\.name\))$/,
  /^CREATE TEXT INDEX name ON :name( \(name(, name)*\))?$/,
  /^DROP TEXT INDEX name$/,
  /^SHOW (INDEX INFO|INDEXES|CONSTRAINT INFO|STORAGE INFO|DATABASE|VERSION)$/,
  /^STORAGE MODE (IN_MEMORY_ANALYTICAL|IN_MEMORY_TRANSACTIONAL)$/,
  /^SET GLOBAL TRANSACTION ISOLATION LEVEL SNAPSHOT ISOLATION$/,
  /^(DROP GRAPH|CREATE SNAPSHOT)$/,
];

const SCHEMA_WORDS = words(`
  CREATE DROP EDGE INDEX INDEXES ON CONSTRAINT ASSERT IS UNIQUE EXISTS TEXT SHOW INFO STORAGE DATABASE VERSION MODE
  IN_MEMORY_ANALYTICAL IN_MEMORY_TRANSACTIONAL SET GLOBAL TRANSACTION ISOLATION LEVEL SNAPSHOT GRAPH`);

/** Whether a statement is about the schema or the server rather than about data. */
export function isSchemaStatement(statement: string): boolean {
  const tokens = tokenize(statement);
  const text = tokens.map(({ kind, text }) => {
    const isKeyword = kind === "word" && SCHEMA_WORDS.has(text.toUpperCase());
    return isKeyword ? text.toUpperCase() : kind === "word" || kind === "name" ? "name" : text;
  }).join(" ").replace(/ ([,.)])/g, "$1").replace(/(\.|\(|name:|:) /g, "$1").replace(/name :/g, "name:")
    .replace(/\( /g, "(");
  return SCHEMA_STATEMENTS.some((pattern) => pattern.test(text));
}

/** Whether a statement can add nodes or change their properties. */
export function canChangeNodes(statement: string): boolean {
  return tokenize(statement).some(({ kind, text }) => kind === "word" && /^(CREATE|MERGE|SET)$/i.test(text));
}

/** Whether a statement commits by itself, batch by batch. */
export function commitsByItself(statement: string): boolean {
  return /\bIN\s+TRANSACTIONS\b|^\s*USING\s+PERIODIC\s+COMMIT\b/i.test(statement);
}

/** Why Memgraph would not parse a statement; undefined when it would. */
export function whyRefused(statement: string): string | undefined {
  if (isSchemaStatement(statement)) return undefined;
  const tokens = tokenize(statement);
  if (tokens.length === 0) return "an empty statement";
  const first = tokens[0]!;
  if (
    first.kind !== "word" ||
    !/^(MATCH|OPTIONAL|UNWIND|WITH|RETURN|CREATE|MERGE|CALL|FOREACH|USING)$/i.test(first.text)
  ) {
    return `a statement cannot begin with ${first.text}`;
  }
  for (let at = 0; at < tokens.length; at++) {
    const reason = whyTokenRefused(tokens, at);
    if (reason) return reason;
  }
  return undefined;
}

function whyTokenRefused(tokens: readonly Token[], at: number): string | undefined {
  const { kind, text } = tokens[at]!;
  const next = tokens[at + 1];
  const previous = tokens[at - 1];
  if (kind === "sign") return whySignRefused(tokens, at);
  if (kind !== "word") return undefined;
  const upper = text.toUpperCase();
  const isMember = previous?.text === "." || previous?.text === ":" || previous?.text === "|";
  if (isMember && next?.text !== "(") return undefined;
  if (UNKNOWN_WORDS.has(upper) && next?.text !== ":") return `${upper} is unknown`;
  if (next?.kind === "word" && !KEYWORDS.has(upper) && !KEYWORDS.has(next.text.toUpperCase())) {
    return `unexpected ${next.text} after ${text}`;
  }
  if (next?.text === "{" && /^(COUNT|EXISTS|COLLECT)$/.test(upper)) return `${upper} { } is unknown`;
  if (next?.text !== "(" || BEFORE_PARENTHESIS.has(upper)) return undefined;
  if (upper === "CALL") return "CALL with a list of variables is unknown";
  const path = pathTo(tokens, at);
  if (path.includes(".")) {
    return PROCEDURES.has(path) ? undefined : `there is no procedure or function ${path}`;
  }
  return FUNCTIONS.has(text.toLowerCase()) ? undefined : `there is no function ${text}`;
}

function whySignRefused(tokens: readonly Token[], at: number): string | undefined {
  const { text } = tokens[at]!;
  const next = tokens[at + 1]?.text;
  if (text === "$") return "a label or type cannot be an expression";
  if (text === "::") return "types of values cannot be asked for";
  if ((text === ":" && /^[!%(]$/.test(next ?? "")) || text === "&") {
    return "labels cannot be combined like that";
  }
  if (text === ")" && next === "{") return "a pattern cannot be repeated";
  if ((text === "(" || text === "[") && isPattern(tokens, at) && hasWhere(tokens, at)) {
    return "a pattern cannot hold WHERE";
  }
  return undefined;
}

/** The dotted name that ends at a token. */
function pathTo(tokens: readonly Token[], at: number): string {
  let path = tokens[at]!.text;
  while (tokens[at - 1]?.text === "." && tokens[at - 2]?.kind === "word") {
    path = `${tokens[at - 2]!.text}.${path}`;
    at -= 2;
  }
  return path;
}

/** Whether a bracket opens a node or a relationship of a pattern, not a call, a list or a group. */
function isPattern(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (tokens[at]!.text === "[") return before?.text === "-" || before?.text === "<-";
  return before?.kind !== "word" || /^(MATCH|CREATE|MERGE)$/i.test(before.text);
}

/** Whether WHERE stands directly inside the bracket at this token. */
function hasWhere(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    if (kind === "sign" && /^[([{]$/.test(text)) depth++;
    if (kind === "sign" && /^[)\]}]$/.test(text) && --depth === 0) return false;
    if (depth === 1 && kind === "word" && /^WHERE$/i.test(text)) return true;
  }
  return false;
}
