// The end of a process, or of the power, before every single operation that a log asks of the disk:
// appends, rolls, retention, cutting, checkpoints, opening, and opening after that. What was synced is
// there afterwards, what is there is what was appended, and nothing sound is taken for damaged.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import { batchSizeAt } from "../../src/protocol/record-batch.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import type { SimDisk } from "../../src/sim/disk.ts";
import { Log } from "../../src/storage/log.ts";
import type { Batch, DamagedRange, LogSettings, RecoveryReport } from "../../src/storage/log.ts";
import { ProducerStates } from "../../src/storage/producer-states.ts";
import type { Bench } from "../support/log-fixtures.ts";
import { batchOf, benchOf, optionsOf, START_MS } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";

const changes: Partial<LogSettings> = {
  segmentBytes: 2_500,
  indexIntervalBytes: 300,
  retentionBytes: 5_000,
};

/** What a log ought to hold, and what of it is promised. */
class Promised {
  /** Everything appended, in order; the log may have been cut since. */
  batches: Batch[] = [];
  /** Everything below must outlive a power cut. */
  durableEnd = 0;
  /** Everything below must outlive the end of the process. */
  writtenEnd = 0;
  /** Neither holds above this any more: a cut has been begun. */
  cutAt = Infinity;
  startMax = 0;
  recoveryPoint = 0;
  created = false;
  nowMs = START_MS;
  private sequence = 0;

  next(prng: Prng): Batch {
    const baseOffset = (this.batches.at(-1)?.info.lastOffset ?? -1) + 1;
    const records = prng.between(1, 3);
    const valueBytes = prng.chance(0.2) ? prng.between(600, 1_500) : prng.between(0, 120);
    const isIdempotent = prng.chance(0.7);
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: this.sequence };
    const leaderEpoch = Math.floor(baseOffset / 20);
    const content = { records, valueBytes, leaderEpoch };
    const batch = batchOf(baseOffset, { ...content, ...(isIdempotent ? producer : {}) });
    if (isIdempotent) this.sequence += records;
    return batch;
  }

  cut(offset: number): void {
    this.batches = this.batches.filter(({ info }) => info.lastOffset < offset);
    const last = this.batches.findLast(({ info }) => info.producerId === 7);
    this.sequence = last === undefined ? 0 : last.info.lastSequence + 1;
  }
}

type Scene = { readonly driver: Driver; readonly promised: Promised; readonly prng: Prng };

/** Undefined: the disk stopped answering on the way. */
function step<T>({ driver }: Scene, routine: Routine<T>): T | undefined {
  const outcome = driver.try(routine);
  if (outcome === undefined) return undefined;
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

const isOver = (value: unknown): value is undefined => value === undefined;
const done = { done: true };
function* finish(routine: Routine<void>): Routine<typeof done> {
  yield* routine;
  return done;
}

function appendSome(scene: Scene, log: Log, count: number): boolean {
  const { promised, prng } = scene;
  for (let at = 0; at < count; at++) {
    const batch = promised.next(prng);
    promised.nowMs += 10;
    promised.batches.push(batch);
    if (isOver(step(scene, finish(log.append(batch.bytes, batch.info, promised.nowMs)))))
      return false;
    promised.writtenEnd = log.logEndOffset;
  }
  return true;
}

function syncAll(scene: Scene, log: Log, how: "sync" | "checkpoint" | "close"): boolean {
  const { promised } = scene;
  const end = log.logEndOffset;
  if (isOver(step(scene, finish(log[how]())))) return false;
  promised.durableEnd = end;
  promised.recoveryPoint = log.recoveryPoint;
  return true;
}

/** The whole story of a log, until the disk stops answering. */
function story(scene: Scene): void {
  const { promised, prng } = scene;
  const log = step(scene, Log.create(optionsOf(changes)));
  if (log === undefined) return;
  promised.created = true;
  if (!appendSome(scene, log, 6)) return;
  if (!syncAll(scene, log, "sync")) return;
  if (!appendSome(scene, log, 12)) return;
  if (!syncAll(scene, log, "checkpoint")) return;
  if (!appendSome(scene, log, 10)) return;
  promised.startMax = log.logEndOffset;
  if (isOver(step(scene, log.applyRetention(promised.nowMs, log.logEndOffset)))) return;
  promised.startMax = log.logStartOffset;
  if (!appendSome(scene, log, 4)) return;
  if (isOver(step(scene, log.unlinkDue(promised.nowMs + 60_000)))) return;
  if (!syncAll(scene, log, "sync")) return;
  if (!appendSome(scene, log, 4)) return;

  const cutAt = log.logEndOffset - prng.between(0, 12);
  promised.cutAt = cutAt;
  promised.recoveryPoint = Math.min(promised.recoveryPoint, cutAt);
  if (isOver(step(scene, finish(log.truncateTo(cutAt, promised.nowMs))))) return;
  promised.cutAt = Infinity;
  promised.cut(cutAt);
  promised.writtenEnd = log.logEndOffset;
  promised.durableEnd = Math.min(promised.durableEnd, log.logEndOffset);
  promised.recoveryPoint = Math.min(promised.recoveryPoint, log.logEndOffset);
  if (!appendSome(scene, log, 10)) return;
  if (!syncAll(scene, log, "close")) return;
}

function contentOf(driver: Driver, log: Log): Uint8Array[] {
  const found: Uint8Array[] = [];
  let offset = log.logStartOffset;
  while (offset < log.logEndOffset) {
    const bytes = driver.run(log.read(offset, 1_000, log.logEndOffset, true));
    assert.ok(bytes.length > 0, `nothing at ${offset} of ${log.logEndOffset}`);
    for (let at = 0; at < bytes.length;) {
      const size = batchSizeAt(bytes, at);
      found.push(bytes.slice(at, at + size));
      at += size;
      offset = batchInfoEnd(found.at(-1)!);
    }
  }
  return found;
}

function batchInfoEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Number(view.getBigInt64(0)) + view.getInt32(23) + 1;
}

