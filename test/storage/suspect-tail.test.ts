import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DiskRequest } from "../../src/runtime/ports.ts";
import { Log } from "../../src/storage/log.ts";
import { unlinkIfThere } from "../../src/storage/disk-steps.ts";
import { SUSPECT_TAIL_FILE } from "../../src/storage/suspect-tail.ts";
import { batchOf, benchOf, directory, optionsOf } from "../support/log-fixtures.ts";
import type { Driver } from "../support/run-routine.ts";

const hints = { cleanStart: false, recoveryPoint: 0, logStartOffset: 0 };
const isSync = ({ operation }: DiskRequest): boolean => operation === "datasync";

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

function append(driver: Driver, log: Log, count: number): void {
  for (let added = 0; added < count; added++) {
    const { bytes, info } = batchOf(log.logEndOffset, { valueBytes: 300 });
    driver.run(log.append(bytes, info, 0));
  }
}

/** A log whose second half met a failed sync; then the process ended and another one opened it. */
function reopened(seed: number, marked: boolean, mayLackMark = false) {
  const bench = benchOf(seed);
  const first = bench.start();
  const log = first.run(Log.create(optionsOf()));
  append(first, log, 10);
  first.run(log.sync());
  append(first, log, 10);
  bench.sim.failNext(isSync, "EIO");
  assert.equal(first.try(log.sync())?.ok, false);
  // The sync that failed has left the mark.
  if (!marked) first.run(unlinkIfThere(`${directory}/${SUSPECT_TAIL_FILE}`));
  bench.sim.kill();
  const second = bench.start();
  const opened = second.run(Log.open({ ...optionsOf(), ...hints, mayLackMark })).log;
  second.run(opened.sync());
  return { bench, end: opened.logEndOffset };
}

function endAfterPowerCut({ sim, start }: ReturnType<typeof benchOf>): number {
  sim.powerCut();
  return start().run(Log.open({ ...optionsOf(), ...hints })).log.logEndOffset;
}

describe("suspect tail", () => {
  it("outlives a power cut once it has been written again", () => {
    const ends = new Set<number>();
    for (let seed = 1; seed <= 20; seed++) {
      const { bench, end } = reopened(seed, true);
      ends.add(end);
      assert.equal(endAfterPowerCut(bench), end, `seed ${seed}`);
    }
    // The system drops the pages, or does not: both were met.
    assert.deepEqual(ends, new Set([10, 20]));
  });

  it("would be lost without the mark", () => {
    const lost = Array.from({ length: 20 }, (_, seed) => reopened(seed + 1, false)).filter(
      ({ bench, end }) => endAfterPowerCut(bench) < end,
    );
    assert.ok(lost.length > 0);
  });

  it("needs no mark where a log may lack it", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { bench, end } = reopened(seed, false, true);
      assert.equal(endAfterPowerCut(bench), end, `seed ${seed}`);
    }
  });

  it("is left alone where all is known to be on disk", () => {
    const bench = benchOf(1);
    const first = bench.start();
    const log = first.run(Log.create(optionsOf()));
    append(first, log, 10);
    first.run(log.sync());
    bench.sim.kill();
    const writes: DiskRequest[] = [];
    bench.sim.beforeOperation = (_, request) => {
      if (request.operation === "write") writes.push(request);
    };
    const known = { ...hints, recoveryPoint: 10, mayLackMark: true };
    bench.start().run(Log.open({ ...optionsOf(), ...known }));
    assert.deepEqual(writes, []);
  });

  it("is no longer suspect afterwards", () => {
    const { bench } = reopened(1, true);
    assert.equal(
      bench.sim.paths().some((path) => path.endsWith(SUSPECT_TAIL_FILE)),
      false,
    );
  });

  it("is read and written through buffers that are used again", () => {
    const bench = benchOf(1);
    const first = bench.start();
    const log = first.run(Log.create(optionsOf()));
    const { bytes, info } = batchOf(0, { valueBytes: 600_000 });
    first.run(log.append(bytes, info, 0));
    first.run(log.sync());
    bench.sim.kill();
    const second = bench.start();
    second.run(Log.open({ ...optionsOf(), ...hints, mayLackMark: true }));
    const reads = second.requests.flatMap(({ operation, args }) =>
      operation === "read" && args.path.endsWith(".log") ? [args.length] : [],
    );
    // Once to be checked, once to be written.
    assert.equal(sum(reads), 2 * bytes.length);
    assert.deepEqual(second.recycled, reads);
  });
});
