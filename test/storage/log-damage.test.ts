// Bits that flip on the disk, and files that are cut, emptied or gone: what is wrong is never served,
// what is sound always is, what is derived is made again, and nothing is thrown away.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import { batchSizeAt } from "../../src/protocol/record-batch.ts";
import { disk } from "../../src/runtime/routine.ts";
import { batchInfoAt, Log } from "../../src/storage/log.ts";
import type { Batch, RecoveryReport } from "../../src/storage/log.ts";
import type { Bench } from "../support/log-fixtures.ts";
import { batchOf, benchOf, optionsOf, START_MS } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";

const changes = { segmentBytes: 3_000, indexIntervalBytes: 300 };
const COUNT = 40;

type Story = {
  readonly bench: Bench;
  readonly batches: readonly Batch[];
  readonly recoveryPoint: number;
  readonly logEndOffset: number;
};

/** A log of several segments, all of it on disk; the recovery point may lie far back. */
function storyOf(seed: number, recoveryPointIsOld: boolean): Story {
  const bench = benchOf(seed);
  const prng = new Prng(seed, "content");
  const driver = bench.start();
  const log = driver.run(Log.create(optionsOf(changes)));
  const batches: Batch[] = [];
  let old = 0;
  for (let at = 0; at < COUNT; at++) {
    const producer = { producerId: 3, producerEpoch: 0, baseSequence: log.logEndOffset };
    const content = { records: prng.between(1, 3), valueBytes: prng.below(200) };
    const batch = batchOf(log.logEndOffset, { ...producer, ...content, leaderEpoch: at >> 4 });
    driver.run(log.append(batch.bytes, batch.info, START_MS));
    batches.push(batch);
    if (at === COUNT / 2) {
      driver.run(log.checkpoint());
      old = log.recoveryPoint;
    }
  }
  driver.run(log.close());
  const { logEndOffset } = log;
  const recoveryPoint = recoveryPointIsOld ? old : logEndOffset;
  return { bench, batches, recoveryPoint, logEndOffset };
}

function open(driver: Driver, { recoveryPoint }: Story, cleanStart: boolean) {
  const hints = { cleanStart, recoveryPoint, logStartOffset: 0 };
  return driver.try(Log.open({ ...optionsOf(changes), ...hints }));
}

/** How many batches were served; each is as it was appended, whatever way it is asked for. */
function served(driver: Driver, log: Log, batches: readonly Batch[]): number {
  let count = 0;
  for (const { bytes, info } of batches) {
    const outcome = driver.try(log.read(info.lastOffset, 1, log.logEndOffset, true));
    if (outcome?.ok !== true) {
      assert.equal(outcome?.fault, "corrupt", JSON.stringify(outcome));
      continue;
    }
    assert.deepEqual(outcome.value, bytes, `other bytes for ${info.lastOffset}`);
    count += 1;
  }
  const inOrder = new Map(batches.map((batch) => [batch.info.baseOffset, batch.bytes]));
  for (const { info } of batches) {
    const outcome = driver.try(log.read(info.baseOffset, 2_000, log.logEndOffset, true));
    if (outcome?.ok !== true) continue;
    for (let at = 0; at < outcome.value.length;) {
      const size = batchSizeAt(outcome.value, at);
      const batch = outcome.value.subarray(at, at + size);
      assert.deepEqual(batch, inOrder.get(batchInfoAt(batch).baseOffset));
      at += size;
    }
  }
  return count;
}

function goOn(driver: Driver, log: Log): void {
  const batch = batchOf(log.logEndOffset, { leaderEpoch: 9 });
  driver.run(log.append(batch.bytes, batch.info, START_MS));
  assert.deepEqual(
    driver.run(log.read(batch.info.baseOffset, 1, log.logEndOffset, true)),
    batch.bytes,
  );
}

