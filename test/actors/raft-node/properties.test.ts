// Random schedules of one to five Raft nodes against what must always hold (model/checker.ts), and the
// same with known bugs planted: each has to be found.

import { strict as nodeAssert } from "node:assert";
import { describe, test } from "node:test";
import { AssertionFailed } from "../../../src/base/assert.ts";
import { plantedBugs } from "./model/planted-bugs.ts";
import type { Spoil } from "./model/world.ts";
import { World } from "./model/world.ts";

const SEEDS = Number(process.env["RAFT_SEEDS"] ?? 250);
const FIRST_SEED = Number(process.env["RAFT_FIRST_SEED"] ?? 1);
const ACTIONS = 700;

function run(seed: number, spoil?: Spoil): World {
  const world = new World(seed, spoil);
  try {
    world.run(ACTIONS);
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
  return world;
}

describe("raft, under random schedules", () => {
  test("keeps its promises and makes progress when all is well again", () => {
    let commits = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++)
      commits += run(seed).checker.commits;
    nodeAssert.ok(commits > SEEDS * 3, `only ${commits} commits`);
  });

  for (const [name, spoil] of Object.entries(plantedBugs)) {
    test(`finds a planted bug: ${name}`, () => {
      for (let seed = 1; seed <= 1000; seed++) {
        try {
          new World(seed, spoil).run(ACTIONS);
        } catch (error) {
          nodeAssert.ok(error instanceof AssertionFailed, String(error));
          return;
        }
      }
      nodeAssert.fail("not found within 1000 seeds");
    });
  }
});
