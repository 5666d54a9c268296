// FetchSnapshot (key 59): reads a piece of a Raft snapshot (KIP-630).
//
// v1 replica directories, who leads now (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import {
  arrayOf,
  int16,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uint16,
  uuid,
} from "../schema.ts";

export const FetchSnapshotRequest = message(
  { name: "FetchSnapshotRequest", apiKey: 59, versions: [0, 1], flexibleFrom: 0 },
  {
    clusterId: string.nullable().tagged(0).orElse(null),
    replicaId: int32.orElse(-1),
    maxBytes: int32.orElse(0x7fff_ffff),
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        partition: int32,
        currentLeaderEpoch: int32,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        /** Of the first byte asked for. */
        position: int64,
        replicaDirectoryId: uuid.from(1).tagged(0).ignorable(),
      }),
    }),
  },
);
export type FetchSnapshotRequest = Infer<typeof FetchSnapshotRequest>;

export const FetchSnapshotResponse = message(
  { name: "FetchSnapshotResponse", apiKey: 59, versions: [0, 1], flexibleFrom: 0 },
  {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16,
    topics: arrayOf({
      name: string,
      partitions: arrayOf({
        index: int32,
        errorCode: int16,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }).tagged(0),
        /** Of the whole snapshot. */
        size: int64,
        position: int64,
        unalignedRecords: records,
      }),
    }),
    nodeEndpoints: arrayOf({
      nodeId: int32,
      host: string,
      port: uint16,
    })
      .from(1)
      .tagged(0),
  },
);
export type FetchSnapshotResponse = Infer<typeof FetchSnapshotResponse>;
