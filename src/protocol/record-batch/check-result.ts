// What a batch is checked against, and what comes of it (check.ts, walk.ts).
//
// Lives on: anywhere (types and constructors).

import { ErrorCode } from "../error-codes.ts";

/** Plain numbers, strings and booleans, so that they can go to a job as they are. */
export type ProduceRules = {
  readonly maxMessageBytes: number;
  readonly segmentBytes: number;
  /** Every record needs a key. */
  readonly compacted: boolean;
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly beforeMaxMs: number;
  readonly afterMaxMs: number;
  readonly nowMs: number;
  /** Since Produce version 7. */
  readonly zstdAllowed: boolean;
  /** What a compressed batch may become at most. */
  readonly inflatedBytesMax: number;
};

export type RecordFault = { readonly batchIndex: number; readonly message: string };

export type BatchRefusal = {
  readonly ok: false;
  readonly errorCode: ErrorCode;
  readonly message: string;
  readonly recordErrors: readonly RecordFault[];
};

export type BatchAccepted = {
  readonly ok: true;
  readonly recordCount: number;
  /** The largest of all records, and which record has it first. -1 and 0: none has one. */
  readonly maxTimestamp: number;
  readonly maxTimestampIndex: number;
};

export type BatchCheck = BatchAccepted | BatchRefusal;

export function refuse(
  errorCode: ErrorCode,
  message: string,
  recordErrors: readonly RecordFault[] = [],
): BatchRefusal {
  return { ok: false, errorCode, message, recordErrors };
}

/** Never to be taken, however often it is sent. */
export function invalid(message: string): BatchRefusal {
  return refuse(ErrorCode.INVALID_RECORD, message);
}
