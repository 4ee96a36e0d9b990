import assert from "node:assert/strict";
import { createLogger } from "./log.ts";
import { redact } from "./redact.ts";
import { runPasswordCommand } from "./secrets.ts";

const ignore = Deno.build.os === "windows"; // the command lines are for a POSIX shell

Deno.test("a password command's stderr is shown, without the password", { ignore }, async () => {
  const lines: string[] = [];
  const log = createLogger("warn", (line) => lines.push(redact(line)));
  const command = "printf 'canary word' && echo 'unlocked canary word' >&2";
  assert.equal(await runPasswordCommand(command, { origin: "--x", log }), "canary word");
  assert.deepEqual(lines, ["warn: Password command: unlocked ***"]);
});

Deno.test("a password command that hangs is stopped", { ignore }, async () => {
  await assert.rejects(
    () => runPasswordCommand("exec sleep 30", { origin: "--x", timeoutMs: 100 }),
    /The password command given by --x did not end within 0.1 seconds/,
  );
});

Deno.test("an interrupt stops a password command", { ignore }, async () => {
  const controller = new AbortController();
  const running = runPasswordCommand("exec sleep 30", { origin: "--x", signal: controller.signal });
  controller.abort();
  await assert.rejects(running, { code: "INTERRUPTED" });
});
