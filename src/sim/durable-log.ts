// What of a node's metadata is surely on its disk: the vote, where the newest snapshot ends, and the
// batches of the log. Read from under the node, past everything it believes.
//
// Lives on: the simulator's thread.

import { decodeVote, VOTE_FILE } from "../actors/raft-node/quorum-state.ts";
import type { Vote } from "../actors/raft-node/quorum-state.ts";
import { snapshotIdOf } from "../metadata/snapshot-file.ts";
import type { SnapshotId } from "../metadata/snapshot-file.ts";
import { batchSizeAt, crcOf, leaderEpochOf, nextOffsetOf } from "../protocol/record-batch.ts";
import type { SimDisk } from "./disk.ts";
import { SimFile } from "./disk-image.ts";

const BATCH_HEAD_BYTES = 61;

export type DurableBatch = {
  readonly nextOffset: number;
  readonly epoch: number;
  readonly crc: number;
};

export type DurableMetadata = {
  readonly vote: Vote | undefined;
  readonly snapshot: SnapshotId | undefined;
  /** By the offset behind each. */
  batchAt(nextOffset: number): DurableBatch | undefined;
  /** 0: there is none. */
  readonly lastEpoch: number;
};

/** What has been read of one file; only what is new is read again. */
type Scanned = { rewrites: number; bytes: number; readonly batches: Map<number, DurableBatch> };

const scans = new WeakMap<SimFile, Scanned>();

export function durableMetadata(disk: SimDisk, directory: string): DurableMetadata {
  const segments: Scanned[] = [];
  let snapshot: SnapshotId | undefined;
  let vote: Vote | undefined;
  let lastEpoch = 0;
  for (const [name, file] of disk.surelyIn(directory)) {
    if (!(file instanceof SimFile)) continue;
    if (name === VOTE_FILE) vote = voteIn(file);
    const id = snapshotIdOf(name);
    if (id !== null && (snapshot === undefined || id.endOffset > snapshot.endOffset)) snapshot = id;
    if (name.endsWith(".log")) segments.push(scan(file));
  }
  for (const { batches } of segments) {
    for (const { epoch } of batches.values()) lastEpoch = Math.max(lastEpoch, epoch);
  }
  return {
    vote,
    snapshot,
    lastEpoch: Math.max(lastEpoch, snapshot?.epoch ?? 0),
    batchAt: (nextOffset) => {
      for (const { batches } of segments) {
        const batch = batches.get(nextOffset);
        if (batch !== undefined) return batch;
      }
      return undefined;
    },
  };
}

function voteIn(file: SimFile): Vote | undefined {
  const { content } = file.surely;
  const decoded = decodeVote(content.read(0, content.sizeBytes));
  return decoded.ok ? decoded.value : undefined;
}

function scan(file: SimFile): Scanned {
  const { content, rewrites } = file.surely;
  let scanned = scans.get(file);
  if (scanned === undefined || scanned.rewrites !== rewrites) {
    scanned = { rewrites, bytes: 0, batches: new Map() };
    scans.set(file, scanned);
  }
  while (content.sizeBytes - scanned.bytes >= BATCH_HEAD_BYTES) {
    const head = content.read(scanned.bytes, BATCH_HEAD_BYTES);
    const size = batchSizeAt(head, 0, content.sizeBytes - scanned.bytes);
    if (size <= 0) break;
    const nextOffset = nextOffsetOf(head, 0);
    scanned.batches.set(nextOffset, {
      nextOffset,
      epoch: leaderEpochOf(head, 0),
      crc: crcOf(head, 0),
    });
    scanned.bytes += size;
  }
  return scanned;
}
