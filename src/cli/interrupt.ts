import { GraphError } from "../errors.ts";
import type { CliIo } from "./io.ts";

/**
 * Runs `work` with a signal that the first Ctrl-C aborts; the work then stops at a batch boundary and says
 * how to resume. A second one rejects with INTERRUPTED at once and leaves the work where it is: the process
 * is expected to exit.
 */
export async function untilInterrupted<T>(
  io: CliIo,
  { onFirst, work }: { onFirst: () => void; work: (signal: AbortSignal) => Promise<T> },
): Promise<T> {
  const controller = new AbortController();
  const second = Promise.withResolvers<never>();
  const release = io.onInterrupt(() => {
    if (controller.signal.aborted) {
      second.reject(
        new GraphError(
          "INTERRUPTED",
          "Stopped at once, before a batch boundary (`memorygraph history` shows what can be resumed or undone)",
        ),
      );
      return;
    }
    controller.abort(new DOMException("Interrupted", "AbortError"));
    onFirst();
  });
  try {
    return await Promise.race([work(controller.signal), second.promise]);
  } finally {
    release();
  }
}
