// A broker of a few lines for tests of the client: topics in memory, sequences checked as Kafka checks
// them, and a test that may spoil any answer. It lives on a simulated network.

import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { Api } from "../../src/protocol/api-keys.ts";
import { apiOf } from "../../src/protocol/api-keys.ts";
import {
  beginFrame,
  endFrame,
  readRequestHeader,
  writeResponseHeader,
} from "../../src/protocol/frame.ts";
import type { ProduceRequest } from "../../src/protocol/messages/00-produce.ts";
import type { FetchRequest } from "../../src/protocol/messages/01-fetch.ts";
import type { ListOffsetsRequest } from "../../src/protocol/messages/02-list-offsets.ts";
import type { MetadataRequest } from "../../src/protocol/messages/03-metadata.ts";
import * as b from "../../src/protocol/record-batch.ts";
import { Reader } from "../../src/protocol/wire.ts";
import type { Connection, SocketAddress, Sockets } from "../../src/runtime/ports.ts";
import { FrameReader } from "../../src/client/frame-reader.ts";
import { rulesOf } from "../protocol/record-batch/rules.ts";

const uuid = (number: number) => String(number).padStart(21, "A") + "A";

type Sequence = { readonly first: number; readonly last: number; readonly offset: number };

export class FakePartition {
  readonly batches: Uint8Array[] = [];
  end = 0;
  private readonly producers = new Map<number, Sequence[]>();

  append(batch: Uint8Array): { errorCode: number; baseOffset: number } {
    const check = b.checkProducedBatch(batch, rulesOf({ nowMs: 2 ** 45 }));
    if (!check.ok) return { errorCode: check.errorCode, baseOffset: -1 };
    const producerId = b.producerIdOf(batch);
    if (producerId >= 0) {
      const window = this.producers.get(producerId) ?? [];
      const [first, last] = [b.baseSequenceOf(batch), b.lastSequenceOf(batch)];
      const same = window.find((each) => each.first === first && each.last === last);
      if (same !== undefined) return { errorCode: ErrorCode.NONE, baseOffset: same.offset };
      if (first !== (window.at(-1)?.last ?? -1) + 1) {
        return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 };
      }
      this.producers.set(producerId, [...window.slice(-4), { first, last, offset: this.end }]);
    }
    const stored = batch.slice();
    b.stampBaseOffset(stored, 0, this.end);
    const baseOffset = this.end;
    this.batches.push(stored);
    this.end = b.nextOffsetOf(stored);
    return { errorCode: ErrorCode.NONE, baseOffset };
  }

  texts(): string[] {
    const read = this.batches.flatMap((batch) => [...b.recordsOf(batch)]);
    return read.map(({ value }) => new TextDecoder().decode(value ?? undefined));
  }
}

/** What a test may do to a request: nothing, lose it or its answer, never answer, or refuse it. */
export type Spoil =
  | undefined
  | "reset before"
  | "reset after"
  | "silence"
  | { readonly errorCode: number };

export class FakeBroker {
  readonly address: SocketAddress;
  readonly nodeId: number;
  readonly topics = new Map<string, FakePartition[]>();
  /** Every request that came, by name. */
  readonly heard: { readonly name: string; readonly version: number; readonly body: unknown }[] =
    [];
  leaderOf = (_topic: string, _index: number) => this.nodeId;
  brokers: { nodeId: number; host: string; port: number }[];
  spoil: (api: Api, body: unknown) => Spoil = () => undefined;
  /** Versions told to clients, where they are not the declared ones. */
  readonly served = new Map<number, readonly [number, number]>();
  /** The newest ApiVersions it understands. */
  apiVersionsMax = 4;
  connections = 0;
  private nextProducerId = 1000;
  private readonly sessions = new Map<
    number,
    Map<string, { topic: string; index: number; offset: number }>
  >();
  private readonly parked = new Set<() => void>();
  private readonly after: (delayMs: number, run: () => void) => void;

