import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plantedBugs } from "../../src/sim/planted-bugs.ts";
import { provokingConfigOf, runSeed } from "../../src/sim/run.ts";

/** Most take a few; that the power goes in the one wrong moment of a swap may take a hundred. */
const SEEDS_MAX = 250;
describe("planted bugs", () => {
  for (const bug of plantedBugs) {
    it(`finds ${bug.name}: ${bug.what}`, (context) => {
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const { violation } = runSeed(seed, { bug, config: provokingConfigOf(seed, bug) });
        if (violation === undefined) continue;
        context.diagnostic(`seed ${seed}: ${violation.invariant}`);
        return;
      }
      assert.fail(`not found within ${SEEDS_MAX} seeds`);
    });
  }

  it("has at least ten of them, each once", () => {
    assert.ok(plantedBugs.length >= 10);
    assert.equal(new Set(plantedBugs.map(({ name }) => name)).size, plantedBugs.length);
  });
});
