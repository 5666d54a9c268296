// Record batches, Kafka's unit of storage and of transfer: the door to record-batch/. A broker
// treats them as opaque bytes that are checked once, stamped in place and handed on.
//
// Lives on: anywhere.

export * from "./record-batch/build.ts";
export * from "./record-batch/check.ts";
export type * from "./record-batch/check-result.ts";
export {
  bytesOfBits,
  DigestWriter,
  digestKeys,
  Fate,
  HAS_KEY,
  HAS_VALUE,
  hasPlainRecords,
  readKeyDigests,
  rebuildBatches,
  WORDS_PER_DIGEST,
} from "./record-batch/compaction.ts";
export type { KeyDigests } from "./record-batch/compaction.ts";
export * from "./record-batch/header.ts";
export * from "./record-batch/inflate.ts";
export { readBatchCheck } from "./record-batch/jobs.ts";
export * from "./record-batch/recompress.ts";
export * from "./record-batch/records.ts";
export * from "./record-batch/walk.ts";
export type { CodecName } from "../codec/compression.ts";
export { codecNames } from "../codec/compression.ts";
