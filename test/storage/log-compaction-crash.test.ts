// The end of a process, or of the power, before every single operation of compactions, and of the
// opening after them. Whatever is found then: no record has another offset or another content, no key
// has lost its last value, and nothing is back that a tombstone had deleted when it went.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import type { SimDisk } from "../../src/sim/disk.ts";
import { Log } from "../../src/storage/log.ts";
import type { LogSettings, RecoveryReport } from "../../src/storage/log.ts";
import type { Found } from "../support/compaction-fixtures.ts";
import {
  batchesOf,
  compact,
  foundIn,
  keyedBatch,
  latest,
  recordsIn,
} from "../support/compaction-fixtures.ts";
import type { Bench } from "../support/log-fixtures.ts";
import { benchOf, optionsOf, START_MS } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";

const changes: Partial<LogSettings> = {
  cleanupPolicy: ["compact"],
  segmentBytes: 900,
  indexIntervalBytes: 200,
};

/** Tombstones may go as soon as a second compaction meets them. */
const settings = { deleteRetentionMs: 0, chunkBytes: 500 };

type Ending = "kill" | "power cut";

class Story {
  readonly written: Found[] = [];
  /** Everything below is on disk; then everything below outlives the end of the process. */
  durableEnd = 0;
  writtenEnd = 0;
  recoveryPoint = 0;
  created = false;
  compactions = 0;
  nowMs = START_MS;
  private readonly prng: Prng;
  private sequence = 0;

  constructor(seed: number) {
    this.prng = new Prng(seed, "story");
  }

  *tell(): Routine<void> {
    const log = yield* Log.create(optionsOf(changes));
    this.created = true;
    for (let round = 0; round < 4; round++) {
      yield* this.write(log, 14);
      this.nowMs += 1_000_000_000;
      yield* log.rollIfDue(this.nowMs);
      yield* log.sync();
      this.durableEnd = log.logEndOffset;
      this.recoveryPoint = log.recoveryPoint;
      // What is written meanwhile is neither looked at nor disturbed.
      yield* this.write(log, 1);
      const report = yield* compact(log, this.nowMs, settings);
      assert.ok(report !== undefined);
      this.compactions += 1;
      if (round === 2) yield* log.unlinkDue(this.nowMs + 1e9);
    }
  }

  private *write(log: Log, batches: number): Routine<void> {
    const { prng } = this;
    for (let at = 0; at < batches; at++) {
      this.nowMs += 1;
      const records = Array.from({ length: prng.between(1, 3) }, () => ({
        key: prng.chance(0.2) ? `once-${prng.below(1_000)}` : `key-${prng.below(8)}`,
        value: prng.chance(0.3) ? null : `${this.nowMs}${"v".repeat(prng.below(80))}`,
      }));
      const producer = { producerId: 5, producerEpoch: 0, baseSequence: this.sequence };
      const isIdempotent = prng.chance(0.3);
      if (isIdempotent) this.sequence += records.length;
      const batch = keyedBatch(log.logEndOffset, records, isIdempotent ? producer : {});
      this.written.push(...foundIn(batch));
      yield* log.append(batch.bytes, batch.info, this.nowMs);
      this.writtenEnd = log.logEndOffset;
    }
  }

  /** The checkpoint may be of any time before. */
  open(prng: Prng): Routine<{ log: Log; report: RecoveryReport }> {
    const { recoveryPoint } = this;
    const hint = prng.chance(0.5) ? recoveryPoint : prng.below(recoveryPoint + 1);
    const hints = { cleanStart: false, recoveryPoint: hint, logStartOffset: 0 };
    return Log.open({ ...optionsOf(changes), ...hints });
  }
}

