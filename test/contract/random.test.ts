// The contract of Random, against the system's generator and the simulator.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Prng } from "../../src/base/prng.ts";
import type { Random } from "../../src/runtime/ports.ts";
import { realRandom } from "../../src/runtime/threads/random.ts";
import { SimRandom } from "../../src/sim/random.ts";

function randomContract(name: string, make: () => Random): void {
  describe(`Random: ${name}`, () => {
    it("draws 32 bits, all of them in use", () => {
      const random = make();
      let ones = 0;
      let zeros = 0;
      for (let draw = 0; draw < 2_000; draw++) {
        const value = random.uint32();
        assert.ok(Number.isInteger(value) && value >= 0 && value < 2 ** 32);
        ones |= value;
        zeros |= ~value;
      }
      assert.equal(ones >>> 0, 0xffff_ffff);
      assert.equal(zeros >>> 0, 0xffff_ffff);
    });

    it("draws fractions over the whole of [0, 1)", () => {
      const random = make();
      const buckets = Array.from({ length: 10 }, () => 0);
      for (let draw = 0; draw < 5_000; draw++) {
        const value = random.float();
        assert.ok(value >= 0 && value < 1);
        buckets[Math.floor(value * 10)]! += 1;
      }
      assert.ok(Math.min(...buckets) > 350, buckets.join(" "));
    });

    it("gives fresh bytes in a buffer of their own", () => {
      const random = make();
      const seen = new Set<string>();
      for (let draw = 0; draw < 100; draw++) {
        const bytes = random.bytes(16);
        assert.equal(bytes.buffer.byteLength, 16);
        seen.add(bytes.join());
      }
      assert.equal(seen.size, 100);
      assert.equal(random.bytes(0).byteLength, 0);
      assert.equal(random.bytes(10_000).byteLength, 10_000);
    });
  });
}

randomContract("real", () => realRandom);
randomContract("simulated", () => new SimRandom(new Prng(1)));

describe("simulated random", () => {
  it("is the same for the same seed", () => {
    const draw = (seed: number) => new SimRandom(new Prng(seed)).bytes(32);
    assert.deepEqual(draw(5), draw(5));
    assert.notDeepEqual(draw(5), draw(6));
  });
});
