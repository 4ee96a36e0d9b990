/**
 * Kills migrations between every pair of backends, at phase boundaries and at random moments, and looks whether
 * everything is whole afterwards. Runs until it is stopped, for some minutes, or until something is not whole.
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { KillBench } from "../tests/faults/kill_bench.ts";
import { random } from "../tests/faults/random.ts";
import type { Harness } from "../tests/support/harness.ts";
import { torment } from "../tests/torture/round.ts";
import { databaseServices, sharedServices, startServices } from "./testing/services.ts";

const USAGE = `Usage: deno task torture [--minutes N] [--seed N] [--pairs sqlite:neo4j,...] [--json]

Kills child processes by SIGKILL while they migrate, resume and roll back, between all pairs of backends that can
be had here, and compares the target's digest with what it must be. Prints each round with the seed that repeats
it. Ends with 1 as soon as something is not whole.`;

/** Rounds on one pair before the next: making databases costs more than a round. */
const ROUNDS_A_VISIT = 4;

interface Pair {
  source: Harness;
  target: Harness;
}

interface Tally {
  rounds: number;
  kills: number;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: "string" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      pairs: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const needed = [...databaseServices(), ...sharedServices(dirname(import.meta.dirname!))]
    .filter(({ name }) => name !== "executable");
  await using services = await startServices(needed);
  for (const [name, value] of Object.entries(services.env)) Deno.env.set(name, value);
  // The harnesses read the environment when they are loaded.
  const { HARNESSES } = await import("../tests/support/harnesses.ts");
  const { pairs, missing } = choosePairs(HARNESSES, values.pairs);
  for (const reason of missing) console.error(`left out: ${reason}`);
  const end = values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000;
  const stop = new AbortController();
  Deno.addSignalListener("SIGINT", () => stop.abort());
  const tallies = new Map<string, Tally>();
  const code = await torture(pairs, { seed: Number(values.seed), end, signal: stop.signal, tallies });
  const summary = Object.fromEntries(tallies);
  if (values.json) {
    console.log(JSON.stringify({ seed: Number(values.seed), pairs: summary, whole: code === 0 }));
  } else console.table(summary);
  return code;
}

function choosePairs(harnesses: readonly Harness[], wanted?: string): { pairs: Pair[]; missing: string[] } {
  const names = wanted?.split(",");
  const missing: string[] = [];
  const pairs = harnesses.flatMap((source) => harnesses.map((target) => ({ source, target }))).filter(
    (pair) => {
      const name = nameOf(pair);
      if (names && !names.includes(name)) return false;
      const { source, target } = pair;
      const shareServer = source.server !== undefined && source.server === target.server;
      const reason = source.unavailable ?? target.unavailable ??
        (shareServer ? target.secondUnavailable : undefined);
      if (reason !== undefined) missing.push(`${name} (${reason})`);
      return reason === undefined;
    },
  );
  return { pairs, missing };
}

const nameOf = ({ source, target }: Pair) => `${source.name}:${target.name}`;

async function torture(
  pairs: readonly Pair[],
  { seed, end, signal, tallies }: {
    seed: number;
    end: number;
    signal: AbortSignal;
    tallies: Map<string, Tally>;
  },
): Promise<number> {
  const isOver = () => signal.aborted || performance.now() >= end || pairs.length === 0;
  for (let visit = 0; !isOver(); visit++) {
    const pair = pairs[visit % pairs.length]!;
    const name = nameOf(pair);
    const tally = tallies.get(name) ?? { rounds: 0, kills: 0 };
    tallies.set(name, tally);
    const visitSeed = seed + Math.floor(visit / pairs.length);
    const next = random(visitSeed);
    try {
      await using bench = await KillBench.open(pair.target, pair.source);
      const durations = await bench.measure();
      for (let round = 0; round < ROUNDS_A_VISIT && !isOver(); round++) {
        const { steps, kills } = await torment(bench, next, durations);
        tally.rounds++;
        tally.kills += kills;
        console.error(`${name} seed ${visitSeed} round ${round + 1}: ${steps.join(", ")}: whole`);
      }
      await bench.assertClean();
    } catch (error) {
      console.error(`${name} seed ${visitSeed}: NOT WHOLE\n${error instanceof Error ? error.stack : error}`);
      console.error(`repeat: deno task torture --seed ${visitSeed} --pairs ${name}`);
      return 1;
    }
  }
  return 0;
}

Deno.exit(await main(Deno.args));
