import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plantedBugs } from "../../src/sim/planted-bugs.ts";
import { provokingConfigOf, runSeed } from "../../src/sim/run.ts";

const SEEDS_MAX = 20;
/** Where to begin for a bug that takes rare circumstances: `npm run sim -- --zoo` tells. */
const FIRST_SEED: Readonly<Record<string, number>> = { "clean-mark-kept": 105 };

describe("planted bugs", () => {
  for (const bug of plantedBugs) {
    it(`finds ${bug.name}: ${bug.what}`, (context) => {
      const first = FIRST_SEED[bug.name] ?? 1;
      for (let seed = first; seed < first + SEEDS_MAX; seed++) {
        const { violation } = runSeed(seed, { bug, config: provokingConfigOf(seed, bug) });
        if (violation === undefined) continue;
        context.diagnostic(`seed ${seed}: ${violation.invariant}`);
        return;
      }
      assert.fail(`not found within ${SEEDS_MAX} seeds from ${first} on`);
    });
  }

  it("has at least ten of them, each once", () => {
    assert.ok(plantedBugs.length >= 10);
    assert.equal(new Set(plantedBugs.map(({ name }) => name)).size, plantedBugs.length);
  });
});