type Ending = "kill" | "power cut";

function open(promised: Promised, prng: Prng): Routine<{ log: Log; report: RecoveryReport }> {
  // The checkpoint may be of any time before.
  const recoveryPoint = prng.chance(0.5)
    ? promised.recoveryPoint
    : prng.below(promised.recoveryPoint + 1);
  const hints = { cleanStart: false, recoveryPoint, logStartOffset: 0 };
  return Log.open({ ...optionsOf(changes), ...hints });
}

function judge(driver: Driver, promised: Promised, prng: Prng, ending: Ending): void {
  const outcome = driver.try(open(promised, prng));
  if (outcome?.ok === false && outcome.fault === "ENOENT" && !promised.created) return;
  assert.ok(outcome?.ok === true, JSON.stringify(outcome));
  const { log, report } = outcome.value;
  for (const range of report.damaged) assert.ok(isUndecidable(promised, range), told(range));
  const promisedEnd = ending === "kill" ? promised.writtenEnd : promised.durableEnd;
  // A batch that a cut falls into goes with it.
  const cutAt = promised.batches.find(({ info }) => info.lastOffset >= promised.cutAt);
  const end = Math.min(promisedEnd, cutAt?.info.baseOffset ?? Infinity);
  assert.ok(log.logEndOffset >= end, `ends at ${log.logEndOffset}, was promised ${end}`);
  assert.ok(log.logStartOffset <= promised.startMax, `starts at ${log.logStartOffset}`);
  if (report.damaged.length > 0) return;
  const content = contentOf(driver, log);
  const expected = promised.batches.filter(
    ({ info }) => info.lastOffset >= log.logStartOffset && info.lastOffset < log.logEndOffset,
  );
  assert.deepEqual(
    content,
    expected.map(({ bytes }) => bytes),
  );
  judgeDerived(log, expected);
  goOn(driver, log, promised, prng);
}

/**
 * A batch that has lost nothing but its last few bytes cannot be told from one that had zeros there and
 * has gone bad elsewhere: nothing is cut off then. Nobody was promised such a batch.
 */
function isUndecidable(promised: Promised, { fromOffset, fromPosition }: DamagedRange): boolean {
  const batch = promised.batches.find(({ info }) => info.baseOffset === fromOffset);
  const tail = batch === undefined ? 0 : (fromPosition + batch.bytes.length) % 512;
  return tail > 0 && tail < 16 && fromOffset >= promised.durableEnd;
}

const told = (range: DamagedRange): string => `taken for damaged: ${JSON.stringify(range)}`;

