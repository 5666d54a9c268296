// The batches inside a field of records: in full, or what each is in a few words. A fetch may end in
// a part of a batch.
//
// Lives on: main thread (pure).

import { batchToJson } from "../../protocol/json/batch.ts";
import type { Json, JsonObject } from "../../protocol/json/text.ts";
import { integerJson } from "../../protocol/json/text.ts";
import {
  batchSizeAt,
  codecNameOf,
  codecOf,
  impossibleBatch,
  isControl,
  isCrcRight,
  isTransactional,
  lastOffsetDeltaOf,
  recordCountOf,
} from "../../protocol/record-batch.ts";

export function batchesInFull(bytes: Uint8Array): Json {
  return eachBatch(bytes, (batch) => batchToJson(batch));
}

export function batchSummaries(bytes: Uint8Array): Json {
  return eachBatch(bytes, summaryOf);
}

function eachBatch(bytes: Uint8Array, show: (batch: Uint8Array) => JsonObject): Json {
  const shown: Json[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    const size = batchSizeAt(bytes, at);
    if (size === impossibleBatch) break;
    if (size === 0) break;
    shown.push(show(bytes.subarray(at, at + size)));
    at += size;
  }
  if (at < bytes.byteLength) shown.push(restOf(bytes.subarray(at)));
  return shown;
}

function restOf(rest: Uint8Array): JsonObject {
  const isPart = batchSizeAt(rest, 0) === 0;
  const what = isPart ? "the beginning of a batch" : "no batch of format 2";
  return { is: what, bytes: rest.byteLength, begins: hex(rest.subarray(0, 61)) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function summaryOf(batch: Uint8Array): JsonObject {
  const baseOffset = new DataView(batch.buffer, batch.byteOffset).getBigInt64(0);
  return {
    baseOffset: integerJson(baseOffset),
    lastOffset: integerJson(baseOffset + BigInt(lastOffsetDeltaOf(batch))),
    records: recordCountOf(batch),
    bytes: batch.byteLength,
    compression: codecNameOf(batch) ?? codecOf(batch),
    ...(isTransactional(batch) ? { transactional: true } : {}),
    ...(isControl(batch) ? { control: true } : {}),
    ...(isCrcRight(batch) ? {} : { crc: "wrong" }),
  };
}
