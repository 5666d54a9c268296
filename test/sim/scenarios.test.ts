import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runPlan } from "../../src/sim/cluster-run.ts";
import { clusterBugs } from "../../src/sim/planted-cluster-bugs.ts";
import { readScenario, scenarioText } from "../../src/sim/scenario.ts";
import { shrinkPlan } from "../../src/sim/shrink.ts";

const SEEDS_MAX = 200;
const directory = new URL("scenarios/", import.meta.url);
const scenarios = readdirSync(directory).map((file) => {
  return { file, ...readScenario(readFileSync(new URL(file, directory), "utf8")) };
});

describe("scenarios shrunk from worlds of several nodes", () => {
  for (const { file, bug: name, breaks, plan } of scenarios) {
    it(`${file}: ${name === undefined ? "once broke" : "breaks, with the bug planted,"} "${breaks}"`, () => {
      const { violation } = runPlan(plan);
      assert.equal(violation?.detail ?? "", "", "without a planted bug");
      if (name === undefined) return;
      const bug = clusterBugs.find((each) => each.name === name);
      assert.ok(bug !== undefined, `there is no planted bug ${name}`);
      // With the code around it the moments of a schedule move: then it is another that breaks.
      const seeds = [plan.config.seed, ...Array.from({ length: SEEDS_MAX }, (_, at) => at + 1)];
      const broken = seeds.some((seed) => {
        const { violation } = runPlan({ ...plan, config: { ...plan.config, seed } }, bug);
        return violation?.invariant === breaks;
      });
      assert.ok(broken, `by none of ${SEEDS_MAX} schedules`);
    });
  }

  it("are read as they were written", () => {
    for (const { file: _, ...scenario } of scenarios) {
      assert.deepEqual(readScenario(scenarioText(scenario)), scenario);
    }
  });
});

describe("shrinking", () => {
  const plan = scenarios[0]!.plan;
  const operation = (atMs: number, kind: "create" | "delete" = "create") => {
    return { kind, atMs, client: 0, topic: 0 };
  };

  it("leaves what is needed, and no more", () => {
    const operations = Array.from({ length: 40 }, (_, at) => operation(at));
    const large = { ...plan, operations: [...operations, operation(50, "delete")] };
    let runs = 0;
    const small = shrinkPlan(large, "wanted", (candidate) => {
      runs += 1;
      const kinds = candidate.operations.map(({ kind, atMs }) => `${kind} ${atMs}`);
      const fails = kinds.includes("create 7") && kinds.includes("delete 50");
      return fails ? { invariant: "wanted", detail: "", atMs: 0 } : undefined;
    });
    assert.deepEqual(small.operations, [operation(7), operation(50, "delete")]);
    assert.deepEqual(small.faults, []);
    assert.equal(small.config.nodes, 1);
    assert.ok(small.config.faultyMs <= 1_050);
    assert.ok(runs < 200, `${runs} runs`);
  });

  it("does not take another broken promise for the same", () => {
    const violation = { invariant: "another", detail: "", atMs: 0 };
    assert.deepEqual(
      shrinkPlan(plan, "wanted", () => violation),
      plan,
    );
  });
});
