import assert from "node:assert/strict";
import { readMessages, type Received } from "./messages.ts";

function received(line: string | Uint8Array): Received[] {
  return readMessages(typeof line === "string" ? new TextEncoder().encode(line) : line);
}

/** What is answered at once: id and code, or null where nothing is. */
function answers(line: string | Uint8Array) {
  return received(line).map((item) => {
    assert("reason" in item, JSON.stringify(item));
    return item.answer ? [item.answer.id, item.answer.error.code] : null;
  });
}

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

Deno.test("a line is a message, or the messages of a batch", () => {
  assert.deepEqual(received(JSON.stringify(PING) + "\r"), [{ message: PING }]);
  const other = { ...PING, id: "two" };
  assert.deepEqual(received(JSON.stringify([PING, other])), [{ message: PING }, { message: other }]);
  const [first, second] = received(JSON.stringify([PING, 7]));
  assert(first && "message" in first && second && "reason" in second);
  assert.deepEqual(received(" \r"), []);
});

Deno.test("a long integer in the arguments stays exact", () => {
  const line =
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"n":1234567890123456789}}}';
  const [item] = received(line);
  assert(item && "message" in item);
  assert.deepEqual((item.message as { params?: unknown }).params, {
    arguments: { n: 1234567890123456789n },
  });
});

Deno.test("what is no message is answered, unless it is an answer itself", () => {
  for (const line of ["not JSON", '{"a":', new Uint8Array([0x22, 0xff, 0x22])]) {
    assert.deepEqual(answers(line), [[null, -32700]]);
  }
  for (const line of ['{"a":1}', "[]", "null", '"x"', '{"jsonrpc":"2.0","id":null,"method":"ping"}']) {
    assert.deepEqual(answers(line), [[null, -32600]], line);
  }
  assert.deepEqual(answers('{"jsonrpc":"1.0","id":7,"method":"ping"}'), [[7, -32600]]);
  assert.deepEqual(answers('{"id":7,"result":{}}'), [null]);
});
