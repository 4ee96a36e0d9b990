import assert from "node:assert/strict";
import { GraphError } from "../../errors.ts";
import { parseBoltAddress } from "./bolt_uri.ts";

const parse = (uri: string) => parseBoltAddress({ uri });

Deno.test("parseBoltAddress() reads scheme, TLS, port and credentials", () => {
  const { uri, tls, user, password } = parse("neo4j+s://al%40ice:p%2Fw@DB.example");
  assert.deepEqual([uri, tls, user, password], ["neo4j+s://db.example:7687", "verified", "al@ice", "p/w"]);
  assert.deepEqual([parse("bolt://h:80").uri, parse("bolt+ssc://h").tls], ["bolt://h:80", "any"]);
  const settings = { uri: "bolt://inside:word@h", user: "u", password: "p" };
  assert.deepEqual(parseBoltAddress(settings).user, "inside");
  assert.equal(parse("neo4j://h?policy=eu").uri, "neo4j://h:7687?policy=eu");
});

Deno.test("parseBoltAddress() gives one server one name", () => {
  const names = ["bolt://localhost", "neo4j://127.0.0.1:7687", "bolt+s://[::1]", "BOLT://LocalHost:7687/"];
  assert.equal(new Set(names.map((uri) => parse(uri).server)).size, 1);
  assert.notEqual(parse("bolt://localhost:7688").server, parse("bolt://localhost").server);
});

Deno.test("parseBoltAddress() refuses other addresses, without their passwords", () => {
  for (const uri of ["http://u:secret@h", "h:7687", "bolt://", "bolt://u:secret@h/db", "bolt://h:port"]) {
    assert.throws(() => parse(uri), (error) => {
      assert(error instanceof GraphError && error.code === "USAGE", uri);
      assert(!error.message.includes("secret"));
      return true;
    });
  }
});
