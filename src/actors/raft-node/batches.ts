// Entries of the metadata log between bytes and steps: what the steps have to know of a batch, and those
// batches that are still at hand because they were appended a moment ago. What a peer has sent is
// believed only as far as its checksum goes.
//
// Lives on: the metadata host (part of the raft node).

import { leaderChangeBatch, votersBatch, votersIn } from "../../metadata/control-records.ts";
import {
  baseOffsetOf,
  batchSizeAt,
  buildBatch,
  hasExactNumbers,
  isCrcRight,
  leaderEpochOf,
  nextOffsetOf,
} from "../../protocol/record-batch.ts";
import { WireError } from "../../protocol/wire.ts";
import type { RaftBatch } from "./core/messages.ts";
import type { RaftEffect, RaftState } from "./core/state.ts";
import { votersOf } from "./core/state.ts";

/** The whole batches in `bytes`; undefined when they are anything else. */
export function batchesFrom(bytes: Uint8Array): readonly RaftBatch[] | undefined {
  const batches: RaftBatch[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at);
    if (size <= 0 || !hasExactNumbers(bytes, at) || !isCrcRight(bytes, at)) return undefined;
    try {
      batches.push(batchFrom(bytes.subarray(at, at + size)));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
    at += size;
  }
  return batches;
}

/** Of a batch that is known to be whole. */
export function batchFrom(bytes: Uint8Array): RaftBatch {
  return {
    baseOffset: baseOffsetOf(bytes),
    nextOffset: nextOffsetOf(bytes),
    epoch: leaderEpochOf(bytes),
    bytes,
    voters: votersIn(bytes, 0),
  };
}

export type OwnAppend = Extract<
  RaftEffect,
  { effect: "appendLeaderChange" | "appendVoters" | "appendProposal" }
>;

/** What a leader appends of its own; `records` of a proposal. */
export function builtBatch(
  effect: OwnAppend,
  raft: RaftState,
  records: readonly Uint8Array[],
  timestampMs: number,
): RaftBatch {
  const { at: baseOffset, epoch } = effect;
  const place = { baseOffset, epoch, timestampMs };
  if (effect.effect === "appendVoters") return batchFrom(votersBatch(place, effect.voters));
  if (effect.effect === "appendLeaderChange") {
    const voters = votersOf(raft).map(({ nodeId }) => nodeId);
    return batchFrom(leaderChangeBatch(place, raft.nodeId, voters, effect.granting));
  }
  const drafts = records.map((value) => ({ value, timestampMs }));
  return batchFrom(buildBatch(drafts, { baseOffset, leaderEpoch: epoch }));
}

/** The latest batches, without gaps: all that are not written yet, and some that are. */
export class RecentBatches {
  readonly #bytesMax: number;
  #batches: RaftBatch[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** `writtenEnd`: what is behind it is nowhere else. */
  append(batch: RaftBatch, writtenEnd: number): void {
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    let drop = 0;
    while (this.#bytes > this.#bytesMax && this.#batches[drop]!.nextOffset <= writtenEnd) {
      this.#bytes -= this.#batches[drop]!.bytes.length;
      drop += 1;
      if (drop === this.#batches.length) break;
    }
    if (drop > 0) this.#batches.splice(0, drop);
  }

  cutBack(end: number): void {
    this.#batches = this.#batches.filter(({ nextOffset }) => nextOffset <= end);
    this.#bytes = this.#batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Up to `bytesMax`, one at least; undefined when they do not reach back that far. */
  from(offset: number, bytesMax: number): readonly RaftBatch[] | undefined {
    const first = this.#batches.findIndex(({ baseOffset }) => baseOffset === offset);
    if (first < 0) return undefined;
    const found: RaftBatch[] = [];
    let bytes = 0;
    for (const batch of this.#batches.slice(first)) {
      bytes += batch.bytes.length;
      if (found.length > 0 && bytes > bytesMax) break;
      found.push(batch);
    }
    return found;
  }
}
