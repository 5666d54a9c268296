// The one hand that writes the metadata log: appends what has gathered, cuts back first where the leader
// says so, syncs once for all of it, and says how far the disk is. What arrives meanwhile makes the next
// group.
//
// Lives on: the metadata host (part of the raft node).

import type { Fault } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import { batchInfoAt } from "../../storage/log.ts";
import { writeRecoveryPoint } from "./metadata-store.ts";

type WriterEvents = {
  /** Everything below `end` that was handed over in `generation` is on disk. */
  readonly synced: (end: number, generation: number) => void;
  /** There was no room; the log ends at `end`, and what was handed over is not followed any more. */
  readonly noRoom: (end: number, fault: Fault) => void;
  /** The disk cannot be trusted any more. */
  readonly failed: (fault: Fault) => void;
};

type Queued = {
  readonly bytes: Uint8Array;
  readonly generation: number;
  /** The log has to end here first. */
  readonly cutTo: number | null;
};

export class LogWriter {
  readonly #log: Log;
  readonly #events: WriterEvents;
  #queue: Queued[] = [];
  #hasFailed = false;

  constructor(log: Log, events: WriterEvents) {
    this.#log = log;
    this.#events = events;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0;
  }

  /** A whole batch, its base offset and epoch stamped. */
  append(bytes: Uint8Array, generation: number, cutTo: number | null = null): void {
    if (!this.#hasFailed) this.#queue.push({ bytes, generation, cutTo });
  }

  /** Writes and syncs until nothing is left. One of these runs at a time. */
  *run(wallMs: () => number): Routine<void> {
    while (this.#queue.length > 0) {
      const group = this.#nextGroup();
      const { generation } = group[0]!;
      const written = yield* attempt(this.#writeGroup(group, wallMs()));
      if (written.ok) {
        this.#events.synced(this.#log.logEndOffset, generation);
        continue;
      }
      // Whatever has been handed over since builds on what is not there.
      this.#queue = [];
      if (written.fault !== "ENOSPC") {
        this.#hasFailed = true;
        return this.#events.failed(written);
      }
      this.#events.noRoom(this.#log.logEndOffset, written);
    }
  }

  /** All of one generation: a cut begins the next. */
  #nextGroup(): Queued[] {
    const { generation } = this.#queue[0]!;
    const next = this.#queue.findIndex((each) => each.generation !== generation);
    return this.#queue.splice(0, next < 0 ? this.#queue.length : next);
  }

  *#writeGroup(group: readonly Queued[], nowMs: number): Routine<void> {
    const { cutTo } = group[0]!;
    if (cutTo !== null) {
      yield* this.#log.truncateTo(cutTo, nowMs);
      // It must not tell of more than there is when something else comes to stand there.
      yield* writeRecoveryPoint(this.#log);
    }
    const batches = group.map(({ bytes }) => ({ bytes, info: batchInfoAt(bytes) }));
    yield* this.#log.appendAll(batches, nowMs);
    yield* this.#log.sync();
  }
}
