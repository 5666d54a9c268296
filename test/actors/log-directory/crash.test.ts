// Who a data directory is stays what it was told to be: a node that dies in the middle of its first start
// leaves names that only the page cache has, and the next one must not tell others what a power cut takes
// back. Every place where it may die is tried, on a disk that loses what it may.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { logDirectoryActor } from "../../../src/actors/log-directory/log-directory.ts";
import { logDirectoryRef } from "../../../src/actors/log-directory/messages.ts";
import { Prng } from "../../../src/base/prng.ts";
import { SimDisk } from "../../../src/sim/disk.ts";
import { ActorHarness } from "../../support/actor-harness.ts";
import { DIRECTORY } from "./bench.ts";

const SEEDS = 30;

/** One life of the actor; its answer is there when its disk has not died before. */
function live(disk: SimDisk, seed: number) {
  const early: [number, () => void][] = [];
  let start = (delayMs: number, run: () => void): void => void early.push([delayMs, run]);
  const port = disk.port((delayMs, run) => start(delayMs, run));
  const harness = new ActorHarness({ kinds: [logDirectoryActor], disk: port, seed });
  const settings = { directories: [DIRECTORY], metadataDirectory: DIRECTORY };
  harness.spawn(logDirectoryActor, "0", settings);
  const asked = { nodeId: 1, clusterId: null, isNamed: false, begins: true };
  const answer = harness.ask(logDirectoryRef(), "prepare", asked);
  start = (delayMs, run) => void harness.clock.startTimer(Math.ceil(delayMs), run);
  for (const [delayMs, run] of early) start(delayMs, run);
  harness.advance(1_000);
  if (answer.outcome === undefined) return undefined;
  const { value } = answer;
  assert.ok(value.ok, JSON.stringify(value));
  return { clusterId: value.value.clusterId, directoryId: value.value.directoryId };
}

function dieAt(disk: SimDisk, operation: number): void {
  disk.beforeOperation = (operations) => {
    if (operations < operation) return;
    disk.beforeOperation = undefined;
    disk.kill();
  };
}

test("who a directory is outlives a power cut once it has been told, wherever the life before has ended", () => {
  let told = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (let operation = 0; operation < 12; operation++) {
      const disk = new SimDisk(new Prng(seed, `disk ${operation}`));
      dieAt(disk, operation);
      const first = live(disk, seed);
      disk.beforeOperation = undefined;
      disk.kill();
      const second = live(disk, seed + 1000);
      assert.ok(second !== undefined);
      if (first !== undefined) assert.deepEqual(second, first);
      else told += 1;
      disk.powerCut();
      assert.deepEqual(live(disk, seed + 2000), second, `seed ${seed}, dead at ${operation}`);
    }
  }
  assert.ok(told > SEEDS, "most die before they have told anything");
});
