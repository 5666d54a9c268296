import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ZERO_UUID } from "../../../src/base/uuid.ts";
import { ProduceRequest, ProduceResponse } from "../../../src/protocol/messages/00-produce.ts";
import type { Draft } from "../../../src/protocol/schema.ts";
import { batch, produced, TestDoor, topicId, topicRecords } from "./test-door.ts";

type TopicData = Draft<typeof ProduceRequest>["topicData"][number];

function request(topicData: TopicData[], acks = -1): Draft<typeof ProduceRequest> {
  return { transactionalId: null, acks, timeoutMs: 5000, topicData };
}

function data(name: string, ...partitions: [index: number, records: Uint8Array | null][]) {
  return {
    name,
    partitionData: partitions.map(([index, records]) => ({ index, records })),
  };
}

function door(): TestDoor {
  return new TestDoor({ records: [...topicRecords("a", 2), ...topicRecords("b", 1)] });
}

/** Error codes by topic and partition. */
function errorsOf({ responses }: ReturnType<typeof take>): Record<string, number> {
  return Object.fromEntries(
    responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode }) => [`${name}-${index}`, errorCode]),
    ),
  );
}

function take(client: ReturnType<TestDoor["connect"]>, version = 9) {
  return client.take(ProduceResponse, version);
}

