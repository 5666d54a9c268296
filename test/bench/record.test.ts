import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fallen, fallText } from "../../bench/compare.ts";
import { CPU } from "../../bench/figures.ts";
import { throughputTimes, timesOrLess } from "../../bench/goals.ts";
import { machine } from "../../bench/machine.ts";
import type { Recorded } from "../../bench/record.ts";
import { readRecorded, recordRow, writeRecorded } from "../../bench/record.ts";
import type { SteadyRow } from "../../bench/row.ts";
import { measurement, pairsOf } from "./measurements.ts";

const produce: SteadyRow = {
  kind: "steady",
  name: "produce",
  unit: "records/s",
  better: "more",
  goals: [throughputTimes(1.2), timesOrLess(0.9, CPU)],
  measure: () => Promise.reject(new Error("not in this test")),
};
const latency: SteadyRow = { ...produce, name: "p99", unit: "ms", better: "less", goals: [] };

const recorded = (left: number, right: number, row = produce) =>
  recordRow(row, pairsOf([left, right]), 2);

describe("the record of a run", () => {
  test("has spreads, verdicts and all pairs, and survives its file", (t) => {
    const directory = mkdtempSync(join(tmpdir(), "record-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "recorded.json");
    const whole: Recorded = {
      at: "2030-01-01T00:00:00.000Z",
      labels: ["gofka", "kafka"],
      machine: machine(),
      pinned: false,
      seconds: 3,
      rows: { produce: recordRow(produce, pairsOf([130, 100], [110, 100]), 2) },
    };
    writeRecorded(file, whole);
    const read = readRecorded(file);
    assert.deepEqual(read.rows["produce"]!.figures[""], {
      left: { min: 110, median: 120, max: 130 },
      right: { min: 100, median: 100, max: 100 },
      ratio: { min: 1.1, median: 1.2, max: 1.3 },
    });
    assert.deepEqual(
      read.rows["produce"]!.goals.map(({ met }) => met),
      [true, false],
    );
    assert.equal(read.rows["produce"]!.pairs.length, 2);
    assert.equal(read.machine.cores, machine().cores);
  });

  test("of one side has no ratio", () => {
    const alone = recordRow(produce, [{ left: measurement(5) }], 2);
    assert.deepEqual(alone.figures[""], { left: { min: 5, median: 5, max: 5 } });
  });
});

describe("a run beside the recorded one", () => {
  test("warns when a ratio has lost more than a fifth", () => {
    const before = { produce: recorded(150, 100) };
    assert.deepEqual(fallen({ produce: recorded(121, 100) }, before), []);
    const [fall, ...others] = fallen({ produce: recorded(119, 100) }, before);
    assert.deepEqual(others, []);
    assert.deepEqual(fall, { row: "produce", figure: "", recorded: 1.5, now: 1.19 });
    assert.equal(fallText(fall!), "WARNING: produce: 1.19 x Kafka's, and it was 1.50");
  });

  test("knows in which rows less is better", () => {
    const before = { p99: recorded(30, 100, latency) };
    assert.deepEqual(fallen({ p99: recorded(20, 100, latency) }, before), []);
    assert.equal(fallen({ p99: recorded(40, 100, latency) }, before).length, 1);
  });

  test("looks at CPU time where it was promised", () => {
    const [pair] = pairsOf([150, 100]);
    const dear = { ...pair!, left: { ...pair!.left, brokerCpuSeconds: 3 } };
    const falls = fallen(
      { produce: recordRow(produce, [dear], 2) },
      { produce: recorded(150, 100) },
    );
    assert.deepEqual(
      falls.map(({ figure }) => figure),
      [CPU],
    );
  });

  test("says nothing of rows that were not recorded", () => {
    assert.deepEqual(fallen({ produce: recorded(1, 100) }, {}), []);
  });
});
