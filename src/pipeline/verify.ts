import { throwIfInterrupted } from "../errors.ts";
import { hashRecord, RECORD_KINDS } from "../model/record.ts";
import type { GraphStore } from "../store/store.ts";
import { Ledger } from "../workfile/ledger.ts";
import type { WorkFile } from "../workfile/workfile.ts";
import { type Difference, differingFields } from "./differences.ts";
import { readSame } from "./records.ts";

/** Options of {@linkcode verify}. */
export interface VerifyOptions {
  batchSize: number;
  signal?: AbortSignal;
  onProgress?: (done: number) => void;
}

/** What a verification found. */
export interface Verification {
  /** Records read back and compared. */
  readonly checked: number;
  readonly differenceCount: number;
  /** The first differences; the count is exact. */
  readonly differences: Difference[];
}

/** How many differences a report names; the count is always exact. */
const MAX_NAMED = 1000;

/**
 * Reads every migrated record back from the target and compares its hash with the snapshot's: those that
 * were written, and those that were found alike before; and makes sure that what was deleted is gone. Records
 * that the target kept are not compared.
 */
export async function verify(
  workFile: WorkFile,
  target: GraphStore,
  options: VerifyOptions,
): Promise<Verification> {
  const checked = await matchAll(workFile, target, options);
  return checked === undefined
    ? await compareById(workFile, target, options)
    : { checked, differenceCount: 0, differences: [] };
}

/**
 * The quick way, for a target that held nothing before: both sides are read through once, side by side,
 * without looking anything up. Databases that give their records in the order in which they were written agree
 * record by record; where the order is another one, what did not agree must be the same on both sides as a
 * whole. The number of records that were compared; undefined when the two are not the same, whatever the reason.
 */
async function matchAll(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: VerifyOptions,
): Promise<number | undefined> {
  const { memories, relationships } = await target.count();
  const expected = { memory: workFile.counts("memory"), relationship: workFile.counts("relationship") };
  if (memories !== expected.memory || relationships !== expected.relationship) return undefined;
  using wanted = new Ledger();
  using found = new Ledger();
  const hashes = hashesOf(workFile, batchSize);
  let checked = 0;
  for await (const batch of target.read({ batchSize, signal })) {
    if (batch.rejects?.length) return undefined;
    for (const item of batch.items) {
      const next = hashes.next();
      if (next.done) return undefined;
      const hash = hashRecord(batch.kind, item);
      if (next.value === hash) continue;
      wanted.addHash(next.value);
      found.addHash(hash);
    }
    checked += batch.items.length;
    onProgress?.(checked);
  }
  return hashes.next().done && wanted.digest() === found.digest() ? checked : undefined;
}

function* hashesOf(workFile: WorkFile, batchSize: number): Generator<string> {
  for (const kind of RECORD_KINDS) yield* workFile.hashes(kind, batchSize);
}

/** The way that names what differs: each record is looked up by its id. */
async function compareById(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: VerifyOptions,
): Promise<Verification> {
  const differences: Difference[] = [];
  let checked = 0;
  let differenceCount = 0;
  const report = (difference: Difference) => {
    differenceCount++;
    if (differences.length < MAX_NAMED) differences.push(difference);
  };
  for (const kind of RECORD_KINDS) {
    for (const batch of workFile.refs(kind, batchSize, { plans: ["create", "overwrite", "same"] })) {
      throwIfInterrupted(signal);
      const found = await readSame(target, kind, batch.map((item) => item.ref));
      for (const { seq, ref: { id }, hash } of batch) {
        const [first, ...others] = found.get(id) ?? [];
        if (!first) report({ kind, id, type: "missing" });
        else if (hash !== hashRecord(kind, first)) {
          report({ kind, id, type: "changed", fields: differingFields(kind, workFile.recordAt(seq), first) });
        }
        for (const _ of others) report({ kind, id, type: "extra" });
      }
      checked += batch.length;
      onProgress?.(checked);
    }
    for (const batch of workFile.refs(kind, batchSize, { plans: ["delete"] })) {
      throwIfInterrupted(signal);
      const found = await readSame(target, kind, batch.map((item) => item.ref));
      for (const { ref: { id } } of batch) if (found.has(id)) report({ kind, id, type: "extra" });
      checked += batch.length;
      onProgress?.(checked);
    }
  }
  return { checked, differenceCount, differences };
}

/**
 * Looks through the whole target for records that have the id of a migrated one and should not be there: a
 * second one of the same id, which a lookup by id may never meet. For a target whose counts do not add up.
 */
export async function findStrays(
  workFile: WorkFile,
  target: GraphStore,
  { batchSize, signal, onProgress }: VerifyOptions,
): Promise<Verification> {
  using seen = new Ledger();
  const differences: Difference[] = [];
  let [checked, differenceCount] = [0, 0];
  for await (const { kind, items } of target.read({ batchSize, signal })) {
    for (const item of items) {
      const known = workFile.find(kind, item.id).find(({ plan }) => plan !== "keep" && plan !== "delete");
      if (!known) continue;
      const isFirst = seen.addId(kind, item.id);
      if (isFirst && known.hash === hashRecord(kind, item)) continue;
      differenceCount++;
      if (differences.length < MAX_NAMED) differences.push({ kind, id: item.id, type: "extra" });
    }
    checked += items.length;
    onProgress?.(checked);
  }
  return { checked, differenceCount, differences };
}