describe("produce", () => {
  test("each partition gets its batch as it came, and answers come in the request's shape", () => {
    const d = door();
    const client = d.connect();
    const first = batch(100);
    client.send(
      ProduceRequest,
      9,
      request([data("b", [0, first]), data("a", [1, batch()], [0, batch()])]),
    );
    const heard = d.asked("produce");
    assert.deepEqual(
      heard.map(({ who }) => who),
      [`partition ${topicId("b")}-0`, `partition ${topicId("a")}-1`, `partition ${topicId("a")}-0`],
    );
    assert.deepEqual(heard[0]!.args, { batch: first, acks: -1, produceVersion: 9 });
    assert.ok(client.isSilent);

    d.answer("produce", produced({ baseOffset: 7, logAppendTimeMs: 5, logStartOffset: 3 }));
    d.answer("produce", produced({ errorCode: 2 }));
    d.answer("produce", produced({ baseOffset: 9 }));
    const response = take(client);
    assert.deepEqual(errorsOf(response), { "b-0": 0, "a-1": 2, "a-0": 0 });
    const { baseOffset, logAppendTimeMs, logStartOffset } =
      response.responses[0]!.partitionResponses[0]!;
    assert.deepEqual([baseOffset, logAppendTimeMs, logStartOffset], [7, 5, 3]);
    d.assertAtRest();
  });

  test("every version from 3 to 13 is served", () => {
    for (let version = 3; version <= 13; version++) {
      const d = door();
      const client = d.connect();
      const topic =
        version < 13
          ? data("a", [0, batch()])
          : { ...data("", [0, batch()]), topicId: topicId("a") };
      client.send(ProduceRequest, version, request([topic]));
      d.answer(
        "produce",
        produced({
          errorCode: 87,
          recordErrors: [{ batchIndex: 2, message: "no key" }],
          errorMessage: "one bad record",
        }),
      );
      const [first] = take(client, version).responses;
      const partition = first!.partitionResponses[0]!;
      assert.equal(partition.errorCode, 87, `v${version}`);
      const told = version >= 8;
      assert.equal(partition.errorMessage, told ? "one bad record" : null);
      assert.deepEqual(
        partition.recordErrors,
        told ? [{ batchIndex: 2, batchIndexErrorMessage: "no key" }] : [],
      );
      if (version >= 13) assert.equal(first!.topicId, topicId("a"));
    }
  });

  test("unknown names, ids and partitions fail alone", () => {
    const d = door();
    const client = d.connect();
    client.send(
      ProduceRequest,
      9,
      request([data("nobody", [0, batch()]), data("a", [0, batch()], [9, batch()], [-1, batch()])]),
    );
    d.answer("produce", produced());
    assert.deepEqual(errorsOf(take(client)), { "nobody-0": 3, "a-0": 0, "a-9": 3, "a--1": 3 });

    const byId = { ...data("", [0, batch()]), topicId: topicId("gone") };
    client.send(ProduceRequest, 13, request([byId]));
    assert.equal(take(client, 13).responses[0]!.partitionResponses[0]!.errorCode, 100);
    client.send(ProduceRequest, 13, request([{ ...byId, topicId: ZERO_UUID }]));
    assert.equal(take(client, 13).responses[0]!.partitionResponses[0]!.errorCode, 100);
  });

  test("anything but exactly one batch of magic 2 is refused before a partition sees it", () => {
    const d = door();
    const client = d.connect();
    const old = batch();
    old[16] = 1;
    const lies = batch();
    new DataView(lies.buffer).setInt32(8, 5);
    const long = batch();
    new DataView(long.buffer).setInt32(8, 1000);
    const strange = batch();
    strange[16] = 3;
    const cases: [Uint8Array | null, number][] = [
      [null, 87],
      [new Uint8Array(0), 87],
      [new Uint8Array(11), 87],
      [new Uint8Array(16), 2],
      [old, 87],
      [lies, 2],
      [long, 87],
      [strange, 2],
      [Buffer.concat([batch(), batch()]), 87],
      [Buffer.concat([batch(), new Uint8Array(3)]), 87],
      [Buffer.concat([batch(), new Uint8Array(12)]), 2],
      [batch(70, 0x10), 53],
    ];
    for (const [records, errorCode] of cases) {
      client.send(ProduceRequest, 9, request([data("a", [0, records])]));
      assert.deepEqual(errorsOf(take(client)), { "a-0": errorCode });
    }
    assert.deepEqual(d.asked("produce"), []);
  });

  test("zstd is for version 7 and later", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 6, request([data("a", [0, batch(70, 4)])]));
    assert.deepEqual(errorsOf(take(client, 6)), { "a-0": 76 });
    client.send(ProduceRequest, 7, request([data("a", [0, batch(70, 4)])]));
    assert.equal(d.asked("produce").length, 1);
  });

  test("acks other than -1, 0 and 1 are refused for each partition", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, request([data("a", [0, batch()], [1, batch()])], 2));
    assert.deepEqual(errorsOf(take(client)), { "a-0": 21, "a-1": 21 });
  });

  test("internal topics are written by the admin client id alone", () => {
    const d = new TestDoor({ records: topicRecords("__consumer_offsets", 1) });
    const client = d.connect();
    const body = request([data("__consumer_offsets", [0, batch()])]);
    client.send(ProduceRequest, 9, body);
    assert.deepEqual(errorsOf(take(client)), { "__consumer_offsets-0": 17 });
    client.send(ProduceRequest, 9, body, "__admin_client");
    assert.equal(d.asked("produce").length, 1);
  });

  test("acks=0 gets no bytes; the next response is the next request's", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, request([data("a", [0, batch()])], 0));
    const correlationId = client.send(ProduceRequest, 9, request([data("a", [1, batch()])], 1));
    d.answer("produce", produced());
    assert.ok(client.isSilent);
    d.answer("produce", produced());
    assert.equal(client.takeAny(ProduceResponse, 9).correlationId, correlationId);
    assert.equal(client.ended, undefined);
    d.assertAtRest();
  });

  test("an error under acks=0 ends the connection", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, request([data("a", [0, batch()])], 0));
    d.answer("produce", produced({ errorCode: 10 }));
    assert.equal(client.ended, "end");
    assert.ok(client.isSilent);
    assert.match(d.refusals[0]!, /acks=0 to a-0 failed: error 10/);
  });

  test("a partition that does not answer in time is error 7, one that is not there error 6", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, request([data("a", [0, batch()])]));
    d.advance(4999);
    assert.ok(client.isSilent);
    d.advance(1);
    assert.deepEqual(errorsOf(take(client)), { "a-0": 7 });

    d.change(...topicRecords("late", 1));
    client.send(ProduceRequest, 10, request([data("late", [0, batch()])]));
    const response = take(client, 10);
    assert.deepEqual(errorsOf(response), { "late-0": 6 });
    assert.deepEqual(response.responses[0]!.partitionResponses[0]!.currentLeader, {
      leaderId: 1,
      leaderEpoch: 0,
    });
    assert.deepEqual(response.nodeEndpoints, [
      { nodeId: 1, host: "broker.test", port: 9092, rack: null },
    ]);
  });

  test("a transactional id is refused: nobody coordinates transactions", () => {
    const d = door();
    const client = d.connect();
    const body = { ...request([data("a", [0, batch()])]), transactionalId: "t" };
    client.send(ProduceRequest, 9, body);
    assert.deepEqual(errorsOf(take(client)), { "a-0": 53 });
  });

  test("a message longer than a string may be is cut, not a reason to fail", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, request([data("a", [0, batch()])]));
    d.answer("produce", produced({ errorCode: 87, errorMessage: "x".repeat(50_000) }));
    const [partition] = take(client).responses[0]!.partitionResponses;
    assert.equal(partition!.errorMessage!.length, 2003);
  });
});
