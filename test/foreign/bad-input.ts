// What a network may send that is no Kafka request, or a wrong one: each closes at most its own
// connection or gets Kafka's error code, the node stays up and serves the others, nothing is lost.
//
//   node test/foreign/bad-input.ts [--against gofka|kafka]

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Broker } from "../../bench/broker.ts";
import { load } from "../../bench/load.ts";
import type { Verified } from "../../bench/load.ts";
import { MetadataRequest } from "../../src/protocol/messages/03-metadata.ts";
import { badBatches } from "./bad-batches.ts";
import type { Checks } from "./harness.ts";
import { against, freshName, whichBroker } from "./harness.ts";
import { isHealthy, RawConnection } from "./raw-connection.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value));

/** A frame around a body, its length as it should be. */
function framed(body: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Uint8Array.from(Buffer.concat([length, body]));
}

type WireCase = {
  readonly name: string;
  readonly send: Uint8Array;
  readonly hears: "closed" | "answer" | "either";
};

/** A Metadata request, version 1, up to its array of topics. */
const metadataHead = "000300010000000500027261";

const wireCases: readonly WireCase[] = [
  { name: "a frame of 2 GiB", send: bytes("7fffffff00120000"), hears: "closed" },
  { name: "a frame just above the limit", send: bytes("0640000100120000"), hears: "closed" },
  { name: "a frame of length -1", send: bytes("ffffffff"), hears: "closed" },
  { name: "a frame of length -2^31", send: bytes("80000000"), hears: "closed" },
  { name: "a frame of length 0", send: bytes("00000000"), hears: "closed" },
  { name: "a frame of length 3", send: bytes("00000003001200"), hears: "closed" },
  { name: "a header cut short", send: framed(bytes("0012000000")), hears: "closed" },
  { name: "garbage", send: Uint8Array.from(randomBytes(4_096)).fill(0xfe, 0, 1), hears: "closed" },
  {
    name: "HTTP",
    send: text("GET / HTTP/1.1\r\nHost: localhost:9092\r\nAccept: */*\r\n\r\n"),
    hears: "closed",
  },
  {
    name: "a TLS hello",
    send: Uint8Array.from(Buffer.concat([bytes("1603010200010001fc0303"), randomBytes(508)])),
    hears: "closed",
  },
  { name: "an unknown API", send: framed(bytes("03e700000000000100027261")), hears: "closed" },
  { name: "API -1", send: framed(bytes("ffff00000000000100027261")), hears: "closed" },
  {
    name: "an unknown version",
    send: framed(bytes("000303e70000000100027261")),
    hears: "closed",
  },
  {
    name: "an unknown version of ApiVersions",
    send: framed(bytes("001203e7000000010002726100")),
    hears: "answer",
  },
  {
    name: "a client id longer than the frame",
    send: framed(bytes("0003000100000005750072")),
    hears: "closed",
  },
  { name: "a body cut short", send: framed(bytes(`${metadataHead}0000`)), hears: "closed" },
  {
    name: "an array of 2^31-1",
    send: framed(bytes(`${metadataHead}7fffffff`)),
    hears: "closed",
  },
  {
    // Kafka takes every negative length for null.
    name: "an array of -2",
    send: framed(bytes(`${metadataHead}fffffffe`)),
    hears: "either",
  },
  {
    name: "a string of length -7",
    send: framed(bytes(`${metadataHead}00000001fff9`)),
    hears: "closed",
  },
  {
    name: "a varint without an end",
    send: framed(bytes("000300090000000500027261ffffffffffffffffffff")),
    hears: "closed",
  },
  {
    name: "a compact array of 2^32-1",
    send: framed(bytes("00030009000000050002726100ffffffff0f")),
    hears: "closed",
  },
];

async function wire(checks: Checks, bootstrap: string): Promise<void> {
  const healthy = await RawConnection.open(bootstrap);
  for (const { name, send, hears } of wireCases) {
    await checks.check(name, async () => {
      const connection = await RawConnection.open(bootstrap);
      connection.send(send);
      const heard = await connection.hear();
      connection.end();
      const kind = typeof heard === "string" ? heard : "answer";
      if (hears === "either") assert.notEqual(kind, "silence");
      else assert.equal(kind, hears);
      await isHealthy(healthy);
    });
  }
  await checks.check("bytes one by one", async () => {
    const connection = await RawConnection.open(bootstrap);
    const frame = connection.frameOf(MetadataRequest, 9, { topics: [] });
    for (const byte of frame) {
      connection.send(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(typeof (await connection.hear()), "object");
    connection.end();
  });
  await checks.check("a thousand requests in one go are answered in order", async () => {
    const connection = await RawConnection.open(bootstrap);
    const frames = Array.from({ length: 1_000 }, () =>
      connection.frameOf(MetadataRequest, 9, { topics: [] }),
    );
    connection.send(Uint8Array.from(Buffer.concat(frames)));
    for (let number = 1; number <= frames.length; number++) {
      const heard = await connection.hear();
      assert.ok(typeof heard !== "string", `${String(heard)} after ${number - 1} answers`);
      assert.equal(Buffer.from(heard).readInt32BE(0), number);
    }
    connection.end();
  });
  healthy.end();
}

/** Half a frame, then nothing: the connection goes with the idle ones, and nobody else suffers. */
async function silence(checks: Checks, bootstrap: string): Promise<void> {
  await checks.check("half a frame, then silence", async () => {
    const connection = await RawConnection.open(bootstrap);
    connection.send(bytes("000003e800000009"));
    const other = await RawConnection.open(bootstrap);
    await isHealthy(other);
    assert.equal(await connection.hear(15_000), "closed");
    other.end();
  });
}

async function idleConnections(
  checks: Checks,
  bootstrap: string,
  broker: Broker | undefined,
): Promise<void> {
  await checks.check("5,000 idle connections", async () => {
    const before = broker?.usage().residentMiB ?? 0;
    const idle: RawConnection[] = [];
    for (let batch = 0; batch < 50; batch++) {
      const opening = Array.from({ length: 100 }, () => RawConnection.open(bootstrap));
      idle.push(...(await Promise.all(opening)));
    }
    const other = await RawConnection.open(bootstrap);
    const startedMs = performance.now();
    for (let question = 0; question < 100; question++) await isHealthy(other);
    const answerMs = (performance.now() - startedMs) / 100;
    const after = broker?.usage().residentMiB ?? 0;
    for (const connection of idle) connection.end();
    other.end();
    assert.ok(answerMs < 50, `an answer took ${answerMs} ms`);
    assert.ok(after - before < 250, `memory grew by ${after - before} MiB`);
    return `${answerMs.toFixed(1)} ms an answer, ${(after - before).toFixed(0)} MiB more`;
  });
}

const settings = { "connections.max.idle.ms": "4000" };
const limits = whichBroker() === "gofka" ? settings : { ...settings, "num.network.threads": "2" };

await against(
  async (checks, bootstrap, broker) => {
    const topic = freshName("kept");
    await load("create", bootstrap, { topic });
    const verified = await load<Verified>("verify", bootstrap, { topic, records: 20_000 });
    assert.equal(verified.missing, 0);

    await wire(checks, bootstrap);
    await badBatches(checks, bootstrap);
    await silence(checks, bootstrap);
    await idleConnections(checks, bootstrap, broker);

    await checks.check("what was there before is there still", async () => {
      const consumed = await load("consume", bootstrap, { topic });
      assert.equal(consumed.records, 20_000);
    });
  },
  { settings: limits },
);
