// Produce: what a producer with an id is answered; duplicates, gaps, old epochs, transactions.

import {
  baseSequenceAt,
  producerEpochAt,
  producerIdAt,
} from "../../../../../src/protocol/record-batch.ts";
import { batch, changed, numbered, set16, set32, set64, three } from "../../batches.ts";
import type { Scenario } from "../../scenario.ts";
import { of, look, sending } from "./steps.ts";

export const idempotent: readonly Scenario[] = [
  sending("sequences", [
    numbered(7_000, 0, 0),
    numbered(7_000, 0, 3),
    numbered(7_000, 0, 3),
    numbered(7_000, 0, 0),
    numbered(7_000, 0, 9),
    numbered(7_000, 0, 7),
    numbered(7_000, 0, 6, [{ value: "one" }]),
    numbered(7_000, 0, 6),
    numbered(7_000, 0, 7, [{ value: "one" }, { value: "two" }]),
  ]),
  sending("a first sequence that is not 0", [
    numbered(7_001, 0, 5),
    numbered(7_001, 0, 0),
    numbered(7_001, 0, 8),
  ]),
  sending("epochs", [
    numbered(7_002, 3, 0),
    numbered(7_002, 2, 3),
    numbered(7_002, 4, 3),
    numbered(7_002, 4, 0),
    numbered(7_002, 3, 3),
    numbered(7_002, 32_767, 0),
  ]),
  sending("more than five batches back", [
    ...[0, 1, 2, 3, 4, 5].map((sequence) => numbered(7_003, 0, sequence, [{ value: "v" }])),
    ...[0, 1, 5].map((sequence) => numbered(7_003, 0, sequence, [{ value: "v" }])),
  ]),
  sending("sequences that wrap", [
    numbered(7_004, 0, 2_147_483_646),
    numbered(7_004, 0, 1),
    numbered(7_004, 0, 2_147_483_646),
  ]),
  sending("ids without sequences", [
    changed(set32(baseSequenceAt, 0)),
    changed(set16(producerEpochAt, 0)),
    changed(set64(producerIdAt, 5n)),
    numbered(7_005, 0, -1),
    numbered(7_005, -1, 0),
    numbered(7_005, -2, 0),
    numbered(7_005, 0, -2),
    changed(set64(producerIdAt, -2n)),
  ]),
  sending("duplicates of a compressed batch", [
    batch(three, { producerId: 7_006, producerEpoch: 0, baseSequence: 0, compression: "lz4" }),
    batch(three, { producerId: 7_006, producerEpoch: 0, baseSequence: 0 }),
  ]),
];

export const transactional: readonly Scenario[] = [
  {
    name: "transactional, without a transaction",
    topics: { a: {} },
    steps: [
      {
        body: of(
          batch(three, {
            producerId: 7_100,
            producerEpoch: 0,
            baseSequence: 0,
            transactional: true,
          }),
          { transactionalId: "~t" },
        ),
      },
      {
        body: of(
          batch(three, {
            producerId: 7_100,
            producerEpoch: 0,
            baseSequence: 0,
            transactional: true,
          }),
        ),
      },
      { body: of(batch(), { transactionalId: "~t" }) },
      { body: of(batch(three, { transactional: true }), { transactionalId: "~t" }) },
      { body: of(batch(), { transactionalId: "" }) },
      look,
    ],
  },
];
