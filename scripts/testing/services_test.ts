import assert from "node:assert/strict";
import { Unavailable } from "../servers/mod.ts";
import { type Service, startServices } from "./services.ts";

function service(name: string, start: Service["start"]): Service {
  return {
    name,
    variables: [`MEMORYGRAPH_TEST_X_${name}`],
    unavailable: `MEMORYGRAPH_TEST_X_${name}_NOT`,
    start,
  };
}

const quiet = () => {};

Deno.test("startServices() tells what started, what is missing here and what failed", async () => {
  let isRunning = true;
  const stop = () => Promise.resolve(void (isRunning = false));
  {
    await using services = await startServices([
      service("GOOD", () => Promise.resolve({ env: { MEMORYGRAPH_TEST_X_GOOD: "uri" }, stop })),
      service("ABSENT", () => Promise.reject(new Unavailable("no Java"))),
      service("BROKEN", () => Promise.reject(new Error("exited"))),
    ], quiet);
    assert.deepEqual(services.env, {
      MEMORYGRAPH_TEST_X_GOOD: "uri",
      MEMORYGRAPH_TEST_X_ABSENT_NOT: "no Java",
      MEMORYGRAPH_TEST_X_BROKEN_NOT: "exited",
    });
    assert.deepEqual(services.missing, ["ABSENT: no Java"]);
    assert.deepEqual(services.failed, ["BROKEN: exited"]);
    assert.equal(isRunning, true);
  }
  assert.equal(isRunning, false);
});

Deno.test("startServices() leaves alone what the user provides or does without", async () => {
  const start = () => Promise.reject(new Error("started"));
  Deno.env.set("MEMORYGRAPH_TEST_X_THEIRS", "uri");
  Deno.env.set("MEMORYGRAPH_TEST_X_NONE_NOT", "not today");
  try {
    await using services = await startServices([service("THEIRS", start), service("NONE", start)], quiet);
    assert.deepEqual([services.env, services.missing, services.failed], [{}, [], []]);
  } finally {
    Deno.env.delete("MEMORYGRAPH_TEST_X_THEIRS");
    Deno.env.delete("MEMORYGRAPH_TEST_X_NONE_NOT");
  }
});
