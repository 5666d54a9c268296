// RemoteLogSegmentMetadataSnapshotRecord (type 3): a segment in remote storage as a broker's own file
// keeps it, where the partition goes without saying (KIP-405).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, boolean, bytes, int32, int64, int8, message, uuid } from "../../schema.ts";
import { segmentLeaderEpoch } from "./shared.ts";

export const RemoteLogSegmentMetadataSnapshotRecord = message(
  { name: "RemoteLogSegmentMetadataSnapshotRecord", apiKey: 3, versions: [0, 0], flexibleFrom: 0 },
  {
    segmentId: uuid,
    startOffset: int64,
    endOffset: int64,
    brokerId: int32,
    maxTimestampMs: int64,
    eventTimestampMs: int64,
    segmentLeaderEpochs: arrayOf(segmentLeaderEpoch),
    segmentSizeInBytes: int32,
    customMetadata: bytes.nullable().orElse(null),
    /** 0 copy started, 1 copy finished, 2 deletion started, 3 deletion finished. */
    remoteLogSegmentState: int8,
    txnIndexEmpty: boolean.tagged(0),
  },
);
export type RemoteLogSegmentMetadataSnapshotRecord = Infer<
  typeof RemoteLogSegmentMetadataSnapshotRecord
>;
