import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CPU, cpuPerGiB, figureOf, limitOf, ratios, spread } from "../../bench/figures.ts";
import { loadOf, measurement, pairsOf } from "./measurements.ts";

describe("figures of the benchmark", () => {
  test("a spread has the median of an odd and of an even number", () => {
    assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 });
    assert.deepEqual(spread([4, 1, 2, 3]), { min: 1, median: 2.5, max: 4 });
  });

  test("CPU time is held against all bytes, warm-up and all", () => {
    const load = loadOf({ totalBytes: 2 * 2 ** 30 });
    assert.equal(cpuPerGiB(measurement(1, { load, brokerCpuSeconds: 3 })), 1.5);
    assert.equal(cpuPerGiB({ value: 1 }), undefined);
  });

  test("figures are found by name", () => {
    const run = measurement(7, { notes: { p50: 3 } });
    assert.equal(figureOf(run, undefined), 7);
    assert.equal(figureOf(run, "p50"), 3);
    assert.equal(figureOf(run, CPU), 2);
    assert.equal(figureOf(run, "p75"), undefined);
  });

  test("ratios are of pairs that have both sides", () => {
    const pairs = [...pairsOf([3, 2], [1, 2]), { left: measurement(5) }];
    assert.deepEqual(ratios(pairs, undefined), [1.5, 0.5]);
    assert.deepEqual(ratios(pairs, "p75"), []);
  });

  describe("the limit of a run", () => {
    const limitBy = (changes: Parameters<typeof measurement>[1]) =>
      limitOf([measurement(1, changes)], 2).by;

    test("is the client above nine tenths of its core", () => {
      assert.equal(limitBy({ load: loadOf({ clientCpuShare: 0.95 }) }), "client");
      assert.notEqual(limitBy({ load: loadOf({ clientCpuShare: 0.85 }) }), "client");
    });

    test("is the broker when it has no core left", () => {
      assert.equal(limitBy({ brokerCpuSeconds: 3.8 }), "broker");
    });

    test("is all cores when the kernel's own threads have the rest", () => {
      assert.equal(limitBy({ brokerCpuSeconds: 3, kernelCores: 0.7 }), "cores");
    });

    test("is the disk when nobody is busy and the disk is waited for", () => {
      assert.equal(limitBy({ diskWait: 0.6 }), "disk");
      assert.equal(limitBy({ diskWait: 0.1 }), "waiting");
    });

    test("cannot be told on a machine that others keep busy", () => {
      const load = loadOf({ clientCpuShare: 0.95 });
      assert.equal(limitBy({ load, othersCores: 0.6 }), "others");
    });
  });
});
