// A front door with puppets behind it and clients before it: the test plays partitions, the controller
// and the broker, and speaks Kafka's protocol to the door's sockets.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { frontDoorActor } from "../../../src/actors/front-door/front-door.ts";
import type { FrontDoorProtocol } from "../../../src/actors/front-door/messages.ts";
import { frontDoorRef } from "../../../src/actors/front-door/messages.ts";
import type { FetchReply, ProduceReply } from "../../../src/actors/partition/messages.ts";
import { success } from "../../../src/base/outcome.ts";
import { resolveBrokerSettings } from "../../../src/config/broker-config.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { apiOf } from "../../../src/protocol/api-keys.ts";
import { readResponseHeader, writeRequestHeader } from "../../../src/protocol/frame.ts";
import type { Draft, InferShape, Message, Shape } from "../../../src/protocol/schema.ts";
import { Reader, Writer } from "../../../src/protocol/wire.ts";
import type { Connection, ConnectionEvents, ListenerEvents } from "../../../src/runtime/ports.ts";
import type { Heard } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";

export const NODE_ID = 1;

/** Ids that tell tests which topic is meant: `topicId("a")`. */
export function topicId(name: string): string {
  return `${name.replaceAll(/[^a-zA-Z0-9]/g, "_")}AAAAAAAAAAAAAAAAAAAAAA`.slice(0, 21) + "A";
}

export function brokerRecord(brokerId: number): MetadataRecord {
  return {
    kind: "RegisterBrokerRecord",
    value: {
      brokerId,
      isMigratingZkBroker: false,
      incarnationId: topicId("incarnation"),
      brokerEpoch: 1,
      endPoints: [{ name: "PLAINTEXT", host: `host${brokerId}`, port: 9000, securityProtocol: 0 }],
      features: [],
      rack: null,
      fenced: false,
      inControlledShutdown: false,
      logDirs: [],
      cordonedLogDirs: null,
    },
  };
}

export function topicRecords(name: string, partitions: number, leader = NODE_ID): MetadataRecord[] {
  const id = topicId(name);
  return [
    { kind: "TopicRecord", value: { name, topicId: id } },
    ...Array.from({ length: partitions }, (_, partitionId): MetadataRecord => ({
      kind: "PartitionRecord",
      value: {
        partitionId,
        topicId: id,
        replicas: [leader],
        isr: [leader],
        removingReplicas: [],
        addingReplicas: [],
        leader,
        leaderRecoveryState: 0,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: [],
        eligibleLeaderReplicas: null,
        lastKnownElr: null,
      },
    })),
  ];
}

/** What a door wrote to one client, and what it did with the connection. */
export class TestClient {
  readonly remote: { host: string; port: number };
  events!: ConnectionEvents;
  received = new Uint8Array(0);
  chunks: Uint8Array[] = [];
  isPaused = false;
  ended: "end" | "destroy" | undefined;
  bufferedBytes = 0;
  private correlationId = 0;
  private readonly door: TestDoor;

  constructor(door: TestDoor, host: string) {
    this.door = door;
    this.remote = { host, port: 40_000 };
  }

  asConnection(): Connection {
    const close = (how: "end" | "destroy") => () => {
      this.ended = how;
      // As a real socket does: the end is heard after the call that asked for it.
      this.door.later.push(() => this.events.closed(success(null)));
    };
    return {
      remote: this.remote,
      local: { host: "127.0.0.1", port: 9092 },
      bufferedBytes: () => this.bufferedBytes,
      write: (chunks) => {
        this.chunks.push(...chunks);
        this.received = Buffer.concat([this.received, ...chunks]);
      },
      pause: () => {
        this.isPaused = true;
      },
      resume: () => {
        this.isPaused = false;
      },
      end: close("end"),
      destroy: close("destroy"),
    };
  }

  sendBytes(bytes: Uint8Array): void {
    this.events.bytes(bytes);
    this.door.settle();
  }

  /** Sends a request and answers its correlation id. */
  send<S extends Shape>(
    request: Message<S>,
    version: number,
    body: Draft<Message<S>>,
    clientId: string | null = "test",
  ): number {
    const correlationId = ++this.correlationId;
    this.sendBytes(frameOf(request, version, body, { correlationId, clientId }));
    return correlationId;
  }

  /** The client goes away. */
  close(): void {
    this.events.closed(success(null));
    this.door.settle();
  }

  /** Takes the next response; fails the test when there is none. */
  take<S extends Shape>(response: Message<S>, version: number): InferShape<S> {
    const { body } = this.takeAny(response, version);
    return body;
  }

  takeAny<S extends Shape>(
    response: Message<S>,
    version: number,
  ): { correlationId: number; body: InferShape<S> } {
    assert.ok(this.received.length >= 4, "no response has arrived");
    const length = new DataView(this.received.buffer, this.received.byteOffset).getInt32(0);
    assert.ok(this.received.length >= 4 + length, "half a response has arrived");
    const frame = this.received.slice(4, 4 + length);
    this.received = this.received.slice(4 + length);
    const reader = new Reader(frame);
    const correlationId = readResponseHeader(reader, response.apiKey, version);
    const body = response.at(version).decode(reader);
    assert.equal(reader.remaining(), 0, "bytes follow the response");
    return { correlationId, body };
  }

  get isSilent(): boolean {
    return this.received.length === 0;
  }
}

