import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ProduceRequest } from "../../../src/protocol/messages/00-produce.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/01-fetch.ts";
import { asked, door, fetchRequest, told } from "./fetch-steps.ts";
import { batch, fetched, TestDoor, topicId, topicRecords } from "./test-door.ts";

describe("fetch", () => {
  test("all versions are served: what there is comes back as it is", () => {
    for (let version = 4; version <= 18; version++) {
      const d = door();
      const client = d.connect();
      const records = batch(5000);
      const body = fetchRequest("a", [[0, 10]]);
      const named =
        version < 13 ? body : { ...body, topics: [{ ...body.topics[0]!, topicId: topicId("a") }] };
      client.send(FetchRequest, version, named);
      d.answer("fetch", fetched({ highWatermark: 12, logStartOffset: 3, records }));
      const response = client.take(FetchResponse, version);
      const partition = response.responses[0]!.partitions[0]!;
      assert.deepEqual([...partition.records!], [...records], `v${version}`);
      assert.equal(partition.highWatermark, 12);
      assert.equal(partition.preferredReadReplica, -1);
      d.assertAtRest();
    }
  });

  test("records leave by reference, between the pieces of the response", () => {
    const d = door();
    const client = d.connect();
    const [first, second] = [batch(5000), batch(6000)];
    client.send(
      FetchRequest,
      12,
      fetchRequest("a", [
        [0, 0, 9000],
        [1, 0, 9000],
      ]),
    );
    d.answer("fetch", fetched({ highWatermark: 5, records: first }));
    d.answer("fetch", fetched({ highWatermark: 5, records: second }));
    assert.ok(client.chunks.includes(first));
    assert.ok(client.chunks.includes(second));
    assert.deepEqual(told(client), ["0: 0 5 5000", "1: 0 5 6000"]);
  });

  test("isolation and epochs are passed on; aborted transactions come back", () => {
    const d = door();
    const client = d.connect();
    const body = fetchRequest("a", [[0, 7]], { isolationLevel: 1 });
    const partition = {
      ...body.topics[0]!.partitions[0]!,
      currentLeaderEpoch: 3,
      lastFetchedEpoch: 2,
    };
    client.send(FetchRequest, 12, { ...body, topics: [{ topic: "a", partitions: [partition] }] });
    assert.deepEqual(d.asked("fetch")[0]!.args, {
      fetchOffset: 7,
      maxBytes: 1000,
      wholeFirstBatch: true,
      currentLeaderEpoch: 3,
      lastFetchedEpoch: 2,
      readCommitted: true,
    });
    const abortedTransactions = [{ producerId: 5, firstOffset: 6 }];
    d.answer("fetch", fetched({ highWatermark: 9, records: batch(), abortedTransactions }));
    const response = client.take(FetchResponse, 12).responses[0]!.partitions[0]!;
    assert.deepEqual(response.abortedTransactions, abortedTransactions);
  });

  test("errors come at once, with empty records and a high watermark of -1", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest("a", [
        [0, 50],
        [1, 0],
        [9, 0],
      ]),
    );
    d.answer("fetch", fetched({ errorCode: 1, highWatermark: -1, logStartOffset: -1 }));
    d.answer("fetch", fetched({ highWatermark: 0 }));
    assert.deepEqual(told(client), ["0: 1 -1 0", "1: 0 0 0", "9: 3 -1 0"]);
  });

  test("a diverging epoch comes at once", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]]));
    d.answer("fetch", fetched({ divergingEpoch: { epoch: 1, endOffset: 3 } }));
    const partition = client.take(FetchResponse, 12).responses[0]!.partitions[0]!;
    assert.deepEqual(partition.divergingEpoch, { epoch: 1, endOffset: 3 });
  });

  test("a storage error is told to old clients in words they know", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 5, fetchRequest("a", [[0, 5]]));
    d.answer("fetch", fetched({ errorCode: 56, highWatermark: -1 }));
    assert.deepEqual(told(client, 5), ["0: 6 -1 0"]);
  });

  test("a partition that is not there is error 6 with a hint from version 16", () => {
    const d = door(1);
    d.change(...topicRecords("late", 1));
    const client = d.connect();
    const body = fetchRequest("late", [[0, 0]]);
    const topics = [{ ...body.topics[0]!, topicId: topicId("late") }];
    client.send(FetchRequest, 16, { ...body, topics });
    const response = client.take(FetchResponse, 16);
    assert.equal(response.responses[0]!.partitions[0]!.errorCode, 6);
    assert.deepEqual(response.responses[0]!.partitions[0]!.currentLeader, {
      leaderId: 1,
      leaderEpoch: 0,
    });
    assert.equal(response.nodeEndpoints[0]!.host, "broker.test");
  });

  test("who says it is a replica is told that it is none", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, { ...fetchRequest("a", [[0, 0]]), replicaId: 2 });
    assert.deepEqual(told(client), ["0: 6 -1 0"]);
    const body = fetchRequest("a", [[0, 0]]);
    const topics = [{ ...body.topics[0]!, topicId: topicId("a") }];
    client.send(FetchRequest, 16, { ...body, topics, replicaState: { replicaId: 2 } });
    const { nodeEndpoints } = client.take(FetchResponse, 16);
    assert.deepEqual(nodeEndpoints, [], "it knows the others' addresses");
  });
});

