// A disk that is full, or refuses, at every single operation in turn: the log goes on when there is
// room again, nothing is there twice or by half, and the next start finds what was acknowledged.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultCode } from "../../src/base/outcome.ts";
import type { DiskOperation, DiskRequest } from "../../src/runtime/ports.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import { Log } from "../../src/storage/log.ts";
import type { Batch } from "../../src/storage/log.ts";
import { batchOf, benchOf, optionsOf, START_MS } from "../support/log-fixtures.ts";
import type { Bench } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";

const changes = { segmentBytes: 1_200, indexIntervalBytes: 200, retentionBytes: 3_000 };

/** Tries until it works: the fault passes. How many faults there were. */
function insist(driver: Driver, work: () => Routine<unknown>): number {
  for (let faults = 0; faults < 5; faults++) {
    const outcome = driver.try(work());
    assert.ok(outcome !== undefined);
    if (outcome.ok) return faults;
  }
  return assert.fail("it never worked again");
}

function contentOf(driver: Driver, log: Log): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = log.logStartOffset;
  while (offset < log.logEndOffset) {
    const bytes = driver.run(log.read(offset, 1e6, log.logEndOffset, true));
    assert.ok(bytes.length > 0);
    parts.push(bytes);
    offset = log.logStartOffset;
    let at = 0;
    const all = Buffer.concat(parts);
    while (at < all.length) {
      const view = new DataView(all.buffer, all.byteOffset + at);
      offset = Number(view.getBigInt64(0)) + view.getInt32(23) + 1;
      at += 12 + view.getInt32(8);
    }
  }
  return Buffer.concat(parts);
}

type Refusal = { readonly fault: FaultCode; readonly operations: readonly DiskOperation[] };

/** One story in which the operation `number`, if it is of the kind, fails once. */
function run(bench: Bench, number: number, refusal: Refusal): { faults: number; over: boolean } {
  const driver = bench.start();
  const log = driver.run(Log.create(optionsOf(changes)));
  const last = bench.sim.operations + number;
  let isStarting = false;
  const matches = (request: DiskRequest): boolean => {
    if (bench.sim.operations <= last || !refusal.operations.includes(request.operation))
      return false;
    // A start may be refused what it cannot do without.
    return !isStarting || refusal.fault === "ENOSPC";
  };
  bench.sim.failNext(matches, refusal.fault);
  const batches: Batch[] = [];
  let faults = 0;
  for (let at = 0; at < 30; at++) {
    const batch = batchOf(log.logEndOffset, { records: 1 + (at % 3), valueBytes: 30 + at * 5 });
    const end = log.logEndOffset;
    faults += insist(driver, () => {
      assert.equal(log.logEndOffset, end, "a batch that was refused is there");
      return log.append(batch.bytes, batch.info, START_MS);
    });
    batches.push(batch);
    if (at === 12) faults += insist(driver, () => log.checkpoint());
    if (at === 20) faults += insist(driver, () => log.applyRetention(START_MS, log.logEndOffset));
  }
  faults += insist(driver, () => log.unlinkDue(START_MS + 60_000));
  const expected = (each: Log): Buffer =>
    Buffer.concat(
      batches
        .filter(({ info }) => info.lastOffset >= each.logStartOffset)
        .map(({ bytes }) => bytes),
    );
  assert.ok(expected(log).equals(contentOf(driver, log)));
  const { logStartOffset, logEndOffset, recoveryPoint } = log;
  isStarting = true;
  const hints = { cleanStart: false, recoveryPoint, logStartOffset };
  const again = driver.run(Log.open({ ...optionsOf(changes), ...hints }));
  assert.equal(again.report.tornBytes, 0);
  assert.deepEqual(again.report.damaged, []);
  assert.equal(again.log.logEndOffset, logEndOffset);
  assert.ok(expected(again.log).equals(contentOf(driver, again.log)));
  return { faults, over: bench.sim.operations <= last };
}

function everyOperation(refusal: Refusal): number {
  let faults = 0;
  for (let number = 0; ; number++) {
    try {
      const told = run(benchOf(number), number, refusal);
      faults += told.faults;
      if (told.over) return faults;
    } catch (error) {
      throw new Error(`${refusal.fault} from operation ${number} on`, { cause: error });
    }
  }
}

describe("a log on a disk that refuses", () => {
  it("goes on after any write or new file found no room", () => {
    assert.ok(everyOperation({ fault: "ENOSPC", operations: ["write", "create"] }) > 20);
  });

  it("keeps what is on disk behind a segment whose last write found no room", () => {
    for (let seed = 0; seed < 60; seed++) {
      const bench = benchOf(seed);
      const driver = bench.start();
      const log = driver.run(Log.create(optionsOf(changes)));
      const write = (valueBytes: number): Routine<void> => {
        const { bytes, info } = batchOf(log.logEndOffset, { valueBytes });
        return log.append(bytes, info, START_MS);
      };
      driver.run(write(800));
      driver.run(log.sync());
      // Half of it is written, and then cut off again.
      bench.sim.quotaBytes = bench.sim.usedBytes + 120;
      assert.equal(driver.try(write(200))?.ok, false);
      bench.sim.quotaBytes = null;
      // The next one is too large for what is left of the segment.
      driver.run(write(1_000));
      driver.run(log.sync());
      const { logEndOffset } = log;
      bench.sim.powerCut();
      const hints = { cleanStart: false, recoveryPoint: 0, logStartOffset: 0 };
      const again = bench.start().run(Log.open({ ...optionsOf(changes), ...hints }));
      assert.equal(again.log.logEndOffset, logEndOffset, `seed ${seed}`);
    }
  });

  it("goes on after any file could not be renamed, removed or cut", () => {
    const operations: DiskOperation[] = ["rename", "unlink", "truncate", "syncDirectory", "list"];
    assert.ok(everyOperation({ fault: "EACCES", operations }) > 10);
  });
});
