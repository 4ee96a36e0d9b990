/**
 * Runs `action` under permissions that root is not above: as the user 65534 where this process is root's. Only
 * while `action` runs, so it must not be asynchronous.
 */
export function asNobody<T>(action: () => T): T {
  if (Deno.uid() !== 0) return action();
  using libc = open();
  libc.become(65534);
  try {
    return action();
  } finally {
    libc.become(0);
  }
}

function open(): { become(uid: number): void } & Disposable {
  const name = Deno.build.os === "darwin" ? "libSystem.dylib" : "libc.so.6";
  const library = Deno.dlopen(name, { seteuid: { parameters: ["u32"], result: "i32" } });
  return {
    become(uid) {
      if (library.symbols.seteuid(uid) !== 0) throw new Error(`cannot become user ${uid}`);
    },
    [Symbol.dispose]: () => library.close(),
  };
}
