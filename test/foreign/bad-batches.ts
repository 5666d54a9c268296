// Produce requests whose records are wrong, each with the error that real Kafka 4.3.1 answers. The
// partition must be left as it was.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { crc32 } from "node:zlib";
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from "../../src/protocol/messages/19-create-topics.ts";
import {
  ListOffsetsRequest,
  ListOffsetsResponse,
} from "../../src/protocol/messages/02-list-offsets.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/00-produce.ts";
import type { ErrorCode as Code } from "../../src/protocol/error-codes.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  attributesAt,
  batchLengthAt,
  buildBatch,
  crcAt,
  lastOffsetDeltaAt,
  magicAt,
  recordCountAt,
  recordsAt,
  stampCrc,
  writeInt16,
  writeInt32,
} from "../../src/protocol/record-batch.ts";
import type { Checks } from "./harness.ts";
import { freshName } from "./harness.ts";
import { RawConnection } from "./raw-connection.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

type Options = Parameters<typeof buildBatch>[1];

function goodBatch(options: Options = {}): Uint8Array<ArrayBuffer> {
  const values = ["one", "two", "three"].map((value) => ({
    value: text(value),
    timestampMs: 1e12,
  }));
  return buildBatch(values, options);
}

/** A good batch, changed; with `fresh`, its checksum is made right again. */
function changed(
  change: (batch: Uint8Array<ArrayBuffer>) => void,
  fresh: "fresh" | "stale",
  options: Options = {},
): Uint8Array {
  const batch = goodBatch(options);
  change(batch);
  if (fresh === "fresh") stampCrc(batch);
  return batch;
}

/** A message set of magic 0 or 1 with one message. */
function oldMessages(magic: 0 | 1): Uint8Array {
  const body = Buffer.alloc(magic === 0 ? 14 : 22);
  body.writeInt8(magic, 4);
  const at = magic === 0 ? 6 : 14;
  if (magic === 1) body.writeBigInt64BE(1_000_000_000_000n, 6);
  body.writeInt32BE(-1, at);
  body.writeInt32BE(3, at + 4);
  const message = Buffer.concat([body.subarray(0, at + 8), text("abc")]);
  message.writeUInt32BE(crc32(message.subarray(4)), 0);
  const head = Buffer.alloc(12);
  head.writeInt32BE(message.length, 8);
  return Uint8Array.from(Buffer.concat([head, message]));
}

type BatchCase = {
  readonly name: string;
  readonly records: Uint8Array;
  /** Kafka's; then what is better and just as safe. */
  readonly errors: readonly Code[];
};

