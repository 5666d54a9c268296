import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Prng } from "../../../src/base/prng.ts";
import { SimDisk } from "../../../src/sim/disk.ts";
import type { Proposed } from "./raft-harness.ts";
import { RaftLife } from "./raft-harness.ts";

type Crash = "kill" | "powerCut";

/** One machine: a disk, and what was promised over all the lives on it. */
class Machine {
  readonly disk: SimDisk;
  /** Every text proposed, in order, and whether it was answered as committed. */
  readonly proposed: { text: string; asked: Proposed }[] = [];
  latestTerm = 0;
  isDown = false;

  constructor(seed: number) {
    this.disk = new SimDisk(new Prng(seed, "disk"));
  }

  start(seed: number): RaftLife {
    this.isDown = false;
    const early: [number, () => void][] = [];
    let start = (delayMs: number, run: () => void): void => {
      early.push([delayMs, run]);
    };
    const port = this.disk.port((delayMs, run) => start(delayMs, run));
    const life = new RaftLife(port, { seed, segmentBytes: 600 }).follow();
    // Whole milliseconds: the wall clock knows no others.
    start = (delayMs, run) => void life.harness.clock.startTimer(Math.ceil(delayMs), run);
    for (const [delayMs, run] of early) start(delayMs, run);
    return life;
  }

  crashAt(operation: number, crash: Crash): void {
    const first = this.disk.operations;
    this.disk.beforeOperation = (operations) => {
      if (operations - first < operation) return;
      this.disk.beforeOperation = undefined;
      this.isDown = true;
      this.disk[crash]();
    };
  }

  /** Proposes, and takes a snapshot now and then, until the crash or the end of the work. */
  work(life: RaftLife, entries: number): void {
    let made = 0;
    for (let step = 0; step < 2000 && !this.isDown; step++) {
      life.settle(1);
      if (life.term !== undefined) this.latestTerm = Math.max(this.latestTerm, life.term);
      if (life.term === undefined || made === entries) continue;
      const text = `${this.proposed.length} ${"x".repeat(40)}`;
      this.proposed.push({ text, asked: life.propose(text) });
      made += 1;
      if (made % 4 === 0 && life.lastOffset >= 0) life.takeSnapshot();
    }
  }

  /** The state machine of a life that has caught up holds all that was promised, in order, once. */
  check(life: RaftLife, where: string): void {
    assert.equal(life.harness.stopNodeReason, undefined, where);
    const { term } = life;
    assert.ok(term !== undefined && term > this.latestTerm, `${where}: term ${term}`);
    const held = life.texts();
    let at = 0;
    for (const { text, asked } of this.proposed) {
      if (held[at] === text) at += 1;
      else assert.ok(!isCommitted(asked), `${where}: ${text} was committed and is gone`);
    }
    assert.equal(at, held.length, `${where}: something out of order: ${held.join()}`);
  }
}

function isCommitted({ outcome }: Proposed): boolean {
  return outcome !== undefined && outcome.ok && outcome.value.ok;
}

function caughtUp(machine: Machine, seed: number): RaftLife {
  const life = machine.start(seed);
  for (let step = 0; step < 100 && life.term === undefined; step++) life.settle(100);
  return life;
}

/** A crash before operation `operation` of the first life, and another in the second. */
function run(seed: number, operation: number, crash: Crash): boolean {
  const machine = new Machine(seed);
  machine.crashAt(operation, crash);
  machine.work(machine.start(seed), 12);
  const hasCrashed = machine.isDown;
  const where = `seed ${seed}, ${crash} at operation ${operation}`;

  machine.crashAt(operation % 23, crash);
  const second = machine.start(seed + 1);
  machine.work(second, 3);
  machine.disk.beforeOperation = undefined;
  if (!machine.isDown) machine.disk[crash]();

  machine.check(caughtUp(machine, seed + 2), where);
  return hasCrashed;
}

describe("raft node, whenever it crashes", () => {
  for (const crash of ["kill", "powerCut"] as const) {
    test(`${crash} before every operation of its disk loses nothing that was committed`, () => {
      let operation = 0;
      while (run(operation + 1, operation, crash)) operation += 1;
      assert.ok(operation > 50, `only ${operation} operations`);
    });
  }

  test("power cuts at random, many lives in a row", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const prng = new Prng(seed, "crashes");
      const machine = new Machine(seed);
      for (let life = 0; life < 8; life++) {
        machine.crashAt(5 + prng.below(80), prng.chance(0.5) ? "kill" : "powerCut");
        machine.work(machine.start(seed * 100 + life), 6);
        machine.disk.beforeOperation = undefined;
        if (!machine.isDown) machine.disk.powerCut();
      }
      machine.check(caughtUp(machine, seed), `seed ${seed}`);
    }
  });
});
