// Produce: what is accepted, as it came or as the topic is set.

import {
  attributesAt,
  baseOffsetAt,
  crcAt,
  maxTimestampAt,
} from "../../../../../src/protocol/record-batch.ts";
import { batch, broken, changed, longAgo, set16, set32, set64, three } from "../../batches.ts";
import type { Scenario } from "../../scenario.ts";
import { of, look, sending, withConfigs } from "./steps.ts";

export const good: readonly Scenario[] = [
  sending("plain batches", [batch(), batch([{}]), batch([{ key: "", value: "" }])]),
  sending("headers", [
    batch([
      {
        value: "v",
        headers: [
          { key: "h", value: null },
          { key: "", value: new Uint8Array(0) },
          { key: "h", value: Uint8Array.of(1, 2) },
        ],
      },
    ]),
  ]),
  sending("codecs", [
    batch(three, { compression: "gzip" }),
    batch(three, { compression: "snappy" }),
    batch(three, { compression: "lz4" }),
  ]),
  sending("zstd", [batch(three, { compression: "zstd" })]),
  sending("a header that leaves things to the broker", [
    changed(set64(maxTimestampAt, -1n)),
    changed(set64(maxTimestampAt, 5n)),
    changed(set64(baseOffsetAt, 77n)),
    changed(set32(12, 9)),
  ]),
  sending("timestamps before 1970", [
    batch([{ value: "v", at: -1 }]),
    batch([{ value: "v", at: 0 }]),
    batch([{ value: "v", at: -2 }]),
    batch([{ value: "v", at: -longAgo }]),
  ]),
  {
    name: "acks",
    topics: { a: {} },
    steps: [
      { body: of(batch(), { acks: 1 }) },
      { body: of(batch(), { acks: 0 }), isSilent: true },
      { body: of(batch(), { acks: 2 }) },
      { body: of(batch(), { acks: -2 }) },
      { body: of(batch(), { acks: 32_767 }) },
      { body: of(batch(), { acks: 0, topic: "none" }), isSilent: true },
      { body: of(broken(set32(crcAt, 1)), { acks: 0 }), isSilent: true },
      look,
    ],
  },
];

export const configured: readonly Scenario[] = [
  sending(
    "a compacted topic",
    [batch(), batch([{ value: "no key" }]), batch([{ key: "k", value: "v" }, { value: "v" }, {}])],
    withConfigs({ "cleanup.policy": "compact" }),
  ),
  sending(
    "a topic that stamps records itself",
    [
      batch(),
      changed(set16(attributesAt, 0x08)),
      batch(three, { compression: "gzip" }),
      batch([{ value: "v", at: -1 }]),
      batch([{ value: "v", at: 4_000_000_000_000 }]),
    ],
    withConfigs({ "message.timestamp.type": "LogAppendTime" }),
  ),
  sending(
    "a topic that takes records of the present alone",
    [
      batch(),
      batch([{ value: "old" }, { value: "new", at: 4_000_000_000_000 }]),
      batch([{ value: "old", at: -1 }]),
    ],
    withConfigs({
      "message.timestamp.before.max.ms": "1000",
      "message.timestamp.after.max.ms": "1000",
    }),
  ),
  ...["uncompressed", "gzip", "snappy", "lz4", "zstd"].map((codec) =>
    sending(
      `a topic that is ${codec}`,
      [batch(), batch(three, { compression: "lz4" }), batch([{}])],
      { versions: [9, 13], ...withConfigs({ "compression.type": codec }) },
    ),
  ),
  sending(
    "a topic that wants more replicas than there are",
    [batch()],
    withConfigs({ "min.insync.replicas": "2" }),
  ),
];
