// @platformatic/kafka's side of the codec benchmark: its reader and writer. It has only a client's half
// of these messages, so that the fields are listed here in its manner. It is installed on first use in
// a folder of its own (peers/).
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Side } from "./messages.ts";

type Reader = {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readBoolean(): boolean;
  readString(): string;
  readNullableString(): string | null;
  readUUID(): string;
  readNullableBytes(): Buffer | null;
  readArray<T>(read: (r: Reader) => T, compact?: boolean, tagged?: boolean): T[];
  readNullableArray<T>(read: (r: Reader) => T): T[] | null;
  readTaggedFields(): void;
};
type Writer = {
  readonly buffers: readonly Buffer[];
  appendInt16(value: number): Writer;
  appendInt32(value: number): Writer;
  appendInt64(value: bigint): Writer;
  appendBoolean(value: boolean): Writer;
  appendString(value: string | null): Writer;
  appendUUID(value: string): Writer;
  appendBytes(value: Buffer | null): Writer;
  appendArray<T>(
    values: readonly T[] | null,
    write: (w: Writer, value: T) => unknown,
    compact?: boolean,
    tagged?: boolean,
  ): Writer;
  appendTaggedFields(): Writer;
};
type Library = {
  readonly Reader: { from(bytes: Buffer): Reader };
  readonly Writer: { create(): Writer };
};

function load(): Library {
  const folder = join(import.meta.dirname, "peers");
  if (!existsSync(join(folder, "node_modules"))) {
    const { status } = spawnSync("npm", ["ci"], { cwd: folder, stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error("npm ci failed in bench/codec/peers");
  }
  return createRequire(join(folder, "package.json"))("@platformatic/kafka") as Library;
}

const library = load();

const over = (bytes: Uint8Array): Reader =>
  library.Reader.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

function readProduce(r: Reader) {
  const value = {
    transactionalId: r.readNullableString(),
    acks: r.readInt16(),
    timeoutMs: r.readInt32(),
    topicData: r.readArray((t) => ({
      name: t.readString(),
      partitionData: t.readArray((p) => ({
        index: p.readInt32(),
        records: p.readNullableBytes(),
      })),
    })),
  };
  r.readTaggedFields();
  return value;
}

function writeProduce(value: ReturnType<typeof readProduce>): readonly Buffer[] {
  return library.Writer.create()
    .appendString(value.transactionalId)
    .appendInt16(value.acks)
    .appendInt32(value.timeoutMs)
    .appendArray(value.topicData, (w, topic) =>
      w
        .appendString(topic.name)
        .appendArray(topic.partitionData, (v, partition) =>
          v.appendInt32(partition.index).appendBytes(partition.records),
        ),
    )
    .appendTaggedFields().buffers;
}

function readFetch(r: Reader) {
  const value = {
    throttleTimeMs: r.readInt32(),
    errorCode: r.readInt16(),
    sessionId: r.readInt32(),
    responses: r.readArray((t) => ({
      topic: t.readString(),
      partitions: t.readArray((p) => ({
        partitionIndex: p.readInt32(),
        errorCode: p.readInt16(),
        highWatermark: p.readInt64(),
        lastStableOffset: p.readInt64(),
        logStartOffset: p.readInt64(),
        abortedTransactions: p.readNullableArray((a) => ({
          producerId: a.readInt64(),
          firstOffset: a.readInt64(),
        })),
        preferredReadReplica: p.readInt32(),
        records: p.readNullableBytes(),
      })),
    })),
  };
  r.readTaggedFields();
  return value;
}

function writeFetch(value: ReturnType<typeof readFetch>): readonly Buffer[] {
  return library.Writer.create()
    .appendInt32(value.throttleTimeMs)
    .appendInt16(value.errorCode)
    .appendInt32(value.sessionId)
    .appendArray(value.responses, (w, response) =>
      w.appendString(response.topic).appendArray(response.partitions, (v, partition) =>
        v
          .appendInt32(partition.partitionIndex)
          .appendInt16(partition.errorCode)
          .appendInt64(partition.highWatermark)
          .appendInt64(partition.lastStableOffset)
          .appendInt64(partition.logStartOffset)
          .appendArray(partition.abortedTransactions, (u, { producerId, firstOffset }) =>
            u.appendInt64(producerId).appendInt64(firstOffset),
          )
          .appendInt32(partition.preferredReadReplica)
          .appendBytes(partition.records),
      ),
    )
    .appendTaggedFields().buffers;
}

const readInt32s = (r: Reader): number[] => r.readArray((v) => v.readInt32(), true, false);

function readMetadata(r: Reader) {
  const value = {
    throttleTimeMs: r.readInt32(),
    brokers: r.readArray((b) => ({
      nodeId: b.readInt32(),
      host: b.readString(),
      port: b.readInt32(),
      rack: b.readNullableString(),
    })),
    clusterId: r.readNullableString(),
    controllerId: r.readInt32(),
    topics: r.readArray((t) => ({
      errorCode: t.readInt16(),
      name: t.readNullableString(),
      topicId: t.readUUID(),
      isInternal: t.readBoolean(),
      partitions: t.readArray((p) => ({
        errorCode: p.readInt16(),
        partitionIndex: p.readInt32(),
        leaderId: p.readInt32(),
        leaderEpoch: p.readInt32(),
        replicaNodes: readInt32s(p),
        isrNodes: readInt32s(p),
        offlineReplicas: readInt32s(p),
      })),
      topicAuthorizedOperations: t.readInt32(),
    })),
  };
  r.readTaggedFields();
  return value;
}

type Metadata = ReturnType<typeof readMetadata>;

function appendInt32s(writer: Writer, values: readonly number[]): Writer {
  return writer.appendArray(values, (w, value) => w.appendInt32(value), true, false);
}

function appendPartition(writer: Writer, value: Metadata["topics"][0]["partitions"][0]): void {
  writer.appendInt16(value.errorCode).appendInt32(value.partitionIndex);
  writer.appendInt32(value.leaderId).appendInt32(value.leaderEpoch);
  appendInt32s(writer, value.replicaNodes);
  appendInt32s(writer, value.isrNodes);
  appendInt32s(writer, value.offlineReplicas);
}

function writeMetadata(value: Metadata): readonly Buffer[] {
  return library.Writer.create()
    .appendInt32(value.throttleTimeMs)
    .appendArray(value.brokers, (w, { nodeId, host, port, rack }) =>
      w.appendInt32(nodeId).appendString(host).appendInt32(port).appendString(rack),
    )
    .appendString(value.clusterId)
    .appendInt32(value.controllerId)
    .appendArray(value.topics, (w, topic) =>
      w
        .appendInt16(topic.errorCode)
        .appendString(topic.name)
        .appendUUID(topic.topicId)
        .appendBoolean(topic.isInternal)
        .appendArray(topic.partitions, appendPartition)
        .appendInt32(topic.topicAuthorizedOperations),
    )
    .appendTaggedFields().buffers;
}

export const side: Side = {
  produce: { decode: (bytes) => readProduce(over(bytes)), encode: writeProduce },
  fetch: { decode: (bytes) => readFetch(over(bytes)), encode: writeFetch },
  metadata: { decode: (bytes) => readMetadata(over(bytes)), encode: writeMetadata },
};
