import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CPU } from "../../bench/figures.ts";
import { judge, orLess, throughputTimes, timesOrLess } from "../../bench/goals.ts";
import { measurement, pairsOf } from "./measurements.ts";

const broker = { by: "broker" } as const;

describe("goals of the benchmark", () => {
  test("a ratio is judged by its median", () => {
    const pairs = pairsOf([1, 1], [130, 100], [9, 1]);
    assert.equal(judge(throughputTimes(1.3), pairs, broker).met, true);
    assert.equal(judge(throughputTimes(1.31), pairs, broker).met, false);
    assert.deepEqual(judge(timesOrLess(1.3), pairs, broker), {
      goal: "<= 1.3 x",
      value: 1.3,
      met: true,
    });
  });

  test("a figure of one side is judged whatever the other has", () => {
    const pairs = [{ left: measurement(10, { notes: { idle: 91 } }) }];
    assert.equal(judge(orLess(12), pairs, broker).met, true);
    assert.deepEqual(judge(orLess(90, "idle"), pairs, broker), {
      goal: "idle <= 90",
      value: 91,
      met: false,
    });
  });

  test("where the client or the disk is the limit, throughput need only keep up", () => {
    const pairs = pairsOf([96, 100]);
    assert.equal(judge(throughputTimes(1.2), pairs, broker).met, false);
    const judged = judge(throughputTimes(1.2), pairs, { by: "client" });
    assert.deepEqual(judged, { goal: ">= 0.95 x", value: 0.96, met: true, limitedBy: "client" });
    assert.equal(judge(throughputTimes(1.2), pairs, { by: "disk" }).met, true);
    assert.equal(judge(throughputTimes(1.2), pairs, { by: "others" }).met, false);
  });

  test("CPU time is never excused", () => {
    const [pair] = pairsOf([1, 1]);
    const dear = { ...pair!.left, brokerCpuSeconds: 3 };
    const judged = judge(timesOrLess(0.9, CPU), [{ ...pair!, left: dear }], { by: "client" });
    assert.deepEqual(judged, { goal: "CPU per GiB <= 0.9 x", value: 1.5, met: false });
  });

  test("a figure that is missing meets no goal", () => {
    assert.equal(judge(orLess(1, "absent"), pairsOf([1, 1]), broker).met, false);
    assert.equal(judge(throughputTimes(0), [{ left: measurement(1) }], broker).met, false);
  });
});
