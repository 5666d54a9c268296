// What a node asks of a batch before it stores it: the checks of Kafka's ProduceRequest, UnifiedLog
// and LogValidator. The header first (`checkHeader`), then the records (`checkRecords`): inflated
// where they are compressed, and walked over (walk.ts). The two are apart because the second one may
// run elsewhere for a large batch (jobs.ts).
//
// Lives on: anywhere (pure). Hot: once per produced batch.

import { decompressBriefly } from "../../codec/compression.ts";
import { isLinkedLz4 } from "../../codec/lz4.ts";
import { ErrorCode } from "../error-codes.ts";
import type { BatchCheck, BatchRefusal, ProduceRules } from "./check-result.ts";
import { invalid, refuse } from "./check-result.ts";
import {
  attributesOf,
  baseOffsetOf,
  baseSequenceOf,
  batchSizeAt,
  codecOf,
  hasExactNumbers,
  impossibleBatch,
  isControl,
  isCrcRight,
  lastOffsetDeltaOf,
  magicAt,
  magicOf,
  noProducerId,
  producerIdOf,
  recordCountOf,
  recordsAt,
} from "./header.ts";
import { codecNameOf, recordBytesOf } from "./inflate.ts";
import { walkRecords } from "./walk.ts";

/** All checks on one produced batch. */
export function checkProducedBatch(batch: Uint8Array, rules: ProduceRules): BatchCheck {
  return checkHeader(batch, rules) ?? checkRecords(batch, rules);
}

/** Everything that the header and the checksum can tell. */
export function checkHeader(batch: Uint8Array, rules: ProduceRules): BatchRefusal | undefined {
  if (batch.byteLength > magicAt && magicOf(batch) < 2) {
    return invalid(`record format ${magicOf(batch)} is not supported any more, only 2 is`);
  }
  const size = batchSizeAt(batch, 0);
  if (size === impossibleBatch) {
    return refuse(ErrorCode.CORRUPT_MESSAGE, "the batch's length or magic cannot be right");
  }
  if (size === 0) return invalid(`no whole batch in the ${batch.byteLength} bytes there are`);
  if (size < batch.byteLength) return invalid("more than one batch for the partition");
  return checkCodec(batch, rules) ?? checkSize(size, rules) ?? checkFields(batch);
}

function checkCodec(batch: Uint8Array, rules: ProduceRules): BatchRefusal | undefined {
  const codec = codecNameOf(batch);
  if (codec === undefined) {
    const message = `unknown compression ${codecOf(batch)} (attributes ${attributesOf(batch)})`;
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, message);
  }
  if (codec === "zstd" && !rules.zstdAllowed) {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "zstd needs Produce version 7");
  }
  return undefined;
}

/** The bounds of the topic; also for a batch that was compressed anew. */
export function checkSize(
  size: number,
  { maxMessageBytes, segmentBytes }: Pick<ProduceRules, "maxMessageBytes" | "segmentBytes">,
): BatchRefusal | undefined {
  if (size > maxMessageBytes) {
    const message = `the batch has ${size} bytes, max.message.bytes is ${maxMessageBytes}`;
    return refuse(ErrorCode.MESSAGE_TOO_LARGE, message);
  }
  if (size > segmentBytes) {
    const message = `the batch has ${size} bytes, segment.bytes is ${segmentBytes}`;
    return refuse(ErrorCode.RECORD_LIST_TOO_LARGE, message);
  }
  return undefined;
}

function checkFields(batch: Uint8Array): BatchRefusal | undefined {
  if (!isCrcRight(batch)) {
    return refuse(ErrorCode.CORRUPT_MESSAGE, "the checksum does not match");
  }
  if (!hasExactNumbers(batch)) return invalid("an offset, timestamp or id is beyond 53 bits");
  if (baseOffsetOf(batch) !== 0) {
    return invalid(`the base offset is ${baseOffsetOf(batch)}, a producer has to send 0`);
  }
  const count = recordCountOf(batch);
  if (count <= 0 || lastOffsetDeltaOf(batch) !== count - 1) {
    return invalid(`the header counts ${count} records up to ${lastOffsetDeltaOf(batch)}`);
  }
  if (isControl(batch)) return invalid("a client must not write control batches");
  const producerId = producerIdOf(batch);
  if (producerId > noProducerId && baseSequenceOf(batch) < 0) {
    return invalid(`producer ${producerId} sent sequence ${baseSequenceOf(batch)}`);
  }
  return undefined;
}

/** What the records tell. The header has been checked. */
export function checkRecords(batch: Uint8Array, rules: ProduceRules): BatchCheck {
  const codec = codecNameOf(batch);
  if (codec === "none") return walkRecords(batch, recordsAt, batch, rules);
  // No Java client could read these, nor would Kafka have taken them (Lz4BlockInputStream).
  if (codec === "lz4" && isLinkedLz4(batch.subarray(recordsAt))) {
    return invalid("lz4 blocks that depend on each other are not part of Kafka's format");
  }
  const inflated = recordBytesOf(batch, 0, rules.inflatedBytesMax, decompressBriefly);
  if (inflated.ok) return walkRecords(inflated.value, 0, batch, rules);
  if (inflated.fault === "tooLarge") return refuse(ErrorCode.MESSAGE_TOO_LARGE, inflated.detail);
  // The checksum was right: sending it again would bring the same, so this is no CORRUPT_MESSAGE.
  return invalid(inflated.detail);
}
