// Produce: batches that are refused, and with which code.

import {
  attributesAt,
  baseTimestampAt,
  batchLengthAt,
  crcAt,
  lastOffsetDeltaAt,
  magicAt,
  recordCountAt,
  recordsAt,
} from "../../../../../src/protocol/record-batch.ts";
import { batch, broken, changed, joined, set16, set32, set64, set8 } from "../../batches.ts";
import type { Scenario } from "../../scenario.ts";
import { sending, withConfigs } from "./steps.ts";

export const bad: readonly Scenario[] = [
  // Kafka gives no answer at all, so one version is enough.
  sending("no records", [null], { versions: [9, 9] }),
  sending("no batch", [new Uint8Array(0), new Uint8Array(7), new Uint8Array(61)]),
  sending("more than a batch", [
    joined(batch(), batch()),
    batch().subarray(0, 60),
    batch().subarray(0, 80),
  ]),
  sending("a batch and bytes behind it", [
    joined(batch(), batch().subarray(0, 30)),
    joined(batch(), new Uint8Array(5)),
  ]),
  sending("checksums", [
    broken(set32(crcAt, 12_345)),
    broken((bytes) => (bytes[recordsAt + 8]! ^= 1)),
    broken((bytes) => (bytes[bytes.length - 1]! ^= 1)),
  ]),
  sending(
    "magic",
    [0, 1, 3, 127, -1].map((magic) => changed(set8(magicAt, magic))),
  ),
  sending(
    "lengths",
    [3, 0, -1, 49, 5_000, 2_147_483_000].map((length) => broken(set32(batchLengthAt, length))),
  ),
  sending("a length that overflows", [broken(set32(batchLengthAt, 2_147_483_647))]),
  sending(
    "counts",
    [0, 2, 4, -1, 2_147_483_647].map((count) => changed(set32(recordCountAt, count))),
  ),
  sending(
    "last offsets",
    [0, 1, 3, -1, 2_147_483_647].map((delta) => changed(set32(lastOffsetDeltaAt, delta))),
  ),
  sending("counts and last offsets that lie alike", [
    changed((bytes) => {
      set32(recordCountAt, 5)(bytes);
      set32(lastOffsetDeltaAt, 4)(bytes);
    }),
    changed((bytes) => {
      set32(recordCountAt, 2)(bytes);
      set32(lastOffsetDeltaAt, 1)(bytes);
    }),
    changed((bytes) => {
      set32(recordCountAt, 0)(bytes);
      set32(lastOffsetDeltaAt, -1)(bytes);
    }),
  ]),
  sending("records", [
    changed(set8(recordsAt, 0x7e)),
    changed(set8(recordsAt, 0x02)),
    changed(set8(recordsAt, 0x01)),
    changed(set8(recordsAt + 4, 0x7e)),
    changed(set8(recordsAt + 1, 0xff)),
  ]),
  sending("offsets within a batch that are not in order", [
    changed(set8(recordsAt + 3, 0x02)),
    changed(set8(recordsAt + 3, 0x01)),
  ]),
  sending("attributes", [
    changed(set16(attributesAt, 0x08)),
    changed(set16(attributesAt, 0x20)),
    changed(set16(attributesAt, 0x40)),
    changed(set16(attributesAt, 0x80)),
    changed(set16(attributesAt, 0x7f00)),
  ]),
  sending("a codec that the records are not in", [
    changed(set16(attributesAt, 1)),
    changed(set16(attributesAt, 2)),
    changed(set16(attributesAt, 3)),
    changed(set16(attributesAt, 5)),
    changed(set16(attributesAt, 6)),
    changed(set16(attributesAt, 7)),
  ]),
  sending("zstd that is none", [changed(set16(attributesAt, 4))], { versions: [7, 13] }),
  sending("times too late", [
    batch([{ value: "v", at: 4_000_000_000_000 }]),
    changed(set64(baseTimestampAt, 4_000_000_000_000n)),
  ]),
  sending("a record too large", [batch([{ value: "v".repeat(1_100_000) }])], {
    versions: [9, 13],
  }),
  sending(
    "a batch above max.message.bytes",
    [batch([{ value: "v".repeat(300) }]), batch([{ value: "v".repeat(10) }])],
    withConfigs({ "max.message.bytes": "200" }),
  ),
  sending("a batch above segment.bytes", [batch([{ value: "v".repeat(1_048_100) }])], {
    versions: [9, 13],
    ...withConfigs({ "segment.bytes": "1048576", "max.message.bytes": "2000000" }),
  }),
];
