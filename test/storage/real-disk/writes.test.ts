// Which writes are carried out on the spot, and which are left to the thread pool.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import type { Outcome } from "../../../src/base/outcome.ts";
import { success } from "../../../src/base/outcome.ts";
import { OpenFiles } from "../../../src/storage/real-disk/open-files.ts";
import { DiskLane, Pace } from "../../../src/storage/real-disk/lanes.ts";
import { ON_THE_SPOT_BYTES_MAX, Writes } from "../../../src/storage/real-disk/writes.ts";
import { scratchDirectory } from "../../support/scratch.ts";

class Desk {
  nowMs = 0;
  readonly pace = new Pace(() => this.nowMs);
  readonly path: string;
  private readonly writes: Writes;

  constructor(t: TestContext) {
    const lane = new DiskLane(Infinity, this.pace);
    const lanes = { of: () => lane };
    const files = new OpenFiles(8, lanes);
    t.after(() => files.closeAll());
    this.path = join(scratchDirectory(t), "file");
    files.create(this.path);
    this.writes = new Writes({ files, lanes }, ON_THE_SPOT_BYTES_MAX);
  }

  async write(length: number): Promise<"on the spot" | "later"> {
    const { promise, resolve } = Promise.withResolvers<Outcome<unknown>>();
    const args = { path: this.path, position: 0, chunks: [new Uint8Array(length).fill(7)] };
    const outcome = this.writes.write(args, resolve);
    assert.deepEqual(outcome ?? (await promise), success({ bytesWritten: length }));
    return outcome === undefined ? "later" : "on the spot";
  }
}

describe("writes", () => {
  it("of more than a bound go to the thread pool", async (t) => {
    const desk = new Desk(t);
    assert.equal(await desk.write(ON_THE_SPOT_BYTES_MAX), "on the spot");
    assert.equal(await desk.write(ON_THE_SPOT_BYTES_MAX + 1), "later");
    assert.deepEqual(readFileSync(desk.path), Buffer.alloc(ON_THE_SPOT_BYTES_MAX + 1, 7));
  });

  it("all go there while something has been under way for long, and some seconds more", async (t) => {
    const desk = new Desk(t);
    const ended = desk.pace.begin();
    desk.nowMs += 50;
    assert.equal(await desk.write(10), "on the spot");
    desk.nowMs += 1;
    assert.equal(await desk.write(10), "later");
    ended();
    desk.nowMs += 4_999;
    assert.equal(await desk.write(10), "later");
    desk.nowMs += 1;
    assert.equal(await desk.write(10), "on the spot");
  });

  it("all go there after one has taken long on the spot", async (t) => {
    const desk = new Desk(t);
    desk.pace.timed(() => (desk.nowMs += 51));
    assert.equal(await desk.write(10), "later");
    desk.nowMs += 5_000;
    assert.equal(await desk.write(10), "on the spot");
  });
});
