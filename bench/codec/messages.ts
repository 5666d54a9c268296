// What the codec benchmark decodes and encodes: the messages of the hot path, as bytes. Every side
// decodes them, and encodes what it has decoded; the bytes that come of that must be the same again.
//
// Lives on: the developer's machine.

import { FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import { MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import { ProduceRequest } from "../../src/protocol/messages/00-produce.ts";
import { Writer } from "../../src/protocol/wire.ts";

export type MessageName = "produce" | "fetch" | "metadata";
/** One codec. `value` is what its own `decode` gave. */
export type Side = {
  readonly [M in MessageName]: {
    readonly decode: (bytes: Uint8Array) => unknown;
    /** Pieces ready to be sent. */
    readonly encode: (value: never) => readonly Uint8Array[];
  };
};

/** What a producer with default settings sends at most for a partition. */
const BATCH_BYTES = 16 * 1024;
const PARTITIONS = 6;
const [METADATA_TOPICS, METADATA_PARTITIONS] = [10, 100];

function batchOf(partition: number): Uint8Array {
  return new Uint8Array(BATCH_BYTES).fill(partition + 1);
}

const partitions = Array.from({ length: PARTITIONS }, (_, i) => i);

function produce(): Uint8Array {
  const writer = new Writer();
  ProduceRequest.at(9).encode(writer, {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [
      {
        name: "orders-by-region",
        partitionData: partitions.map((index) => ({ index, records: batchOf(index) })),
      },
    ],
  });
  return writer.finish();
}

function fetch(): Uint8Array {
  const writer = new Writer();
  FetchResponse.at(12).encode(writer, {
    throttleTimeMs: 0,
    sessionId: 1_234_567,
    responses: [
      {
        topic: "orders-by-region",
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 1_000_000,
          lastStableOffset: 1_000_000,
          logStartOffset: 0,
          abortedTransactions: null,
          preferredReadReplica: -1,
          records: batchOf(partitionIndex),
        })),
      },
    ],
  });
  return writer.finish();
}

function metadata(): Uint8Array {
  const writer = new Writer();
  const nodes = [1, 2, 3];
  MetadataResponse.at(12).encode(writer, {
    brokers: nodes.map((nodeId) => ({ nodeId, host: `broker-${nodeId}.example`, port: 9092 })),
    clusterId: "MkU3OEVBNTcwNTJENDM2Qg",
    controllerId: 1,
    topics: Array.from({ length: METADATA_TOPICS }, (_, t) => ({
      errorCode: 0,
      name: `orders-by-region-${t}`,
      topicId: `ABEiM0RVZneImaq7zN3u_${"wAgQ"[t % 4]}`,
      partitions: Array.from({ length: METADATA_PARTITIONS }, (__, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: nodes[partitionIndex % nodes.length]!,
        leaderEpoch: 5,
        replicaNodes: nodes,
        isrNodes: nodes,
        offlineReplicas: [],
      })),
    })),
  });
  return writer.finish();
}

export const messages: { readonly [M in MessageName]: () => Uint8Array } = {
  produce,
  fetch,
  metadata,
};

export type RowName = `${MessageName} ${"decode" | "encode"}`;
export type Row = { readonly title: string; readonly goalUs?: number };

export const rows: { readonly [R in RowName]: Row } = {
  "produce decode": { title: "ProduceRequest v9, 6 partitions, decode", goalUs: 3 },
  "produce encode": { title: "ProduceRequest v9, 6 partitions, encode" },
  "fetch decode": { title: "FetchResponse v12, 6 partitions, decode" },
  "fetch encode": { title: "FetchResponse v12, 6 partitions, encode", goalUs: 4 },
  "metadata decode": { title: "MetadataResponse v12, 1,000 partitions, decode" },
  "metadata encode": { title: "MetadataResponse v12, 1,000 partitions, encode", goalUs: 1000 },
};
