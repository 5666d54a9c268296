// kafkajs' side of the codec benchmark: its encoder and decoder. It speaks other versions of these
// messages, and only a client's half of each, so that the fields are listed here in its manner; it
// copies record batches when it encodes.
//
// Lives on: the developer's machine.

import { createRequire } from "node:module";
import type { Side } from "./messages.ts";

type Decoder = {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarInt(): number;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[] | null;
  readTaggedFields(): object | null;
};
type Encoder = {
  readonly buffer: Buffer;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeInt64(value: bigint): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string | null): Encoder;
  writeUVarIntBytes(value: Buffer | null): Encoder;
  writeEncoder(value: Encoder): Encoder;
  writeUVarIntArray(value: readonly Encoder[] | null): Encoder;
};

const require = createRequire(import.meta.url);
const DecoderClass = require("kafkajs/src/protocol/decoder") as new (bytes: Buffer) => Decoder;
const EncoderClass = require("kafkajs/src/protocol/encoder") as new () => Encoder;

const over = (bytes: Uint8Array): Decoder =>
  new DecoderClass(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** Its own `readUVarIntBytes` takes one byte too many. */
function readBytes(d: Decoder): Buffer | null {
  const length = d.readUVarInt();
  return length === 0 ? null : d.readBytes(length - 1);
}

function tagged<T>(d: Decoder, value: T): T {
  d.readTaggedFields();
  return value;
}

const readInt32 = (d: Decoder): number => d.readInt32();

function readProduce(d: Decoder) {
  return tagged(d, {
    transactionalId: d.readUVarIntString(),
    acks: d.readInt16(),
    timeout: d.readInt32(),
    topics: d.readUVarIntArray((t) =>
      tagged(t, {
        topic: t.readUVarIntString(),
        partitions: t.readUVarIntArray((p) =>
          tagged(p, { partition: p.readInt32(), records: readBytes(p) }),
        ),
      }),
    ),
  });
}

const noTags = (encoder: Encoder): Encoder => encoder.writeUVarInt(0);
const made = (): Encoder => new EncoderClass();

function writeProduce(value: ReturnType<typeof readProduce>): Buffer {
  const topics = value.topics!.map(({ topic, partitions }) =>
    noTags(
      made()
        .writeUVarIntString(topic)
        .writeUVarIntArray(
          partitions!.map(({ partition, records }) =>
            noTags(made().writeInt32(partition).writeUVarIntBytes(records)),
          ),
        ),
    ),
  );
  const head = made().writeUVarIntString(value.transactionalId);
  return noTags(head.writeInt16(value.acks).writeInt32(value.timeout).writeUVarIntArray(topics))
    .buffer;
}

function readFetch(d: Decoder) {
  return tagged(d, {
    throttleTime: d.readInt32(),
    errorCode: d.readInt16(),
    sessionId: d.readInt32(),
    responses: d.readUVarIntArray((t) =>
      tagged(t, {
        topicName: t.readUVarIntString(),
        partitions: t.readUVarIntArray((p) =>
          tagged(p, {
            partition: p.readInt32(),
            errorCode: p.readInt16(),
            highWatermark: p.readInt64(),
            lastStableOffset: p.readInt64(),
            lastStartOffset: p.readInt64(),
            abortedTransactions: p.readUVarIntArray((a) =>
              tagged(a, { producerId: a.readInt64(), firstOffset: a.readInt64() }),
            ),
            preferredReadReplica: p.readInt32(),
            records: readBytes(p),
          }),
        ),
      }),
    ),
  });
}

type Fetch = ReturnType<typeof readFetch>;
type FetchPartition = NonNullable<NonNullable<Fetch["responses"]>[0]["partitions"]>[0];

function writeFetchPartition(value: FetchPartition): Encoder {
  const { abortedTransactions } = value;
  const aborted = abortedTransactions?.map(({ producerId, firstOffset }) =>
    noTags(made().writeInt64(producerId).writeInt64(firstOffset)),
  );
  return noTags(
    made()
      .writeInt32(value.partition)
      .writeInt16(value.errorCode)
      .writeInt64(value.highWatermark)
      .writeInt64(value.lastStableOffset)
      .writeInt64(value.lastStartOffset)
      .writeUVarIntArray(aborted ?? null)
      .writeInt32(value.preferredReadReplica)
      .writeUVarIntBytes(value.records),
  );
}

function writeFetch(value: Fetch): Buffer {
  const responses = value.responses!.map(({ topicName, partitions }) =>
    noTags(
      made().writeUVarIntString(topicName).writeUVarIntArray(partitions!.map(writeFetchPartition)),
    ),
  );
  const head = made().writeInt32(value.throttleTime).writeInt16(value.errorCode);
  return noTags(head.writeInt32(value.sessionId).writeUVarIntArray(responses)).buffer;
}

function readMetadata(d: Decoder) {
  return tagged(d, {
    throttleTime: d.readInt32(),
    brokers: d.readUVarIntArray((b) =>
      tagged(b, {
        nodeId: b.readInt32(),
        host: b.readUVarIntString(),
        port: b.readInt32(),
        rack: b.readUVarIntString(),
      }),
    ),
    clusterId: d.readUVarIntString(),
    controllerId: d.readInt32(),
    topicMetadata: d.readUVarIntArray((t) =>
      tagged(t, {
        topicErrorCode: t.readInt16(),
        topic: t.readUVarIntString(),
        topicId: t.readBytes(16),
        isInternal: t.readBoolean(),
        partitionMetadata: t.readUVarIntArray((p) =>
          tagged(p, {
            partitionErrorCode: p.readInt16(),
            partitionId: p.readInt32(),
            leader: p.readInt32(),
            leaderEpoch: p.readInt32(),
            replicas: p.readUVarIntArray(readInt32),
            isr: p.readUVarIntArray(readInt32),
            offlineReplicas: p.readUVarIntArray(readInt32),
          }),
        ),
        authorizedOperations: t.readInt32(),
      }),
    ),
  });
}

type Metadata = ReturnType<typeof readMetadata>;
type MetadataTopic = NonNullable<Metadata["topicMetadata"]>[0];

function writeInt32s(encoder: Encoder, values: readonly number[] | null): Encoder {
  encoder.writeUVarInt(values!.length + 1);
  for (const value of values!) encoder.writeInt32(value);
  return encoder;
}

function writeMetadataTopic(value: MetadataTopic): Encoder {
  const partitions = value.partitionMetadata!.map((p) => {
    const head = made().writeInt16(p.partitionErrorCode).writeInt32(p.partitionId);
    head.writeInt32(p.leader).writeInt32(p.leaderEpoch);
    return noTags(
      writeInt32s(writeInt32s(writeInt32s(head, p.replicas), p.isr), p.offlineReplicas),
    );
  });
  const head = made().writeInt16(value.topicErrorCode).writeUVarIntString(value.topic);
  head.writeBuffer(value.topicId).writeBoolean(value.isInternal);
  return noTags(head.writeUVarIntArray(partitions).writeInt32(value.authorizedOperations));
}

function writeMetadata(value: Metadata): Buffer {
  const brokers = value.brokers!.map(({ nodeId, host, port, rack }) =>
    noTags(
      made().writeInt32(nodeId).writeUVarIntString(host).writeInt32(port).writeUVarIntString(rack),
    ),
  );
  const topics = value.topicMetadata!.map(writeMetadataTopic);
  const head = made().writeInt32(value.throttleTime).writeUVarIntArray(brokers);
  head.writeUVarIntString(value.clusterId).writeInt32(value.controllerId);
  return noTags(head.writeUVarIntArray(topics)).buffer;
}

export const side: Side = {
  produce: {
    decode: (bytes) => readProduce(over(bytes)),
    encode: (value) => [writeProduce(value)],
  },
  fetch: { decode: (bytes) => readFetch(over(bytes)), encode: (value) => [writeFetch(value)] },
  metadata: {
    decode: (bytes) => readMetadata(over(bytes)),
    encode: (value) => [writeMetadata(value)],
  },
};
