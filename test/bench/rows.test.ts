import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parsePerformance } from "../../bench/apache.ts";
import type { Row } from "../../bench/row.ts";
import { rows } from "../../bench/rows.ts";
import { crossing } from "../../bench/rows/hop.ts";
import { Budget } from "../../bench/table.ts";

describe("rows of the benchmark", () => {
  test("no two have one name", () => {
    const names = Object.values(rows).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  test("every one but those of the client alone has a goal, and says how it is made", () => {
    for (const [key, { goals = [], method = "" }] of Object.entries(rows)) {
      assert.equal(goals.length > 0, !/^(ceiling|floor)-/.test(key), key);
      assert.notEqual(method, "", key);
    }
  });
});

describe("the time given to a table", () => {
  const steady = { kind: "steady" } as Row;
  const heavy = { kind: "process", weight: 3 } as Row;

  test("is shared by weight", () => {
    const budget = new Budget(4, [steady, heavy], () => 0);
    const another = budget.take(steady);
    assert.equal(another(60_000), true);
    assert.equal(another(60_001), false);
    assert.equal(budget.take(heavy)(240_000), true);
  });

  test("that a row has left goes to those that follow", () => {
    let nowMs = 0;
    const budget = new Budget(2, [steady, steady], () => nowMs);
    budget.take(steady);
    nowMs = 30_000;
    const another = budget.take(steady);
    assert.equal(another(90_000), true);
    assert.equal(another(90_001), false);
  });

  test("has no end when none was given", () => {
    assert.equal(new Budget(0, [steady], () => 0).take(steady)(1e12), true);
  });
});

describe("ProducerPerformance", () => {
  const what = { topic: "t", recordBytes: 1_000, acks: "all", records: 2_000_000 };
  const first =
    "2000000 records sent, 97440.561258 records/sec (9.29 MB/sec), 2154.05 ms avg latency, 3845.00 ms max latency, 2004 ms 50th, 3444 ms 95th, 3617 ms 99th, 3814 ms 99.9th.\n";
  const steady =
    "1500000 steady state records sent, 500000.000000 records/sec (476.83 MB/sec), 2.10 ms avg latency, 38.00 ms max latency, 2 ms 50th, 4 ms 95th, 6 ms 99th, 8 ms 99.9th.\n";

  test("is taken at its word about its steady state", () => {
    const parsed = parsePerformance(first + steady, what, 3, 6);
    assert.equal(parsed.records, 1_500_000);
    assert.equal(parsed.seconds, 3);
    assert.equal(parsed.totalBytes, 2_000_000_000);
    assert.equal(parsed.clientCpuShare, 0.5);
    assert.deepEqual([parsed.p50Ms, parsed.p99Ms, parsed.p999Ms], [2, 6, 8]);
  });

  test("that has said nothing of it has failed", () => {
    assert.throws(() => parsePerformance("Exception: no broker", what, 0, 1), /no broker/);
  });
});

describe("a hop between hosts", () => {
  const way = (cpuSeconds: number, ...threads: number[]) => ({
    cpuSeconds,
    bytes: 1,
    threads,
    p50Ms: 1,
    p99Ms: 2,
  });

  test("is where two threads are at work", () => {
    const near = way(1, 0.9, 0.05);
    const far = way(1.2, 0.55, 0.4);
    assert.deepEqual(crossing([near, far]), { none: near, all: far });
    assert.deepEqual(crossing([far, near]), { none: near, all: far });
  });

  test("is not guessed", () => {
    assert.throws(() => crossing([way(1, 0.5, 0.45), way(1, 0.5, 0.44)]), /cannot be told/);
    assert.throws(() => crossing([way(1, 1)]), /two partitions/);
  });
});
