import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AdmissionPool, AdmissionPools } from "../../../src/actors/front-door/admission.ts";

describe("admission pools", () => {
  const KIB = 1024;

  test("tiny, small and large frames have their own, and wait for their like only", () => {
    const pools = new AdmissionPools(4_000 * KIB);
    const admitted: number[] = [];
    const take = (id: number, bytes: number): boolean =>
      pools.take(id, bytes, () => admitted.push(id));
    assert.equal(take(1, 3_000 * KIB), true);
    assert.equal(take(2, 100 * KIB), false);
    for (let id = 10; id < 21; id++) assert.equal(take(id, 64 * KIB), true);
    assert.equal(take(30, 64 * KIB), false);
    for (let id = 40; id < 102; id++) assert.equal(take(id, 4 * KIB), true);
    assert.equal(take(110, 4 * KIB), false);
    pools.stopWaiting(110);
    assert.equal(pools.waiting, 2);
    assert.equal(pools.bytes, 3_952 * KIB);
    pools.giveBack(64 * KIB);
    assert.deepEqual(admitted, [30]);
    pools.giveBack(3_000 * KIB);
    assert.deepEqual(admitted, [30, 2]);
    pools.stopWaiting(2);
    assert.equal(pools.waiting, 0);
  });
});

describe("admission pool", () => {
  test("gives out what it has and makes the rest wait in line", () => {
    const pool = new AdmissionPool(100);
    const admitted: number[] = [];
    const take = (id: number, bytes: number): boolean =>
      pool.take(id, bytes, () => admitted.push(id));
    assert.equal(take(1, 60), true);
    assert.equal(take(2, 60), false);
    // There is room for it, but it came later than one that waits.
    assert.equal(take(3, 10), false);
    assert.equal(pool.waiting, 2);
    pool.giveBack(60);
    assert.deepEqual(admitted, [2, 3]);
    assert.equal(pool.bytes, 70);
  });

  test("a frame larger than the pool is admitted alone", () => {
    const pool = new AdmissionPool(100);
    const admitted: number[] = [];
    assert.equal(
      pool.take(1, 1, () => {}),
      true,
    );
    assert.equal(
      pool.take(2, 500, () => admitted.push(2)),
      false,
    );
    assert.equal(
      pool.take(3, 1, () => admitted.push(3)),
      false,
    );
    pool.giveBack(1);
    assert.deepEqual(admitted, [2]);
    pool.giveBack(500);
    assert.deepEqual(admitted, [2, 3]);
  });

  test("who stops waiting makes room for those behind", () => {
    const pool = new AdmissionPool(100);
    const admitted: number[] = [];
    pool.take(1, 50, () => {});
    pool.take(2, 80, () => admitted.push(2));
    pool.take(3, 50, () => admitted.push(3));
    pool.stopWaiting(2);
    assert.deepEqual(admitted, [3]);
    pool.stopWaiting(2);
    assert.equal(pool.bytes, 100);
  });

  test("admits in the order of arrival, whatever the sizes, and never more than it has", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 150 }), release: fc.boolean() })),
        (steps) => {
          const pool = new AdmissionPool(100);
          const asked: number[] = [];
          const admitted: number[] = [];
          const held: number[] = [];
          steps.forEach(({ bytes, release }, id) => {
            asked.push(id);
            const taken = (): void => {
              admitted.push(id);
              held.push(bytes);
              const total = held.reduce((sum, each) => sum + each, 0);
              assert.ok(total <= 100 || held.length === 1);
              assert.equal(pool.bytes, total);
            };
            if (pool.take(id, bytes, taken)) taken();
            if (release && held.length > 0) pool.giveBack(held.shift()!);
          });
          while (held.length > 0) pool.giveBack(held.shift()!);
          assert.deepEqual(admitted, asked);
          assert.equal(pool.waiting, 0);
        },
      ),
    );
  });
});
