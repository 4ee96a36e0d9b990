import assert from "node:assert/strict";
import { GraphError } from "../../errors.ts";
import { parseFalkorAddress } from "./uri.ts";

const parse = (uri: string) => parseFalkorAddress({ uri, host: "", port: "" });

Deno.test("parseFalkorAddress() reads hosts, TLS and credentials", () => {
  const { kind, tls, hosts, user, password, display } = parse("rediss://al%40ice:p%2Fw@DB.example:7000");
  assert.deepEqual({ kind, tls, hosts }, {
    kind: "server",
    tls: true,
    hosts: [{ host: "db.example", port: 7000 }],
  });
  assert.deepEqual([user, password, display], ["al@ice", "p/w", "rediss://db.example:7000"]);
  assert.equal(parse("redis://h").tls, false);
  assert.equal(parse("redis://h:80").hosts[0]!.port, 80);
  assert.equal(parse("redis://h").hosts[0]!.port, 6379);
  assert.equal(parse("redis://[::1]:7000").display, "redis://[::1]:7000");
  const fallback = parseFalkorAddress({ host: "h", port: "1234", user: "u", password: "p" });
  assert.deepEqual([fallback.display, fallback.user, fallback.password], ["redis://h:1234", "u", "p"]);
});

Deno.test("parseFalkorAddress() knows sentinels, clusters and sockets", () => {
  const sentinel = parse("redis+sentinel://default:secret@b:1,a/the%20name");
  assert.deepEqual(sentinel.hosts, [{ host: "b", port: 1 }, { host: "a", port: 26379 }]);
  assert.deepEqual([sentinel.kind, sentinel.masterName, sentinel.password], [
    "sentinel",
    "the name",
    "secret",
  ]);
  assert.equal(sentinel.server, parse("redis+sentinel://a:26379,b:1/the%20name").server);
  assert.equal(parse("rediss+cluster://a,b").kind, "cluster");
  assert.equal(parse("unix:///run/a@b.sock").socket, "/run/a@b.sock");
});

Deno.test("parseFalkorAddress() gives one server one name", () => {
  const names = ["redis://localhost", "redis://127.0.0.1:6379", "rediss://[::1]", "falkor://LOCALHOST:6379"];
  assert.deepEqual(new Set(names.map((uri) => parse(uri).server)).size, 1);
  assert.notEqual(parse("redis://localhost:6380").server, parse("redis://localhost").server);
});

Deno.test("parseFalkorAddress() refuses other addresses, without their passwords", () => {
  const bad = [
    ...["http://h", "h:6379", "redis://", "redis://h:port", "redis://h:0", "redis://h:70000", "redis://a,b"],
    ...[
      "redis://u:secret@h/0",
      "redis+sentinel://u:secret@h",
      "redis+cluster://h/name",
      "redis://u:secret@h?x=1",
    ],
  ];
  for (const uri of bad) {
    assert.throws(() => parse(uri), (error) => {
      assert(error instanceof GraphError && error.code === "USAGE", uri);
      assert(!error.message.includes("secret"));
      return true;
    });
  }
});
