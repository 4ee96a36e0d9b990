/**
 * Keeps secrets out of everything that is printed. A password is registered where it enters the process;
 * both edges pass whatever they write through {@linkcode redact}.
 */
const patterns: { readonly secret: string; readonly pattern: RegExp }[] = [];
const publicWords = new Set<string>();

const MASK = "***";
// A shorter secret is masked only as a word of its own: masking every "a" would spell it out.
const SHORT = 4;

/** Words that the program prints anyway, such as backend names; as a password they are no secret. */
export function declarePublicWords(words: Iterable<string>): void {
  for (const word of words) publicWords.add(word);
}

/** Makes `redact` mask this value, also percent-encoded or escaped as in JSON. */
export function registerSecret(secret: string | undefined): void {
  if (!secret || publicWords.has(secret) || patterns.some((known) => known.secret === secret)) return;
  const body = Array.from(secret, characterPattern).join("");
  const [before, after] = secret.length < SHORT ? ["(?<![\\p{L}\\p{N}])", "(?![\\p{L}\\p{N}])"] : ["", ""];
  patterns.push({ secret, pattern: new RegExp(before + body + after, "gu") });
  // The longest first: masking a secret inside another would leave the rest of that one.
  patterns.sort((a, b) => b.secret.length - a.secret.length);
}

/** A pattern for one character in any of the ways in which it is printed. */
function characterPattern(character: string): string {
  const ways = new Set([
    character,
    JSON.stringify(character).slice(1, -1),
    character === " " ? "+" : character,
  ].map(escapePattern));
  ways.add(percentPattern(character));
  return `(?:${[...ways].sort((a, b) => b.length - a.length).join("|")})`;
}

/** The percent-encoding of a character, in either case of its digits. */
function percentPattern(character: string): string {
  return Array.from(new TextEncoder().encode(character), (byte) => {
    const digits = byte.toString(16).padStart(2, "0");
    return "%" + digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  }).join("");
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The text with every registered secret masked. */
export function redact(text: string): string {
  let result = text;
  for (const { pattern } of patterns) result = result.replace(pattern, MASK);
  return result;
}

/** A JSON-like value with the secrets in its strings masked; keys and numbers stay, so it stays readable. */
export function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item)]));
}

/** A URI taken apart from the credentials inside it. */
export interface SplitUri {
  /** The URI without credentials. */
  readonly uri: string;
  readonly user?: string;
  readonly password?: string;
}

/**
 * Takes user and password out of a URI, percent-decoded. Credentials reach to the last "@", since people
 * leave "/", "#" and "@" unencoded in a password.
 */
export function splitUri(text: string): SplitUri {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
  const start = scheme.length;
  const end = text.lastIndexOf("@");
  // A path, as in unix:///run/a@b, has no credentials before it.
  if (end < start || text[start] === "/") return { uri: text };
  const userInfo = text.slice(start, end);
  const colon = userInfo.indexOf(":");
  const user = decode(colon === -1 ? userInfo : userInfo.slice(0, colon));
  const password = colon === -1 ? "" : decode(userInfo.slice(colon + 1));
  return {
    uri: scheme + text.slice(end + 1),
    ...(user && { user }),
    ...(password && { password }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Word by word, since a pattern of a whole URI looks at a long word again from each of its letters.
const WORD = /[^\s"'<>]+/g;

/** Free text with the credentials of every URI in it left out. For text that is not a user's data. */
export function redactUris(text: string): string {
  return text.replace(WORD, (word) => {
    const scheme = word.search(/[a-z0-9+.-]:\/\//i);
    const [start, end] = [scheme + "x://".length, word.lastIndexOf("@")];
    return scheme < 0 || end < start ? word : word.slice(0, start) + MASK + word.slice(end);
  });
}

const SECRET_PARAMETER = /[?&][^=&#]*(?:password|passwd|pwd|secret|token)[^=&#]*=([^&#]+)/gi;

/** Registers the secrets inside a URI: its password, and parameters named like one. */
export function registerUriSecrets(uri: string): void {
  registerSecret(splitUri(uri).password);
  for (const [, value] of uri.matchAll(SECRET_PARAMETER)) registerSecret(decode(value!));
}
