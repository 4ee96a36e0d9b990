/** A test that was left out by its own `ignore`. */
export interface IgnoredTest {
  name: string;
  file: string;
}

/**
 * Lists the ignored tests of a JUnit file that `deno test` wrote, without the steps. A test that `--filter`
 * left out is not ignored: Deno 2.9 writes both as skipped, but only an ignored one has a time.
 */
export function readIgnoredTests(xml: string): IgnoredTest[] {
  const tests = [...xml.matchAll(/<testcase ([^>]*)>(\s*<skipped\/>)?/g)].map(([, text = "", skipped]) => {
    const { name = "", classname: file = "", time } = readAttributes(text);
    return { name, file, isIgnored: skipped !== undefined && time !== undefined };
  });
  const names = new Set(tests.map(({ name, file }) => `${file}\n${name}`));
  // A step is named "test > step", after its test.
  const isStep = (name: string, file: string) =>
    [...name.matchAll(/ > /g)].some(({ index }) => names.has(`${file}\n${name.slice(0, index)}`));
  return tests
    .filter(({ name, file, isIgnored }) => isIgnored && !isStep(name, file))
    .map(({ name, file }) => ({ name, file }));
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/(\w+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, key, value]) => [key, unescapeXml(value ?? "")]));
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}