export function frameOf<S extends Shape>(
  request: Message<S>,
  version: number,
  body: Draft<Message<S>>,
  { correlationId = 1, clientId = "test" as string | null } = {},
): Uint8Array {
  const writer = new Writer();
  writer.int32(0);
  const { apiKey } = request;
  writeRequestHeader(writer, { apiKey, apiVersion: version, correlationId, clientId });
  request.at(version).encode(writer, body as never);
  writer.patchFirstInt32(writer.length - 4);
  return writer.finish().slice();
}

export type TestDoorOptions = {
  readonly properties?: Readonly<Record<string, string>>;
  readonly records?: readonly MetadataRecord[];
  readonly seed?: number;
};

export class TestDoor {
  readonly harness: ActorHarness;
  readonly later: (() => void)[] = [];
  private listener: ListenerEvents | undefined;
  private lastOffset = 10;
  isListening = false;
  /** It opened its port before it had an image. */
  readonly listenedUninformed: boolean;

  constructor({ properties = {}, records = [], seed = 1 }: TestDoorOptions = {}) {
    const resolved = resolveBrokerSettings({
      "advertised.listeners": "PLAINTEXT://broker.test:9092",
      ...properties,
    });
    assert.ok("settings" in resolved, JSON.stringify(resolved));
    const keys = records
      .filter((record) => record.kind === "PartitionRecord")
      .map(({ value }) => `${value.topicId}-${value.partitionId}`);
    this.harness = new ActorHarness({
      kinds: [frontDoorActor],
      puppets: [
        ["partition", ...keys],
        ["group-coordinator", ...keys],
        ["controller", "0"],
        ["broker", "0"],
      ],
      seed,
      sockets: {
        listen: (_options, events) => {
          this.listener = events;
          this.isListening = true;
          return {
            close: (done) => {
              this.isListening = false;
              done();
            },
          };
        },
        connect: () => assert.fail("a front door connects to nobody"),
      },
    });
    this.harness.spawn(frontDoorActor, "0", {
      nodeId: NODE_ID,
      clusterId: "test-cluster",
      config: resolved.settings,
    });
    const image = { records: [brokerRecord(NODE_ID), ...records], lastOffset: this.lastOffset };
    const opened = this.harness.ask(frontDoorRef(0), "open", {
      host: "127.0.0.1",
      port: 9092,
      shared: false,
    });
    this.listenedUninformed = this.isListening;
    this.harness.ask(frontDoorRef(0), "metadataReplaced", { image });
    this.listener!.listening({ host: "127.0.0.1", port: 9092 });
    assert.deepEqual(opened.value, { ok: true, port: 9092 });
  }

  connect(host = "10.0.0.1"): TestClient {
    const client = new TestClient(this, host);
    client.events = this.listener!.connection(client.asConnection());
    this.settle();
    return client;
  }

  /** Lets what sockets have to say be heard. */
  settle(): void {
    for (let next = this.later.shift(); next !== undefined; next = this.later.shift()) next();
    if (this.harness.ended !== undefined) assert.fail(this.harness.ended.detail);
  }

  change(...records: MetadataRecord[]): void {
    const delta = { records, lastOffset: ++this.lastOffset };
    this.harness.ask(frontDoorRef(0), "metadataChanged", { delta });
  }

  /** Unanswered calls of a name, oldest first. */
  asked(message: string): Heard[] {
    return this.harness.unanswered(message);
  }

  answer(message: string, value: unknown): void {
    this.harness.answer(message, value);
    this.settle();
  }

  advance(byMs: number): void {
    this.harness.advance(byMs);
    this.settle();
  }

  /** What a watched partition has to say. */
  readable(args: FrontDoorProtocol["partitionReadable"]["args"]): void {
    this.harness.tell(frontDoorRef(0), "partitionReadable", args);
    this.settle();
  }

  drain(withinMs: number) {
    return this.harness.ask(frontDoorRef(0), "drain", { withinMs });
  }

  get counters() {
    return this.harness.ask(frontDoorRef(0), "counters", {}).value;
  }

  /** Lines about clients that were shown the door. */
  get refusals(): string[] {
    return this.harness.logged
      .filter(({ event }) => event === "connection ended for what it sent")
      .map(({ fields }) => String(fields["reason"]));
  }

  /** At rest nothing is held for anybody. */
  assertAtRest(): void {
    const { admittedBytes, unsentBytes, requestsRunning, parkedFetches, fetchBytesGranted } =
      this.counters;
    assert.deepEqual(
      { admittedBytes, unsentBytes, requestsRunning, parkedFetches, fetchBytesGranted },
      {
        admittedBytes: 0,
        unsentBytes: 0,
        requestsRunning: 0,
        parkedFetches: 0,
        fetchBytesGranted: 0,
      },
    );
  }
}

export function produced(reply: Partial<ProduceReply> = {}): ProduceReply {
  return {
    errorCode: 0,
    baseOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
    ...reply,
  };
}

export function fetched(reply: Partial<FetchReply> = {}): FetchReply {
  const highWatermark = reply.highWatermark ?? 0;
  return {
    errorCode: 0,
    highWatermark,
    lastStableOffset: highWatermark,
    logStartOffset: 0,
    records: new Uint8Array(0),
    divergingEpoch: null,
    abortedTransactions: null,
    ...reply,
  };
}

/** Bytes that pass for one batch of magic 2: length and magic are right. */
export function batch(length = 70, attributes = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setInt32(8, length - 12);
  bytes[16] = 2;
  bytes[22] = attributes;
  return bytes;
}

export function apiMessages(apiKey: number) {
  const api = apiOf(apiKey);
  assert.ok(api !== undefined);
  return api;
}
