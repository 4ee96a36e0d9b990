/** Time to wait for a TCP connection. */
export const CONNECT_TIMEOUT_MS = 8_000;

/**
 * Fails when opening takes too long: a server that accepts connections and says nothing would be waited for
 * forever. What is late is left to whoever closes the client.
 */
export async function withinTimeLimit<T>(action: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("connection timed out")), CONNECT_TIMEOUT_MS + 2_000);
  });
  try {
    return await Promise.race([action, late]);
  } finally {
    clearTimeout(timer);
    action.catch(() => {});
  }
}
