// Replicas are spread over racks and over the brokers of each, whatever chance says.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { PlaceableBroker } from "../../../src/actors/controller/striped-placer.ts";
import { StripedPlacer } from "../../../src/actors/controller/striped-placer.ts";
import { Prng } from "../../../src/base/prng.ts";

const anyBrokers = fc
  .array(fc.record({ rack: fc.constantFrom(null, "a", "b", "c"), fenced: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((all): PlaceableBroker[] => all.map((one, at) => ({ brokerId: at + 1, ...one })))
  .filter((all) => all.some(({ fenced }) => !fenced));

function placed(brokers: readonly PlaceableBroker[], seed: number, count: number, factor: number) {
  const prng = new Prng(seed, "placement");
  const placer = new StripedPlacer(brokers, () => prng.below(2 ** 32));
  return Array.from({ length: count }, () => placer.place(factor));
}

function counts(values: readonly (string | number)[]): number[] {
  const found = new Map<string | number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found.values()].sort((a, b) => a - b);
}

describe("placement", () => {
  test("twelve partitions over three brokers are four, four and four", () => {
    const brokers = [1, 2, 3].map((brokerId) => ({ brokerId, rack: null, fenced: false }));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const leaders = placed(brokers, seed, 12, 1).map(([leader]) => leader!);
        assert.deepEqual(counts(leaders), [4, 4, 4]);
      }),
    );
  });

  test("leaders go round racks of unlike sizes", () => {
    const racks = ["a", "a", "a", "b"];
    const brokers = racks.map((rack, at) => ({ brokerId: at + 1, rack, fenced: false }));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const leaders = placed(brokers, seed, 8, 1).map(([leader]) => racks[leader! - 1]!);
        assert.deepEqual(counts(leaders), [4, 4]);
      }),
    );
  });

  test("a partition has no broker twice, is led by one that is there, and is in as many racks as may be", () => {
    fc.assert(
      fc.property(anyBrokers, fc.nat(), fc.nat(), (brokers, seed, wanted) => {
        const factor = 1 + (wanted % brokers.length);
        const racks = new Set(brokers.map(({ rack }) => rack)).size;
        for (const replicas of placed(brokers, seed, 20, factor)) {
          assert.equal(replicas.length, factor);
          assert.equal(new Set(replicas).size, factor);
          assert.equal(brokers[replicas[0]! - 1]!.fenced, false);
          const used = new Set(replicas.map((brokerId) => brokers[brokerId - 1]!.rack)).size;
          assert.equal(used, Math.min(racks, factor));
        }
      }),
    );
  });
});