const cases: readonly BatchCase[] = [
  {
    name: "a wrong checksum",
    records: changed((batch) => writeInt32(batch, crcAt, 12_345), "stale"),
    errors: [ErrorCode.CORRUPT_MESSAGE],
  },
  {
    name: "one bit of a record flipped",
    records: changed((batch) => (batch[recordsAt + 8]! ^= 1), "stale"),
    errors: [ErrorCode.CORRUPT_MESSAGE],
  },
  { name: "magic 0", records: oldMessages(0), errors: [ErrorCode.INVALID_RECORD] },
  { name: "magic 1", records: oldMessages(1), errors: [ErrorCode.INVALID_RECORD] },
  {
    name: "magic 3",
    records: changed((batch) => (batch[magicAt] = 3), "fresh"),
    errors: [ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD],
  },
  {
    name: "a count that lies, too many",
    records: changed((batch) => writeInt32(batch, recordCountAt, 4), "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a count that lies, too few",
    records: changed((batch) => writeInt32(batch, recordCountAt, 2), "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a count and a last offset that lie alike",
    records: changed((batch) => {
      writeInt32(batch, recordCountAt, 5);
      writeInt32(batch, lastOffsetDeltaAt, 4);
    }, "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "2^31-1 records",
    records: changed((batch) => {
      writeInt32(batch, recordCountAt, 0x7fffffff);
      writeInt32(batch, lastOffsetDeltaAt, 0x7ffffffe);
    }, "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a negative count",
    records: changed((batch) => writeInt32(batch, recordCountAt, -1), "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a record longer than its batch",
    records: changed((batch) => (batch[recordsAt] = 0x7e), "fresh"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a batch longer than the records field",
    records: changed((batch) => writeInt32(batch, batchLengthAt, 5_000), "stale"),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a batch of length 3",
    records: changed((batch) => writeInt32(batch, batchLengthAt, 3), "stale"),
    errors: [ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD],
  },
  {
    name: "bytes that are no gzip",
    records: changed((batch) => writeInt16(batch, attributesAt, 1), "fresh"),
    errors: [ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD],
  },
  {
    name: "an unknown codec",
    records: changed((batch) => writeInt16(batch, attributesAt, 6), "fresh"),
    errors: [ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE],
  },
  {
    name: "a control batch of a client",
    records: goodBatch({ control: true }),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "two batches in one request",
    records: Uint8Array.from(Buffer.concat([goodBatch(), goodBatch()])),
    errors: [ErrorCode.INVALID_RECORD],
  },
  {
    name: "a batch and half of another",
    records: Uint8Array.from(Buffer.concat([goodBatch(), goodBatch().subarray(0, 30)])),
    errors: [ErrorCode.NONE, ErrorCode.INVALID_RECORD],
  },
  { name: "no bytes at all", records: new Uint8Array(0), errors: [ErrorCode.INVALID_RECORD] },
  { name: "seven bytes", records: new Uint8Array(7), errors: [ErrorCode.INVALID_RECORD] },
  {
    name: "a batch above max.message.bytes",
    records: buildBatch([{ value: new Uint8Array(70_000), timestampMs: 1e12 }]),
    errors: [ErrorCode.MESSAGE_TOO_LARGE],
  },
];

type PartitionAnswer = { readonly errorCode: Code; readonly baseOffset: number };

async function produce(
  connection: RawConnection,
  topic: string,
  records: Uint8Array,
): Promise<PartitionAnswer> {
  const partitionData = [{ index: 0, records }];
  const body = { acks: -1, timeoutMs: 5_000, topicData: [{ name: topic, partitionData }] };
  const pair = { request: ProduceRequest, response: ProduceResponse };
  const answer = await connection.ask(pair, 9, body);
  return answer.responses[0]!.partitionResponses[0]! as PartitionAnswer;
}

async function endOf(connection: RawConnection, topic: string): Promise<number> {
  const pair = { request: ListOffsetsRequest, response: ListOffsetsResponse };
  const partitions = [{ partitionIndex: 0, timestamp: -1n, currentLeaderEpoch: -1 }];
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions }] };
  return (await connection.ask(pair, 7, body)).topics[0]!.partitions[0]!.offset;
}

const nameOf = (code: number): string =>
  Object.entries(ErrorCode).find(([, each]) => each === code)?.[0] ?? String(code);

export async function badBatches(checks: Checks, bootstrap: string): Promise<void> {
  const topic = freshName("bad-batches");
  const first = await RawConnection.open(bootstrap);
  const configs = [{ name: "max.message.bytes", value: "65536" }];
  const topics = [
    { name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs },
  ];
  const pair = { request: CreateTopicsRequest, response: CreateTopicsResponse };
  await first.ask(pair, 5, { topics, timeoutMs: 10_000, validateOnly: false });
  // A new topic may take a moment to be led.
  while ((await endOf(first, topic)) < 0) await sleep(20);
  for (const { name, records, errors } of cases) {
    const end = await endOf(first, topic);
    await checks.check(`produce: ${name}`, async () => {
      const connection = await RawConnection.open(bootstrap);
      const answer = await produce(connection, topic, records);
      connection.end();
      assert.ok(errors.includes(answer.errorCode), `answered ${nameOf(answer.errorCode)}`);
      const taken = answer.errorCode === ErrorCode.NONE ? 3 : 0;
      assert.equal(await endOf(first, topic), end + taken, "the end of the log");
      // What comes after must find the partition as it was.
      const good = await produce(first, topic, goodBatch());
      assert.equal(nameOf(good.errorCode), "NONE");
      assert.equal(good.baseOffset, end + taken);
      return nameOf(answer.errorCode);
    });
  }
  first.end();
}