  constructor(
    sockets: Sockets,
    address: SocketAddress,
    nodeId: number,
    after: (delayMs: number, run: () => void) => void,
  ) {
    this.address = address;
    this.nodeId = nodeId;
    this.after = after;
    this.brokers = [{ nodeId, ...address }];
    sockets.listen(
      { ...address, shared: false },
      {
        listening: () => {},
        failed: (fault) => {
          throw new Error(JSON.stringify(fault));
        },
        connection: (connection) => this.accept(connection),
      },
    );
  }

  partition(topic: string, index: number): FakePartition {
    return this.topics.get(topic)![index]!;
  }

  addTopic(name: string, partitions: number): void {
    this.topics.set(
      name,
      Array.from({ length: partitions }, () => new FakePartition()),
    );
  }

  private accept(connection: Connection) {
    this.connections += 1;
    const frames = new FrameReader(2 ** 30);
    // Answers leave in the order of the requests, as everywhere in Kafka.
    const answers: { ready: readonly Uint8Array[] | undefined }[] = [];
    const flush = () => {
      while (answers[0]?.ready !== undefined) connection.write(answers.shift()!.ready!);
    };
    return {
      bytes: (chunk: Uint8Array) => {
        for (const frame of frames.push(chunk)) {
          const slot: { ready: readonly Uint8Array[] | undefined } = { ready: undefined };
          answers.push(slot);
          this.answer(frame, connection, (ready) => {
            slot.ready = ready;
            flush();
          });
        }
      },
      drained: () => {},
      closed: () => {},
    };
  }

  private answer(
    frame: Uint8Array,
    connection: Connection,
    done: (chunks: readonly Uint8Array[]) => void,
  ): void {
    const reader = new Reader(frame);
    const { apiKey, apiVersion, correlationId } = readRequestHeader(reader);
    const api = apiOf(apiKey)!;
    const isUnknown = apiKey === 18 && apiVersion > this.apiVersionsMax;
    const body: unknown = isUnknown ? {} : api.request.at(apiVersion).decode(reader);
    this.heard.push({ name: api.name, version: apiVersion, body });
    const spoil = this.spoil(api, body);
    if (spoil === "silence") return;
    if (spoil === "reset before") return connection.destroy();
    this.handle(api, isUnknown ? -1 : apiVersion, body, spoil, (response) => {
      if (spoil === "reset after") return connection.destroy();
      const writer = beginFrame();
      writeResponseHeader(writer, apiKey, apiVersion, correlationId);
      api.response
        .at(isUnknown ? 0 : apiVersion)
        .encode(writer, { throttleTimeMs: 0, ...(response as object) } as never);
      done(endFrame(writer));
    });
  }

  private handle(
    api: Api,
    version: number,
    body: unknown,
    spoil: Spoil,
    done: (response: unknown) => void,
  ): void {
    const errorCode = typeof spoil === "object" ? spoil.errorCode : undefined;
    switch (api.name) {
      case "ApiVersions":
        return done(this.versions(version));
      case "Metadata":
        return done(this.metadata(body as MetadataRequest));
      case "InitProducerId":
        return done(
          errorCode === undefined
            ? { producerId: this.nextProducerId++, producerEpoch: 0, errorCode: 0 }
            : { producerId: -1, producerEpoch: -1, errorCode },
        );
      case "Produce":
        return this.produce(body as ProduceRequest, errorCode, done);
      case "Fetch":
        return this.fetch(body as FetchRequest, errorCode, done);
      case "ListOffsets":
        return done(this.listOffsets(body as ListOffsetsRequest));
      default:
        throw new Error(`the fake broker knows no ${api.name}`);
    }
  }

  private versions(version: number) {
    const errorCode = version === -1 ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NONE;
    const keys = version === -1 ? [18] : [0, 1, 2, 3, 18, 22];
    const apiKeys = keys.map((apiKey) => {
      const declared = apiOf(apiKey)!.request.versions;
      const [minVersion, maxVersion] = this.served.get(apiKey) ?? declared;
      return { apiKey, minVersion, maxVersion: apiKey === 18 ? this.apiVersionsMax : maxVersion };
    });
    return { errorCode, apiKeys };
  }

