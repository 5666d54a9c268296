// What the checkers of groups let pass, and what not.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCommitted } from "../../src/sim/checkers/group-commits.ts";
import { OwnershipChecker } from "../../src/sim/checkers/group-ownership.ts";
import { GroupHistory } from "../../src/sim/group-history.ts";
import type { Commit } from "../../src/sim/group-history.ts";
import { Verdict } from "../../src/sim/verdict.ts";

describe("committed offsets", () => {
  function told(offset: number | undefined, askedAtMs: number, commits: readonly Commit[]) {
    const verdict = new Verdict(() => 0);
    const group = new GroupHistory("g");
    group.commits.set("t-0", [...commits]);
    checkCommitted(verdict, group, { key: "t-0", offset }, askedAtMs);
    return verdict.violation === undefined;
  }
  const commit = (offset: number, sentAtMs: number, settledAtMs: number, outcome = "ok") =>
    ({ offset, sentAtMs, settledAtMs, outcome }) as Commit;

  it("are the last acknowledged, or one under way at that time", () => {
    const commits = [commit(5, 0, 1), commit(7, 2, 10)];
    assert.ok(told(5, 1.5, commits));
    assert.ok(told(5, 9, commits));
    assert.ok(told(7, 9, commits));
    assert.ok(told(7, 11, commits));
    assert.ok(!told(5, 11, commits), "gone back");
    assert.ok(!told(undefined, 11, commits), "lost");
    assert.ok(!told(6, 11, commits), "never committed");
    assert.ok(told(undefined, 0.5, commits));
  });

  it("may be those of a commit without an answer at any time, and of a refused one never", () => {
    const commits = [commit(3, 0, 1, "unknown"), commit(5, 2, 3)];
    assert.ok(told(3, 4, commits));
    assert.ok(told(5, 4, commits));
    assert.ok(!told(9, 4, [commit(5, 2, 3), commit(9, 3, 4, "refused")]));
  });
});

const isFine = ({ violation }: Verdict): boolean => violation === undefined;

describe("ownership", () => {
  const t0 = { topic: "t", partition: 0 };
  const member = (memberId: string, generationId: number) => {
    return { memberId, generationId, groupInstanceId: null };
  };
  function stage() {
    let nowMs = 0;
    const verdict = new Verdict(() => nowMs);
    const group = new GroupHistory("g");
    const checker = () => new OwnershipChecker(verdict, group, "classic", () => nowMs);
    return { verdict, group, a: checker(), b: checker(), at: (ms: number) => void (nowMs = ms) };
  }

  it("of one partition by two members of a generation is found", () => {
    const { verdict, a, b } = stage();
    a.decided(member("a", 1), [], [t0], 0);
    b.decided(member("b", 1), [], [], 0);
    assert.ok(isFine(verdict));
    b.decided(member("b", 1), [], [t0], 0);
    assert.equal(verdict.violation?.invariant, "a partition has one owner in a generation");
  });

  it("that begins while another in good standing still holds it is found", () => {
    const { verdict, a, b, at } = stage();
    a.decided(member("a", 1), [], [t0], 0);
    a.granted([t0]);
    at(10);
    b.decided(member("b", 2), [], [t0], 10);
    a.alive(member("a", 1), 5);
    assert.ok(isFine(verdict), "it was asked before");
    a.alive(member("a", 1), 15);
    assert.match(verdict.violation!.invariant, /only when it was given up/);
  });

  it("that begins after the other has given it up, or is out, is as it should be", () => {
    const { verdict, a, b, at } = stage();
    a.decided(member("a", 1), [], [t0], 0);
    a.granted([t0]);
    at(5);
    a.released([t0]);
    at(10);
    b.decided(member("b", 2), [], [t0], 10);
    a.decided(member("a", 2), [], [], 10);
    a.alive(member("a", 2), 15);
    assert.equal(verdict.violation, undefined);
  });

  it("that was decided before the other's, and heard after, is no sign of anything", () => {
    const { verdict, a, b, at } = stage();
    at(5);
    a.decided(member("a", 2), [], [t0], 4);
    a.granted([t0]);
    at(10);
    b.decided(member("b", 1), [], [t0], 1);
    a.alive(member("a", 2), 15);
    assert.ok(isFine(verdict));
  });

  it("in a group of which nothing was left, and that began anew, is told apart by who asked when", () => {
    for (const isLateFirst of [true, false]) {
      const { verdict, a, b, at } = stage();
      // It asks at 5 and stands still; it is out, and nothing is left of the group when the other comes.
      const late = () => a.decided(member("a", 1), [], [t0], 5);
      at(10);
      b.expelled();
      at(20);
      if (isLateFirst) late();
      b.decided(member("b", 1), [], [t0], 15);
      if (!isLateFirst) late();
      assert.ok(isFine(verdict), `late first: ${isLateFirst}`);
      a.expelled();
      at(30);
      b.decided(member("b", 2), [], [t0], 25);
      a.decided(member("a2", 2), [], [t0], 25);
      assert.equal(verdict.violation?.invariant, "a partition has one owner in a generation");
    }
  });

  it("of what another has kept into the generation is found", () => {
    const { verdict, a, b } = stage();
    a.decided(member("a", 2), [t0], [], 0);
    b.decided(member("b", 2), [], [t0], 0);
    assert.match(verdict.violation!.invariant, /only when it was given up/);
  });

  it("in a generation that came before is found, once something is committed", () => {
    const { verdict, group, a, b, at } = stage();
    a.decided(member("a", 7), [], [t0], 0);
    at(10);
    b.expelled();
    at(11);
    group.commitSent("t-0", 1, 8).outcome = "ok";
    b.decided(member("b", 3), [], [t0], 11);
    assert.equal(verdict.violation?.invariant, "generations only go forward");
  });
});
