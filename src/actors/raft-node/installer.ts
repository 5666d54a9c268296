// A snapshot that comes from the leader: its pieces are gathered, looked at as a whole, and put in the
// place of the log. Whatever is wrong with it, the log stays as it was.
//
// Lives on: the metadata host (part of the raft node).

import type { Outcome } from "../../base/outcome.ts";
import { failure, need, success } from "../../base/outcome.ts";
import type { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, fire, newSignal, waitFor } from "../../runtime/routine.ts";
import type { Snapshots } from "./snapshots.ts";
import type { VoterSet } from "../../metadata/control-records.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";
import {
  decodeSnapshot,
  SNAPSHOT_BYTES_MAX,
  snapshotVoters,
} from "../../metadata/snapshot-file.ts";

export type WholeSnapshot = {
  readonly id: SnapshotId;
  readonly bytes: Uint8Array;
  readonly records: readonly Uint8Array[];
  readonly voters: VoterSet | null;
};

export class Incoming {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  keep(position: number, chunk: Uint8Array): void {
    if (position === 0) this.drop();
    this.#bytes += chunk.length;
    // What is too large anyway need not be kept.
    if (this.#bytes <= SNAPSHOT_BYTES_MAX) this.#chunks.push(chunk);
  }

  drop(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }

  whole(id: SnapshotId): Outcome<WholeSnapshot> {
    if (this.#bytes > SNAPSHOT_BYTES_MAX) {
      return failure("tooLarge", `a snapshot of ${this.#bytes} bytes`);
    }
    const bytes = new Uint8Array(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.drop();
    const records = decodeSnapshot(bytes, id);
    if (!records.ok) return records;
    return success({ id, bytes, records: records.value, voters: snapshotVoters(bytes) });
  }
}

/** In the lane of the log. Nobody reads it, to tell what is in it, while it is replaced. */
export function* installWhole(
  whole: Outcome<WholeSnapshot>,
  snapshots: Snapshots,
  tellLane: Lane,
  nowMs: number,
): Routine<WholeSnapshot> {
  const { id, bytes } = need(whole);
  const nobodyReads = newSignal();
  const isDone = newSignal();
  tellLane.enter(function* hold() {
    fire(nobodyReads);
    yield* waitFor(isDone, Infinity);
  });
  yield* waitFor(nobodyReads, Infinity);
  const installed = yield* attempt(snapshots.install(id, bytes, nowMs));
  fire(isDone);
  need(installed);
  return need(whole);
}