  private metadata({ topics }: MetadataRequest) {
    const names = topics?.map(({ name }) => name!) ?? [...this.topics.keys()];
    return {
      brokers: this.brokers,
      controllerId: this.nodeId,
      topics: names.map((name) => ({
        errorCode: this.topics.has(name) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        name,
        topicId: this.idOf(name),
        partitions: (this.topics.get(name) ?? []).map((_, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: this.leaderOf(name, partitionIndex),
          leaderEpoch: 0,
          replicaNodes: [],
          isrNodes: [],
        })),
      })),
    };
  }

  private idOf(name: string): string {
    return uuid(1 + [...this.topics.keys()].indexOf(name));
  }

  private nameOf(topic: string, topicId: string): string {
    if (topic !== "") return topic;
    return [...this.topics.keys()].find((name) => this.idOf(name) === topicId) ?? "";
  }

  private produce(
    { acks, topicData }: ProduceRequest,
    errorCode: number | undefined,
    done: (response: unknown) => void,
  ): void {
    const responses = topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index, records }) => ({
        index,
        logAppendTimeMs: -1,
        ...(errorCode === undefined
          ? this.append(this.nameOf(name, topicId), index, records!)
          : { errorCode, baseOffset: -1 }),
      })),
    }));
    for (const wake of [...this.parked]) wake();
    if (acks !== 0) done({ responses });
  }

  private append(topic: string, index: number, batch: Uint8Array) {
    const partition = this.topics.get(topic)?.[index];
    if (partition !== undefined) return partition.append(batch);
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, baseOffset: -1 };
  }

  private fetch(
    request: FetchRequest,
    errorCode: number | undefined,
    done: (response: unknown) => void,
  ): void {
    const { sessionId, sessionEpoch, topics, forgottenTopicsData, maxWaitMs } = request;
    if (sessionEpoch > 0 && !this.sessions.has(sessionId)) {
      return done({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] });
    }
    const id = sessionEpoch > 0 ? sessionId : sessionEpoch === 0 ? this.sessions.size + 1 : 0;
    const session = (sessionEpoch > 0 && this.sessions.get(sessionId)) || new Map();
    if (id > 0) this.sessions.set(id, session);
    for (const { topic, topicId, partitions } of forgottenTopicsData) {
      for (const index of partitions) session.delete(`${this.nameOf(topic, topicId)}-${index}`);
    }
    for (const { topic, topicId, partitions } of topics) {
      const name = this.nameOf(topic, topicId);
      for (const { partition, fetchOffset } of partitions) {
        session.set(`${name}-${partition}`, { topic: name, index: partition, offset: fetchOffset });
      }
    }
    const read = () =>
      [...session.values()]
        .map((position) => ({ ...position, ...this.read(position, errorCode) }))
        .filter((each) => each.records.length > 0 || each.errorCode !== ErrorCode.NONE);
    const finish = () => {
      if (!this.parked.delete(finish)) return;
      const responses = read().map(({ topic, index, records, errorCode: code }) => ({
        topic,
        topicId: this.idOf(topic),
        partitions: [
          {
            partitionIndex: index,
            errorCode: code,
            highWatermark: 0,
            abortedTransactions: null,
            records,
          },
        ],
      }));
      done({ errorCode: 0, sessionId: id, responses });
    };
    this.parked.add(finish);
    if (read().length > 0) finish();
    else this.after(maxWaitMs, finish);
  }

  private read(position: { topic: string; index: number; offset: number }, errorCode = 0) {
    const { batches, end } = this.partition(position.topic, position.index);
    const nothing = new Uint8Array(0);
    if (errorCode !== ErrorCode.NONE) return { errorCode, records: nothing };
    if (position.offset > end)
      return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, records: nothing };
    const first = batches.findIndex((batch) => b.lastOffsetOf(batch) >= position.offset);
    const records = first < 0 ? nothing : new Uint8Array(Buffer.concat(batches.slice(first)));
    return { errorCode: 0, records };
  }

  private listOffsets({ topics }: ListOffsetsRequest) {
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, timestamp }) => ({
          partitionIndex,
          errorCode: 0,
          timestamp: -1,
          offset: timestamp === -2n ? 0 : this.partition(name, partitionIndex).end,
        })),
      })),
    };
  }
}
