// Takes snapshots and lets go of what they replace. The one before the newest is kept, with all of the
// log behind it, so that a newest one that has gone bad costs nothing.
//
// Lives on: the metadata host (part of the raft node).

import type { Routine } from "../../runtime/routine.ts";
import { disk } from "../../runtime/routine.ts";
import type { VoterSet } from "../../metadata/control-records.ts";
import type { Log } from "../../storage/log.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { removeSnapshots, writeRecoveryPoint } from "./metadata-store.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";
import { encodeSnapshot, snapshotName } from "../../metadata/snapshot-file.ts";

export class Snapshots {
  readonly #directory: string;
  readonly #log: Log;
  /** Oldest first. */
  #taken: SnapshotId[];

  constructor(directory: string, log: Log, taken: readonly SnapshotId[]) {
    this.#directory = directory;
    this.#log = log;
    this.#taken = [...taken];
  }

  /** In the lane of the log: it changes it. Does nothing for a snapshot that is not the newest. */
  *take(
    id: SnapshotId,
    records: readonly Uint8Array[],
    voters: VoterSet | null,
    nowMs: number,
  ): Routine<void> {
    const newest = this.#taken.at(-1);
    if (newest !== undefined && newest.endOffset >= id.endOffset) return;
    yield* replaceFile(this.pathOf(id), encodeSnapshot(id, records, nowMs, voters));
    this.#taken.push(id);

    const old = this.#taken.slice(0, -2);
    const previous = this.#taken.at(-2);
    if (old.length > 0) {
      yield* removeSnapshots(this.#directory, old);
      yield* disk("syncDirectory", { path: this.#directory });
      this.#taken = this.#taken.slice(-2);
    }
    if (previous !== undefined) {
      yield* this.#log.advanceLogStart(previous.endOffset, nowMs);
      yield* this.#log.unlinkDue(nowMs);
    }
    yield* writeRecoveryPoint(this.#log);
  }

  /** Puts what the leader sent in the place of the log. In the lane of the log. */
  *install(id: SnapshotId, bytes: Uint8Array, nowMs: number): Routine<void> {
    yield* replaceFile(this.pathOf(id), bytes);
    // From here on a start finds the new snapshot, and a log that does not lead to it.
    yield* this.#log.truncateFullyAndStartAt(id.endOffset, nowMs);
    yield* writeRecoveryPoint(this.#log);
    yield* removeSnapshots(this.#directory, this.#taken);
    yield* disk("syncDirectory", { path: this.#directory });
    this.#taken = [id];
  }

  pathOf(id: SnapshotId): string {
    return `${this.#directory}/${snapshotName(id)}`;
  }

  get newest(): SnapshotId | undefined {
    return this.#taken.at(-1);
  }

  /** That which ends where the log begins. */
  get atLogStart(): SnapshotId | undefined {
    return this.#taken.find(({ endOffset }) => endOffset === this.#log.logStartOffset);
  }
}