describe("fetch within limits", () => {
  test("partitions are asked together as far as the bytes allow, then the next ones", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest(
        "a",
        [
          [0, 0],
          [1, 0],
          [2, 0],
          [3, 0],
        ],
        { maxBytes: 2500 },
      ),
    );
    assert.deepEqual(asked(d), ["0@0 1000 whole", "1@0 1000"]);
    d.answer("fetch", fetched({ highWatermark: 1, records: batch(900) }));
    d.answer("fetch", fetched());
    assert.deepEqual(asked(d), ["2@0 1000"]);
    d.answer("fetch", fetched({ highWatermark: 1, records: batch(1000) }));
    assert.deepEqual(asked(d), ["3@0 600"]);
    d.answer("fetch", fetched({ highWatermark: 1 }));
    assert.deepEqual(told(client), ["0: 0 1 900", "1: 0 0 0", "2: 0 1 1000", "3: 0 1 0"]);
  });

  test("the first partition with anything gives its first batch whole, whatever the limits", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest(
        "a",
        [
          [0, 0],
          [1, 0],
          [2, 0],
        ],
        { maxBytes: 4000 },
      ),
    );
    assert.deepEqual(asked(d), ["0@0 1000 whole", "1@0 1000", "2@0 1000"]);
    d.answer("fetch", fetched());
    // There is something, but its first batch is larger than the limit.
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.answer("fetch", fetched({ highWatermark: 5, records: batch(900) }));
    assert.deepEqual(asked(d), ["1@0 1000 whole"]);
    d.answer("fetch", fetched({ highWatermark: 5, records: batch(3500) }));
    // The third has read within its limit, but there is no room left for it.
    assert.deepEqual(told(client), ["0: 0 0 0", "1: 0 5 3500", "2: 0 5 0"]);
  });

  test("fetch.max.bytes bounds what the request allows", () => {
    const d = new TestDoor({
      records: topicRecords("a", 1),
      properties: { "fetch.max.bytes": "2048" },
    });
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 0, 5000]]));
    assert.deepEqual(asked(d), ["0@0 2048 whole"]);
  });

  test("one fetch of a connection at a time; other requests pass it", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 0]]));
    client.send(ProduceRequest, 9, {
      transactionalId: null,
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: "a", partitionData: [{ index: 0, records: batch() }] }],
    });
    client.send(FetchRequest, 12, fetchRequest("a", [[1, 0]]));
    assert.equal(d.asked("produce").length, 1);
    assert.deepEqual(asked(d), ["0@0 1000 whole"]);
    d.answer("fetch", fetched({ highWatermark: 1, records: batch() }));
    assert.deepEqual(asked(d), ["1@0 1000 whole"]);
  });
});
