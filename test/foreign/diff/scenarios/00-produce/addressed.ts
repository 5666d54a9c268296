// Produce: topics and partitions, there or not.

import { crcAt } from "../../../../../src/protocol/record-batch.ts";
import { batch, broken, set32 } from "../../batches.ts";
import type { Scenario } from "../../scenario.ts";
import { unknownId, zeroId } from "../../scenario.ts";
import { of, look } from "./steps.ts";

export const addressed: readonly Scenario[] = [
  {
    name: "topics and partitions that are not there",
    topics: { a: { partitions: 2 } },
    steps: [
      { body: of(batch(), { topic: "none" }) },
      { body: of(batch(), { index: 2 }) },
      { body: of(batch(), { index: -1 }) },
      { body: of(batch(), { index: 2_147_483_647 }) },
      { body: { acks: 1, timeoutMs: 1_000, topicData: [] } },
      { body: { acks: -1, timeoutMs: 1_000, topicData: [] } },
      { body: { acks: 2, timeoutMs: 1_000, topicData: [] } },
      {
        body: {
          acks: -1,
          timeoutMs: 1_000,
          topicData: [{ name: "~a", topicId: "#~a", partitionData: [] }],
        },
      },
      look,
    ],
  },
  {
    name: "ids that are no topic's",
    versions: [13, 13],
    steps: [unknownId, zeroId].map((topicId) => ({
      body: {
        acks: -1,
        timeoutMs: 1_000,
        topicData: [{ topicId, partitionData: [{ index: 0, records: batch() }] }],
      },
    })),
  },
  {
    name: "names that no topic has",
    versions: [3, 12],
    steps: ["", ".", "a b", "x".repeat(250), "__consumer_offsets"].map((name) => ({
      body: {
        acks: -1,
        timeoutMs: 1_000,
        topicData: [{ name, partitionData: [{ index: 0, records: batch() }] }],
      },
    })),
  },
  {
    name: "several topics and partitions, good ones and bad ones",
    topics: { a: { partitions: 3 }, b: {} },
    steps: [
      {
        body: {
          acks: -1,
          timeoutMs: 10_000,
          topicData: [
            {
              name: "~b",
              topicId: "#~b",
              partitionData: [{ index: 0, records: batch() }],
            },
            {
              name: "~a",
              topicId: "#~a",
              partitionData: [
                { index: 2, records: batch() },
                { index: 0, records: broken(set32(crcAt, 1)) },
                { index: 7, records: batch() },
                { index: 1, records: new Uint8Array(0) },
              ],
            },
            {
              name: "~none",
              topicId: "#~none",
              partitionData: [{ index: 0, records: batch() }],
            },
          ],
        },
      },
      look,
    ],
  },
  {
    name: "a partition twice",
    topics: { a: {} },
    steps: [
      {
        body: {
          acks: -1,
          timeoutMs: 10_000,
          topicData: [
            {
              name: "~a",
              topicId: "#~a",
              partitionData: [
                { index: 0, records: batch([{ value: "first" }]) },
                { index: 0, records: batch([{ value: "second" }]) },
              ],
            },
          ],
        },
      },
      look,
    ],
  },
  {
    name: "timeouts",
    topics: { a: {} },
    steps: [0, -1, 2_147_483_647, -2_147_483_648].map((timeoutMs) => ({
      body: { ...of(batch()), timeoutMs },
    })),
  },
];
