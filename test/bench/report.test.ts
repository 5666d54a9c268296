import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { orLess, throughputTimes } from "../../bench/goals.ts";
import { figure, rowReport } from "../../bench/report.ts";
import type { Common } from "../../bench/row.ts";
import { loadOf, measurement, pairsOf } from "./measurements.ts";

const row: Common = {
  name: "produce",
  unit: "records/s",
  better: "more",
  method: "linger 5 ms",
  goals: [throughputTimes(1.2)],
};

describe("the report of the benchmark", () => {
  test("figures have as many digits as they are worth", () => {
    assert.deepEqual([1_234_567, 123.4, 12.34, 1.234].map(figure), [
      "1,234,567",
      "123",
      "12.3",
      "1.23",
    ]);
  });

  test("a row shows ratios, both sides, CPU time, the limit and the goals", () => {
    const text = rowReport(row, pairsOf([130, 100], [150, 100]), ["gofka", "kafka"], 2);
    for (const part of [
      "produce: 1.40 (1.30 .. 1.50) x, more is better, 2 pairs",
      "linger 5 ms",
      "gofka    140 (130 .. 150) records/s",
      "kafka    100 (100 .. 100) records/s",
      "broker CPU 2.00 (2.00 .. 2.00) s/GiB",
      "broker CPU per GiB: 1.00 (1.00 .. 1.00) x",
      "limit: none of them: waiting",
      "goal >= 1.2 x: met, 1.40",
    ]) {
      assert.ok(text.includes(part), `${part} is not in\n${text}`);
    }
  });

  test("a lowered goal says why", () => {
    const busy = { load: loadOf({ clientCpuShare: 1 }) };
    const pairs = [{ left: measurement(96, busy), right: measurement(100, busy) }];
    const text = rowReport(row, pairs, ["gofka", "kafka"], 2);
    assert.match(text, /goal >= 0\.95 x, as the client is the limit: met, 0\.96/);
  });

  test("a row without another side has no ratio", () => {
    const alone = { ...row, goals: [orLess(1)] };
    const text = rowReport(alone, [{ left: { value: 2 } }], ["gofka", "kafka"], 2);
    assert.match(text, /^produce: more is better, 1 runs\n/);
    assert.match(text, /goal <= 1: NOT MET, 2\.00/);
    assert.doesNotMatch(text, /kafka|NaN/);
  });
});