/** Epochs and producers are what the batches say. */
function judgeDerived(log: Log, batches: readonly Batch[]): void {
  const epochs: number[][] = [];
  const producers = new ProducerStates(86_400_000);
  for (const { info } of batches) {
    producers.update(info, START_MS);
    if (epochs.at(-1)?.[0] === info.leaderEpoch) continue;
    const isFirst = epochs.length === 0;
    epochs.push([info.leaderEpoch, isFirst ? log.logStartOffset : info.baseOffset]);
  }
  const known = log.epochs.entries.filter(({ startOffset }) => startOffset < log.logEndOffset);
  assert.deepEqual(
    known.map(({ epoch, startOffset }) => [epoch, startOffset]),
    epochs,
  );
  const wrote = batches.some(({ info }) => info.producerId === 7);
  if (wrote) assert.deepEqual(log.producers.describe(START_MS), producers.describe(START_MS));
}

/** The log can be written to, and a clean stop is understood by the next start. */
function goOn(driver: Driver, log: Log, promised: Promised, prng: Prng): void {
  promised.cut(log.logEndOffset);
  assert.equal(promised.next(prng).info.baseOffset, log.logEndOffset);
  const scene = { driver, promised, prng };
  assert.ok(appendSome(scene, log, 3));
  assert.ok(syncAll(scene, log, "close"));
  const { logStartOffset, logEndOffset, recoveryPoint } = log;
  const hints = { cleanStart: true, recoveryPoint, logStartOffset };
  const again = driver.run(Log.open({ ...optionsOf(changes), ...hints }));
  assert.deepEqual(again.report.damaged, []);
  assert.equal(again.report.scannedBytes, 0);
  assert.equal(again.log.logEndOffset, logEndOffset);
  assert.deepEqual(again.log.producers.snapshot(), log.producers.snapshot());
  assert.deepEqual(again.log.epochs.entries, log.epochs.entries);
}

function end(sim: SimDisk, ending: Ending): void {
  sim.beforeOperation = undefined;
  if (ending === "kill") sim.kill();
  else sim.powerCut();
}

function endBefore(sim: SimDisk, operation: number, ending: Ending): void {
  sim.beforeOperation = (operations) => {
    if (operations === operation) end(sim, ending);
  };
}

function tell(bench: Bench, seed: number): Promised {
  const promised = new Promised();
  const prng = new Prng(seed, "story");
  story({ driver: bench.start(), promised, prng });
  return promised;
}

/** One story with one end, or two: the second one while the log is being opened again. */
function run(seed: number, operation: number, ending: Ending, again: number | null): boolean {
  const bench = benchOf(seed);
  endBefore(bench.sim, bench.sim.operations + operation, ending);
  const promised = tell(bench, seed);
  const isEnded = bench.sim.beforeOperation === undefined;
  const prng = new Prng(seed * 1_000 + operation, "judge");
  if (again !== null) {
    const from = bench.sim.operations;
    endBefore(bench.sim, from + again, ending);
    const outcome = bench.start().try(open(promised, prng));
    // It came through: the end comes right after.
    if (outcome !== undefined) end(bench.sim, ending);
  }
  bench.sim.beforeOperation = undefined;
  judge(bench.start(), promised, prng, ending);
  return isEnded;
}

function everyOperation(ending: Ending, seeds: readonly number[], again: boolean): number {
  let runs = 0;
  for (const seed of seeds) {
    const prng = new Prng(seed, "again");
    for (let operation = 0; ; operation++) {
      const second = again ? prng.below(14) : null;
      try {
        runs += 1;
        if (!run(seed, operation, ending, second)) break;
      } catch (error) {
        const place = `seed ${seed}, ${ending} before operation ${operation}, again ${second}`;
        throw new Error(place, { cause: error });
      }
    }
  }
  return runs;
}

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

describe("a log whose process or machine ends", () => {
  it("outlives the end of its process before every operation", () => {
    assert.ok(everyOperation("kill", seedsFrom(1, 2), false) > 300);
  });

  it("outlives a power cut before every operation", () => {
    assert.ok(everyOperation("power cut", seedsFrom(100, 3), false) > 450);
  });

  it("outlives a power cut before every operation, and another while it is opened", () => {
    assert.ok(everyOperation("power cut", seedsFrom(200, 3), true) > 450);
  });
});
