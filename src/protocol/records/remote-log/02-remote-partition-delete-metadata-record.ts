// RemotePartitionDeleteMetadataRecord (__remote_log_metadata, type 2): how far the deletion of a
// partition's remote segments has come (KIP-405).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int32, int64, int8, message, struct } from "../../schema.ts";
import { topicIdPartition } from "./shared.ts";

export const RemotePartitionDeleteMetadataRecord = message(
  { name: "RemotePartitionDeleteMetadataRecord", apiKey: 2, versions: [0, 0], flexibleFrom: 0 },
  {
    topicIdPartition: struct(topicIdPartition),
    /** The controller marks; the leader of the metadata partition starts and finishes. */
    brokerId: int32,
    eventTimestampMs: int64,
    /** 0 marked, 1 started, 2 finished. */
    remotePartitionDeleteState: int8,
  },
);
export type RemotePartitionDeleteMetadataRecord = Infer<typeof RemotePartitionDeleteMetadataRecord>;
