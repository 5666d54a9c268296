// A machine's disk as one life on it sees it: completions end with the life, what was submitted goes
// on, and one can wait until nothing of a dead life is under way any more.
//
// Lives on: the simulator's thread.

import { LentBuffers } from "../base/lent-buffers.ts";
import type { Outcome } from "../base/outcome.ts";
import type { Disk, DiskRequest } from "../runtime/ports.ts";
import type { Life } from "./life.ts";
import { POISON } from "./links.ts";

export class LifeDisk implements Disk {
  private readonly disk: Disk;
  private readonly life: Life;
  private underWay = 0;
  private waiting: (() => void)[] = [];
  /** Where reads have put their bytes. */
  private readonly lent = new LentBuffers();

  constructor(disk: Disk, life: Life) {
    this.disk = disk;
    this.life = life;
  }

  submit(
    request: DiskRequest,
    done: (outcome: Outcome<unknown>) => void,
  ): Outcome<unknown> | undefined {
    if (!this.life.alive) return undefined;
    this.underWay += 1;
    const outcome = this.disk.submit(request, (late) => {
      this.finished();
      this.lend(late);
      if (this.life.alive) done(late);
    });
    if (outcome !== undefined) {
      this.finished();
      this.lend(outcome);
    }
    return outcome;
  }

  private lend(outcome: Outcome<unknown>): void {
    if (outcome.ok && outcome.value instanceof Uint8Array) {
      this.lent.lend(outcome.value.buffer as ArrayBuffer);
    }
  }

  /** Whoever still looks at the buffer gets what a later read would have left in it. */
  recycle(buffer: ArrayBuffer): void {
    if (this.lent.release(buffer)) new Uint8Array(buffer).fill(POISON);
  }

  retain(buffer: ArrayBuffer): void {
    this.lent.retain(buffer);
  }

  /** Calls `done` when nothing is under way. */
  quiesce(done: () => void): void {
    if (this.underWay === 0) done();
    else this.waiting.push(done);
  }

  private finished(): void {
    this.underWay -= 1;
    if (this.underWay > 0) return;
    for (const done of this.waiting.splice(0)) done();
  }
}
