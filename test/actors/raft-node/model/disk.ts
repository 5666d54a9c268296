// A disk under a modelled Raft node: what has been asked of it and not been done yet, in order, and
// what a power cut leaves. A log of batches, a vote, and the newest snapshot.
//
// Lives on: tests.

import type { LogPlace } from "../../../../src/actors/raft-node/core/log.ts";
import type { RaftBatch } from "../../../../src/actors/raft-node/core/messages.ts";
import type { VotersAt } from "../../../../src/actors/raft-node/core/voters.ts";

/** All that was applied before `place`. */
export type ModelSnapshot = {
  readonly place: LogPlace;
  readonly voters: VotersAt | null;
  readonly applied: readonly string[];
};

export type ModelVote = { readonly term: number; readonly votedFor: number | null };

export type DiskOp =
  | { readonly op: "append"; readonly batch: RaftBatch }
  | { readonly op: "truncate"; readonly end: number }
  | { readonly op: "keepSnapshot"; readonly snapshot: ModelSnapshot }
  /** The log is begun anew behind the snapshot, or only trimmed to it. */
  | { readonly op: "beginAt"; readonly place: LogPlace }
  | { readonly op: "trim"; readonly place: LogPlace };

export class ModelLog {
  start: LogPlace = { offset: 0, epoch: 0 };
  batches: RaftBatch[] = [];
  snapshot: ModelSnapshot | null = null;

  get end(): number {
    return this.batches.at(-1)?.nextOffset ?? this.start.offset;
  }

  copy(): ModelLog {
    const copy = new ModelLog();
    copy.start = this.start;
    copy.batches = [...this.batches];
    copy.snapshot = this.snapshot;
    return copy;
  }

  apply(op: DiskOp): void {
    switch (op.op) {
      case "append":
        this.batches.push(op.batch);
        return;
      case "truncate":
        this.batches = this.batches.filter(({ nextOffset }) => nextOffset <= op.end);
        return;
      case "keepSnapshot":
        this.snapshot = op.snapshot;
        return;
      case "beginAt":
        this.start = op.place;
        this.batches = [];
        return;
      case "trim":
        this.start = op.place;
        this.batches = this.batches.filter(({ baseOffset }) => baseOffset >= op.place.offset);
        return;
    }
  }

  /** What a start makes of it: a log that does not lead to the snapshot is begun anew behind it. */
  recover(): void {
    if (this.snapshot === null) return;
    const { place } = this.snapshot;
    const last = this.batches.find(({ nextOffset }) => nextOffset === place.offset);
    const meets =
      (this.start.offset === place.offset && this.start.epoch === place.epoch) ||
      last?.epoch === place.epoch;
    if (!meets) this.apply({ op: "beginAt", place });
  }
}
