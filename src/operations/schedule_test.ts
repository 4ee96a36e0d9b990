import assert from "node:assert/strict";
import { cli } from "../../tests/support/cli.ts";

async function schedule(...argv: string[]) {
  const { code, stdout } = await cli(["schedule", "--json", ...argv]);
  const result = JSON.parse(stdout);
  return { code, ...result, text: result.files?.map((file: { content: string }) => file.content).join("\n") };
}

const MIGRATE = ["--", "migrate", "--to", "sqlite", "--to-path", `/data/100% "my" it's.db`];

Deno.test("systemd: a service and a timer, quoted as systemd reads it", async () => {
  const { code, text, install } = await schedule("--with", "systemd", "--every", "15m", ...MIGRATE);
  assert.equal(code, 0);
  assert.match(text, /ExecStart=.* migrate --to sqlite --to-path "\/data\/100%% \\"my\\" it's\.db"\n/);
  assert.match(text, /OnUnitActiveSec=900s/);
  assert.equal(install.length, 2);
});

Deno.test("cron: one line that a shell splits into the same arguments", async () => {
  const { text } = await schedule("--with", "cron", "--every", "6h", ...MIGRATE);
  assert.match(text, /^0 \*\/6 \* \* \* [^\n]+\n$/);
  // cron itself turns \% into %.
  const line = text.trim().replace(/^(\S+ ){5}/, "").replaceAll("\\%", "%");
  const argv = await new Deno.Command("sh", {
    args: ["-c", `for argument in ${line}; do printf '%s\\n' "$argument"; done`],
  }).output();
  assert.deepEqual(new TextDecoder().decode(argv.stdout).trimEnd().split("\n").slice(-5), MIGRATE.slice(1));
});

Deno.test("launchd: a property list", async () => {
  const { text } = await schedule("--with", "launchd", "--every", "1d", "--", "export", "a&b<c>.json");
  assert.match(text, /<string>a&amp;b&lt;c&gt;\.json<\/string>/);
  assert.match(text, /<integer>86400<\/integer>/);
});

Deno.test("Windows: one schtasks command", async () => {
  const { install } = await schedule("--with", "windows", ...MIGRATE);
  assert.match(install[0], /^schtasks \/Create \/TN memorygraph \/SC MINUTE \/MO 60 \/TR ".*"$/);
});

Deno.test("what cannot be scheduled is refused", async () => {
  for (
    const argv of [
      ["--", "rollback", "x"],
      ["--", "migrate", "--to", "sqlite", "--every", "1h"],
      ["--every", "5x", ...MIGRATE],
      ["--with", "cron", "--every", "7m", ...MIGRATE],
      ["--with", "windows", "--every", "2d", ...MIGRATE],
    ]
  ) assert.equal((await schedule(...argv)).code, 2, argv.join(" "));
});
