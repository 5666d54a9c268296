import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { handlers } from "../../../src/actors/front-door/handlers/index.ts";
import { Prng } from "../../../src/base/prng.ts";
import { writeRequestHeader } from "../../../src/protocol/frame.ts";
import type { AnyField, Shape, Spec } from "../../../src/protocol/schema.ts";
import { Writer } from "../../../src/protocol/wire.ts";
import { apiMessages, batch, TestDoor, topicId, topicRecords } from "./test-door.ts";

const FRAMES = Number(process.env["FRAMES"] ?? 10_000);

// ------------------------------------------------ a request of any API and version, all fields drawn

function drawField(prng: Prng, spec: Spec, version: number): unknown {
  if (spec.nullableSince <= version && prng.chance(0.1)) return null;
  switch (spec.wire) {
    case "boolean":
      return prng.chance(0.5);
    case "int8":
      return prng.pick([0, 1, 2, 4, -1]);
    case "int16":
    case "int32":
    case "uint16":
    case "uint32":
      return prng.pick([0, 1, 1, 2, 100, 30_000]);
    case "int64":
      return spec.exact ? BigInt(prng.below(1000)) : prng.pick([0, 5, -1, -2, 1e12]);
    case "float64":
      return prng.float();
    case "uuid":
      return prng.pick([topicId("a"), topicId("b"), topicId("gone")]);
    case "string":
      return prng.pick(["a", "b", "gone", "", "x".repeat(300), "retention.ms", "1", "ü"]);
    case "bytes":
      return prng.pick([batch(), batch(200), new Uint8Array(0), prng.bytes(50)]);
    case "struct":
      return drawShape(prng, spec.element as Shape, version);
    case "array":
      return Array.from({ length: prng.pick([0, 1, 1, 2, 5]) }, () => {
        const element = spec.element as Shape | AnyField;
        return isField(element)
          ? drawField(prng, element.spec, version)
          : drawShape(prng, element, version);
      });
  }
}

function isField(element: Shape | AnyField): element is AnyField {
  return typeof (element as AnyField).from === "function";
}

function drawShape(prng: Prng, shape: Shape, version: number): Record<string, unknown> {
  const drawn: Record<string, unknown> = {};
  for (const [name, { spec }] of Object.entries(shape)) {
    if (version < spec.since || version > spec.last) continue;
    drawn[name] = drawField(prng, spec, version);
  }
  return drawn;
}

function drawFrame(prng: Prng): Uint8Array {
  const { apiKey, versions } = prng.pick(handlers);
  const version = prng.between(versions[0], versions[1]);
  const { request } = apiMessages(apiKey);
  const writer = new Writer();
  writer.int32(0);
  const clientId = prng.pick(["c", null, ""]);
  writeRequestHeader(writer, {
    apiKey,
    apiVersion: version,
    correlationId: prng.below(1e9),
    clientId,
  });
  request.at(version).encode(writer, drawShape(prng, request.shape, version) as never);
  writer.patchFirstInt32(writer.length - 4);
  return writer.finish().slice();
}

/** Keeps the length right more often than not, so that the damage reaches the decoders. */
function mutate(prng: Prng, frame: Uint8Array): Uint8Array {
  let bytes = frame.slice();
  for (let times = prng.below(4); times > 0; times--) {
    const at = 4 + prng.below(Math.max(1, bytes.length - 4));
    switch (prng.below(4)) {
      case 0:
        bytes[at] = prng.below(256);
        break;
      case 1:
        bytes.set(
          prng
            .pick([
              [0xff, 0xff, 0xff, 0xff],
              [0x7f, 0xff, 0xff, 0xff],
              [0, 0, 0, 0],
            ])
            .slice(0, bytes.length - at),
          at,
        );
        break;
      case 2:
        bytes = bytes.slice(0, Math.max(4, at));
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          prng.bytes(prng.below(9)),
          bytes.subarray(at),
        ]);
    }
  }
  if (prng.chance(0.97)) new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, bytes.length - 4);
  return bytes;
}