function judge(driver: Driver, story: Story, prng: Prng, ending: Ending): void {
  const outcome = driver.try(story.open(prng));
  if (outcome?.ok === false && outcome.fault === "ENOENT" && !story.created) return;
  assert.ok(outcome?.ok === true, JSON.stringify(outcome));
  const { log, report } = outcome.value;
  const promisedEnd = ending === "kill" ? story.writtenEnd : story.durableEnd;
  assert.ok(log.logEndOffset >= promisedEnd, `ends at ${log.logEndOffset}, not ${promisedEnd}`);
  for (const { fromOffset } of report.damaged) assert.ok(fromOffset >= story.durableEnd);
  if (report.damaged.length > 0) return;
  judgeRecords(driver, log, story, promisedEnd);
  const names = driver.run(directoryOf(log));
  assert.deepEqual(
    names.filter((name) => /\.(?:cleaned|swap|deleted)$/.test(name)),
    [],
  );
  // It can be compacted again, and then it holds what it should and nothing else.
  const nowMs = story.nowMs + 2_000_000_000;
  driver.run(log.rollIfDue(nowMs));
  driver.run(log.sync());
  driver.run(compact(log, nowMs, settings));
  judgeRecords(driver, log, story, promisedEnd);
  const found = recordsIn(driver.run(batchesOf(log)));
  assert.equal(new Set(found.map(({ key }) => key)).size, found.length, "a key is there twice");
}

function* directoryOf(log: Log): Routine<string[]> {
  const entries = (yield {
    effect: "disk",
    request: { operation: "list", args: { path: log.directory } },
  }) as { value: { name: string }[] };
  return entries.value.map(({ name }) => name);
}

/** What lies above `promisedEnd` may be there or not, each record by itself. */
function judgeRecords(driver: Driver, log: Log, { written }: Story, promisedEnd: number): void {
  const found = recordsIn(driver.run(batchesOf(log)));
  const byOffset = new Map(written.map((record) => [record.offset, record]));
  for (const record of found) assert.deepEqual(record, byOffset.get(record.offset));
  const newest = latest(found);
  for (const [key, last] of latest(written.filter(({ offset }) => offset < promisedEnd))) {
    const there = newest.get(key);
    if (there !== undefined && there.offset >= last.offset) continue;
    assert.equal(last.value, null, `${key} has lost its last value`);
    assert.equal(there, undefined, `${key} has come back`);
  }
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

/** One story with one end, or two: the second one while the log is being opened again. */
function run(seed: number, operation: number, ending: Ending, again: number | null): boolean {
  const bench: Bench = benchOf(seed);
  endBefore(bench.sim, bench.sim.operations + operation, ending);
  const story = new Story(seed);
  const told = bench.start().try(story.tell());
  assert.notEqual(told?.ok, false, JSON.stringify(told));
  const isEnded = bench.sim.beforeOperation === undefined;
  if (!isEnded) assert.equal(story.compactions, 4);
  const prng = new Prng(seed * 1_000 + operation, "judge");
  if (again !== null) {
    endBefore(bench.sim, bench.sim.operations + again, ending);
    const outcome = bench.start().try(story.open(prng));
    // It came through: the end comes right after.
    if (outcome !== undefined) end(bench.sim, ending);
  }
  bench.sim.beforeOperation = undefined;
  judge(bench.start(), story, prng, ending);
  return isEnded;
}

function everyOperation(ending: Ending, seeds: readonly number[], again: boolean): number {
  let runs = 0;
  for (const seed of seeds) {
    const prng = new Prng(seed, "again");
    for (let operation = 0; ; operation++) {
      const second = again ? prng.below(20) : null;
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

describe("a log whose process or machine ends while it is compacted", () => {
  it("outlives the end of its process before every operation", () => {
    assert.ok(everyOperation("kill", [1], false) > 300);
  });

  it("outlives a power cut before every operation", () => {
    assert.ok(everyOperation("power cut", [100], false) > 300);
  });

  it("outlives a power cut before every operation, and another while it is opened", () => {
    assert.ok(everyOperation("power cut", [200], true) > 300);
  });
});
