// RemoteLogSegmentMetadataRecord (__remote_log_metadata, type 0): a segment that is being copied to
// remote storage (KIP-405).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import {
  arrayOf,
  boolean,
  bytes,
  int32,
  int64,
  int8,
  message,
  struct,
  uuid,
} from "../../schema.ts";
import { segmentLeaderEpoch, topicIdPartition } from "./shared.ts";

export const RemoteLogSegmentMetadataRecord = message(
  { name: "RemoteLogSegmentMetadataRecord", apiKey: 0, versions: [0, 0], flexibleFrom: 0 },
  {
    remoteLogSegmentId: struct({
      topicIdPartition: struct(topicIdPartition),
      id: uuid,
    }),
    startOffset: int64,
    endOffset: int64,
    /** Who says so. */
    brokerId: int32,
    maxTimestampMs: int64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: arrayOf(segmentLeaderEpoch),
    segmentSizeInBytes: int32,
    /** What the remote storage wants to be told when the segment is read. */
    customMetadata: bytes.nullable().orElse(null),
    /** 0 copy started, 1 copy finished, 2 deletion started, 3 deletion finished. */
    remoteLogSegmentState: int8,
    txnIndexEmpty: boolean.tagged(0),
  },
);
export type RemoteLogSegmentMetadataRecord = Infer<typeof RemoteLogSegmentMetadataRecord>;