describe("mutated frames", () => {
  test(`${FRAMES} of them close at most their own connection`, (context) => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    context.diagnostic(`seed ${seed} (repeat with SEED=${seed})`);
    const prng = new Prng(seed, "mutated frames");
    const d = new TestDoor({
      records: [...topicRecords("a", 2), ...topicRecords("b", 1)],
      properties: {
        "auto.create.topics.enable": "true",
        "queued.max.request.bytes": "50000",
        "socket.request.max.bytes": "50000",
        "connections.max.idle.ms": "2000000000",
      },
      seed,
    });
    const bystander = d.connect();
    let clients = [d.connect(), d.connect(), d.connect()];
    for (let sent = 0; sent < FRAMES; sent++) {
      clients = clients.map((client) => (client.ended === undefined ? client : d.connect()));
      const bytes = mutate(prng, drawFrame(prng));
      const to = prng.pick(clients);
      const at = prng.below(bytes.length);
      to.sendBytes(bytes.slice(0, at));
      if (to.ended === undefined) to.sendBytes(bytes.slice(at));
      if (prng.chance(0.3)) answerSomething(d, prng);
      if (prng.chance(0.02)) d.advance(prng.below(20_000));
      if (prng.chance(0.02) && to.ended === undefined) {
        to.ended = "destroy";
        to.close();
      }
      // What came back is not looked at; it must not pile up either.
      for (const client of clients) {
        client.received = new Uint8Array(0);
        client.chunks = [];
      }
    }
    assert.equal(bystander.ended, undefined);
    // Everything that is still waited for ends with its deadline.
    for (const client of clients) {
      if (client.ended === undefined) client.close();
    }
    d.harness.heard.length = 0;
    d.advance(2 ** 31);
    d.assertAtRest();
    const { fetchWatches, admissionsWaiting } = d.counters;
    assert.deepEqual(
      { fetchWatches, admissionsWaiting },
      { fetchWatches: 0, admissionsWaiting: 0 },
    );
    const written = d.refusals.filter((line) => /cannot be written/.test(line));
    assert.deepEqual(written, []);
  });
});

/** The puppets leave most questions to their deadlines; this keeps the list short. */
function answerSomething(d: TestDoor, prng: Prng): void {
  const errorCode = prng.pick([0, 0, 3, 6]);
  for (const call of d.harness.heard.splice(0)) {
    const { replyTo } = call;
    if (replyTo === undefined || prng.chance(0.2)) continue;
    const value = plausible(call.message, errorCode);
    if (value !== undefined) d.harness.act((out) => out.reply(replyTo, value));
  }
  d.settle();
}

function plausible(message: string, errorCode: number): unknown {
  switch (message) {
    case "produce":
      return {
        errorCode,
        baseOffset: 1,
        logAppendTimeMs: -1,
        logStartOffset: 0,
        recordErrors: [],
        errorMessage: null,
      };
    case "fetch":
      return {
        errorCode,
        highWatermark: 5,
        lastStableOffset: 5,
        logStartOffset: 0,
        records: new Uint8Array(0),
        divergingEpoch: null,
        abortedTransactions: null,
      };
    case "listOffset":
      return { errorCode, timestamp: -1, offset: 1, leaderEpoch: 0 };
    case "offsetForLeaderEpoch":
      return { errorCode, leaderEpoch: 0, endOffset: 1 };
    case "deleteRecords":
      return { errorCode, lowWatermark: 1 };
    case "describeProducers":
      return { errorCode, producers: [] };
    case "describeLog":
      return { errorCode, logDirectory: "/d", sizeBytes: 1, offsetLag: 0 };
    case "describeLogDirectories":
      return { directories: [{ path: "/d", failed: false, totalBytes: 1, freeBytes: 1 }] };
    case "allocateProducerIds":
      return { errorCode: 0, firstProducerId: 1, count: 10 };
    default:
      return undefined;
  }
}
