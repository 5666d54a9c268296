// RemoteLogSegmentMetadataUpdateRecord (__remote_log_metadata, type 1): another state of a segment in
// remote storage (KIP-405).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { bytes, int32, int64, int8, message, struct, uuid } from "../../schema.ts";
import { topicIdPartition } from "./shared.ts";

export const RemoteLogSegmentMetadataUpdateRecord = message(
  { name: "RemoteLogSegmentMetadataUpdateRecord", apiKey: 1, versions: [0, 0], flexibleFrom: 0 },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct(topicIdPartition),
      id: uuid,
    }),
    /** Who says so. */
    brokerId: int32,
    eventTimestampMs: int64,
    customMetadata: bytes.nullable().orElse(null),
    /** 0 copy started, 1 copy finished, 2 deletion started, 3 deletion finished. */
    remoteLogSegmentState: int8,
  },
);
export type RemoteLogSegmentMetadataUpdateRecord = Infer<
  typeof RemoteLogSegmentMetadataUpdateRecord
>;
