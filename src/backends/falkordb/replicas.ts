import type { Redis } from "ioredis";
import { GraphError } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import { timed } from "../cypher/statement_log.ts";

/** How long a replica may take to have what was written. */
const TIMEOUT_MS = 1000;

interface Master {
  /** The history of its data: a replica that is promoted begins one of its own. */
  readonly history: string;
  readonly hasReplicas: boolean;
}

/**
 * Sees to it that what a server behind sentinels acknowledged outlives a failover. The old master goes on taking
 * writes for seconds after its replica was promoted, and drops them when the sentinels tell it (8.2.3). That no
 * replica has a write any more is how it shows.
 */
export class Replicas {
  readonly #client: Redis;
  readonly #log: Logger | undefined;
  #master: Promise<Master>;

  constructor(client: Redis, log?: Logger) {
    this.#client = client;
    this.#log = log;
    this.#master = this.#look();
    client.on("ready", () => this.#master = this.#look(this.#master));
  }

  /**
   * Waits until a replica has what was written on this connection. Throws TRANSIENT when none has, although the
   * master had replicas, and connects anew to whom the sentinels then name. A master that had none when it was
   * connected to is trusted alone.
   */
  async confirm(): Promise<void> {
    const { hasReplicas } = await this.#master;
    if (!hasReplicas) return;
    const wait = () => this.#client.call("WAIT", "1", String(TIMEOUT_MS));
    if (Number(await timed(this.#log, "WAIT 1", wait)) > 0) return;
    this.#client.disconnect(true);
    throw new GraphError("TRANSIENT", "No replica has what was written: a failover may be under way");
  }

  #look(before?: Promise<Master>): Promise<Master> {
    const found = this.#ask().then(async (master) => {
      const last = await before?.catch(() => undefined);
      // Connected to again and without its replicas, it is the old master of a failover.
      return last?.hasReplicas && last.history === master.history ? last : master;
    });
    // Whoever confirms next gets the error.
    found.catch(() => {});
    return found;
  }

  async #ask(): Promise<Master> {
    try {
      const ask = () => this.#client.call("INFO", "replication");
      const info = String(await timed(this.#log, "INFO replication", ask));
      const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
      return { history: fact("master_replid"), hasReplicas: Number(fact("connected_slaves")) > 0 };
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOPERM"))) throw error;
      return { history: "", hasReplicas: false };
    }
  }
}
