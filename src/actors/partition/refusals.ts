// What each call hears when it gets nothing but an error: the code, and in every other field what
// Kafka puts there.
//
// Lives on: anywhere (pure; part of the partition actor).

import { failure } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { FetchReply, PartitionProtocol, ProduceReply } from "./messages.ts";

const noRecords = new Uint8Array(0);

export function produceRefusal(
  errorCode: ErrorCode,
  errorMessage: string | null = null,
): ProduceReply {
  return {
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage,
  };
}

/** `FetchResponse.partitionResponse`: the records are empty, never null. */
export function fetchRefusal(errorCode: ErrorCode): FetchReply {
  return {
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: noRecords,
    divergingEpoch: null,
    abortedTransactions: null,
  };
}

/** The calls that wait for the log to open, and what they hear when it does not serve them. */
export const refusals = {
  produce: (errorCode) => produceRefusal(errorCode),
  fetch: (errorCode) => fetchRefusal(errorCode),
  listOffset: (errorCode) => ({ errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 }),
  offsetForLeaderEpoch: (errorCode) => ({ errorCode, leaderEpoch: -1, endOffset: -1 }),
  deleteRecords: (errorCode) => ({ errorCode, lowWatermark: -1 }),
  describeProducers: (errorCode) => ({ errorCode, producers: [] }),
  describeLog: (errorCode) => ({ errorCode, logDirectory: "", sizeBytes: 0, offsetLag: 0 }),
  opened: (errorCode) =>
    errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      ? failure("stopped", "the partition is removed")
      : failure("EIO", "the log could not be opened"),
} satisfies {
  [K in keyof PartitionProtocol]?: (errorCode: ErrorCode) => PartitionProtocol[K]["reply"];
};

export type Refusable = keyof typeof refusals;