/** Everything is there but for the one batch that was hit. */
function judge(story: Story, cleanStart: boolean): RecoveryReport {
  const driver = story.bench.start();
  const opened = open(driver, story, cleanStart);
  assert.ok(opened?.ok === true, JSON.stringify(opened));
  const { log, report } = opened.value;
  assert.ok(log.logEndOffset >= story.logEndOffset, `ends at ${log.logEndOffset}`);
  assert.equal(report.tornBytes, 0, "sound bytes were cut off");
  assert.ok(served(driver, log, story.batches) >= COUNT - 1);
  goOn(driver, log);
  return report;
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a log with a flipped bit", () => {
  for (const cleanStart of [false, true]) {
    const start = cleanStart ? "clean" : "unclean";
    it(`serves every other batch, ${start} start`, () => {
      let damaged = 0;
      for (const seed of seeds(300)) {
        const story = storyOf(seed, seed % 2 === 0);
        const logs = story.bench.sim.paths().filter((path) => path.endsWith(".log"));
        const path = new Prng(seed, "which").pick(logs);
        assert.ok(story.bench.sim.flipBit(path));
        try {
          damaged += judge(story, cleanStart).damaged.length;
        } catch (error) {
          throw new Error(`seed ${seed}, ${path}`, { cause: error });
        }
      }
      assert.ok(damaged > 0);
    });
  }

  it("makes derived files again, whatever is wrong with them", () => {
    for (const seed of seeds(200)) {
      const story = storyOf(seed, seed % 3 === 0);
      const isDerived = (path: string) => /index|snapshot|leader-epoch/.test(path);
      const path = new Prng(seed, "which").pick(story.bench.sim.paths().filter(isDerived));
      // Most were never synced, and need not be: the simulated disk flips what is on it.
      for (const each of story.bench.sim.paths()) new Files(story.bench.start()).sync(each);
      // An index of a short segment is empty: nothing can go bad in it.
      story.bench.sim.flipBit(path);
      const driver = story.bench.start();
      try {
        const opened = open(driver, story, seed % 2 === 0);
        assert.ok(opened?.ok === true, JSON.stringify(opened));
        const { log, report } = opened.value;
        assert.deepEqual(report.damaged, []);
        assert.equal(log.logEndOffset, story.logEndOffset);
        assert.equal(served(driver, log, story.batches), COUNT);
        goOn(driver, log);
      } catch (error) {
        throw new Error(`seed ${seed}, ${path}`, { cause: error });
      }
    }
  });
});

describe("a log with derived files that are missing, empty, cut or garbage", () => {
  const damages: Record<string, (files: Files, path: string) => void> = {
    missing: (files, path) => files.remove(path),
    empty: (files, path) => files.put(path, new Uint8Array(0)),
    cut: (files, path) => files.put(path, files.get(path).subarray(0, -3)),
    "too long": (files, path) =>
      files.put(path, Buffer.concat([files.get(path), Buffer.from("x")])),
    garbage: (files, path) => files.put(path, new Prng(1).bytes(files.get(path).length)),
  };
  for (const [kind, damage] of Object.entries(damages)) {
    it(`serves everything: ${kind}`, () => {
      for (const suffix of [".index", ".timeindex", ".snapshot", "leader-epoch-checkpoint"]) {
        for (const cleanStart of [true, false]) {
          const story = storyOf(1, false);
          const driver = story.bench.start();
          const files = new Files(driver);
          const paths = story.bench.sim.paths().filter((path) => path.endsWith(suffix));
          assert.ok(paths.length > 0);
          for (const path of paths) damage(files, path);
          const opened = open(driver, story, cleanStart);
          assert.ok(opened?.ok === true, JSON.stringify(opened));
          const { log, report } = opened.value;
          assert.deepEqual(report.damaged, []);
          assert.equal(served(driver, log, story.batches), COUNT);
          assert.equal(log.epochs.entries.length, 3, `epochs, after ${suffix} ${kind}`);
          const [producer] = log.producers.describe(START_MS);
          assert.equal(producer?.lastSequence, story.logEndOffset - 1);
          const times = driver.run(log.offsetForTimestamp(START_MS + 30, log.logEndOffset));
          assert.equal(
            times?.offset,
            story.batches.find(({ info }) => info.baseOffset >= 30)?.info.baseOffset,
          );
          goOn(driver, log);
        }
      }
    });
  }
});

class Files {
  private readonly driver: Driver;

  constructor(driver: Driver) {
    this.driver = driver;
  }

  get(path: string): Uint8Array {
    return this.driver.run(disk("read", { path, position: 0, length: 1e7 }));
  }

  put(path: string, bytes: Uint8Array): void {
    this.driver.run(disk("truncate", { path, size: 0 }));
    this.driver.run(disk("write", { path, position: 0, chunks: [bytes] }));
  }

  sync(path: string): void {
    this.driver.run(disk("datasync", { path }));
  }

  remove(path: string): void {
    this.driver.run(disk("unlink", { path }));
  }
}
