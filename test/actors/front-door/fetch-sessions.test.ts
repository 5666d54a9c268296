import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/01-fetch.ts";
import type { Wanted } from "./fetch-steps.ts";
import { asked, door, fetchRequest, readable, told, watches } from "./fetch-steps.ts";
import type { TestClient, TestDoor } from "./test-door.ts";
import { batch, fetched, topicId, topicRecords } from "./test-door.ts";

const VERSION = 12;

function send(
  client: TestClient,
  [sessionId, sessionEpoch]: [number, number],
  wanted: Wanted[],
  forgotten: number[] = [],
): void {
  client.send(FetchRequest, VERSION, {
    ...fetchRequest("a", wanted, { sessionId, sessionEpoch }),
    forgottenTopicsData: forgotten.length === 0 ? [] : [{ topic: "a", partitions: forgotten }],
  });
}

/** Opens a session over the partitions, all of them empty at offset 5; its id. */
function openSession(d: TestDoor, client: TestClient, indexes: number[]): number {
  send(
    client,
    [0, 0],
    indexes.map((index) => [index, 5]),
  );
  for (const _ of indexes) d.answer("fetch", fetched({ highWatermark: 5 }));
  d.advance(500);
  const { sessionId } = client.take(FetchResponse, VERSION);
  assert.ok(sessionId > 0);
  d.harness.take();
  return sessionId;
}

function refusal(client: TestClient): { errorCode: number; sessionId: number } {
  const { errorCode, sessionId, responses } = client.take(FetchResponse, VERSION);
  assert.deepEqual(responses, []);
  return { errorCode, sessionId };
}

describe("fetch sessions", () => {
  test("a full fetch tells of every partition and founds a session; -1 founds none", () => {
    const d = door();
    const client = d.connect();
    send(
      client,
      [0, 0],
      [
        [0, 5],
        [1, 5],
      ],
    );
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    const { sessionId, responses } = client.take(FetchResponse, VERSION);
    assert.ok(sessionId > 0);
    assert.equal(responses[0]!.partitions.length, 2);
    assert.equal(d.counters.fetchSessions, 1);

    send(client, [0, -1], [[0, 5]]);
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    assert.equal(client.take(FetchResponse, VERSION).sessionId, 0);
    assert.equal(d.counters.fetchSessions, 1);
  });

  test("an incremental fetch tells only what is new", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0, 1, 2]);
    send(client, [id, 1], [[1, 6]]);
    assert.deepEqual(asked(d), ["1@6 1000 whole"], "the others stand under a watch");
    d.answer("fetch", fetched({ highWatermark: 8, records: batch() }));
    assert.deepEqual(told(client), ["1: 0 8 70"]);

    // A high watermark that moved is news too, a log start as well.
    send(client, [id, 2], [[1, 9]]);
    d.answer("fetch", fetched({ highWatermark: 9, logStartOffset: 0 }));
    const watchId = watches(d).at(-1)!.args["watchId"];
    d.advance(500);
    assert.deepEqual(told(client), ["1: 0 9 0"]);
    readable(d, watchId, 1, 10, 70);
    send(client, [id, 3], []);
    d.answer("fetch", fetched({ highWatermark: 9, logStartOffset: 4 }));
    d.advance(500);
    assert.deepEqual(told(client), ["1: 0 9 0"]);
  });

  test("a client at the end of its partitions costs no question and no watch per fetch", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0, 1, 2, 3]);
    for (let epoch = 1; epoch <= 5; epoch++) {
      send(client, [id, epoch], []);
      assert.ok(client.isSilent, "it waits over the partitions of the session");
      d.advance(500);
      assert.deepEqual(told(client), []);
    }
    assert.deepEqual(d.harness.take(), []);
  });

  test("a record at the end wakes the fetch, and the next one parks again by itself", () => {
    const d = door();
    const client = d.connect();
    send(client, [0, 0], [[0, 5]]);
    d.answer("fetch", fetched({ highWatermark: 5 }));
    const watchId = watches(d)[0]!.args["watchId"];
    d.advance(500);
    const { sessionId } = client.take(FetchResponse, VERSION);
    for (let offset = 5, epoch = 1; offset < 10; offset++, epoch++) {
      send(client, [sessionId, epoch], offset === 5 ? [] : [[0, offset]]);
      assert.deepEqual(asked(d), [], "nothing is asked of a partition that has nothing");
      readable(d, watchId, 0, offset + 1, 70);
      assert.deepEqual(asked(d), [`0@${offset} 1000 whole`]);
      d.answer("fetch", fetched({ highWatermark: offset + 1, records: batch() }));
      assert.deepEqual(told(client), [`0: 0 ${offset + 1} 70`]);
    }
    assert.deepEqual(watches(d), [], "the one watch has served them all");
  });

  test("what comes while the client is busy is read by its next fetch", () => {
    const d = door();
    const client = d.connect();
    send(client, [0, 0], [[0, 5]]);
    d.answer("fetch", fetched({ highWatermark: 5 }));
    const watchId = watches(d)[0]!.args["watchId"];
    d.advance(500);
    const { sessionId } = client.take(FetchResponse, VERSION);
    readable(d, watchId, 0, 6, 70);
    assert.deepEqual(
      watches(d).map(({ message }) => message),
      ["unwatch"],
      "a partition that is read all the time is not watched",
    );
    // Said before the unwatch was heard.
    readable(d, watchId, 0, 7, 70);
    send(client, [sessionId, 1], []);
    assert.deepEqual(asked(d), ["0@5 1000 whole"]);
  });

  test("wrong epochs, unknown ids and mixed ways of naming topics are refused as a whole", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0]);
    send(client, [id, 2], []);
    assert.deepEqual(refusal(client), { errorCode: 71, sessionId: 0 });
    send(client, [id + 1, 1], []);
    assert.deepEqual(refusal(client), { errorCode: 70, sessionId: 0 });
    send(client, [0, 1], []);
    assert.deepEqual(refusal(client), { errorCode: 70, sessionId: 0 });
    client.send(FetchRequest, 13, {
      ...fetchRequest("a", [], { sessionId: id, sessionEpoch: 1 }),
      topics: [],
    });
    assert.equal(client.take(FetchResponse, 13).errorCode, 106);
    send(client, [id, 1], []);
    d.advance(500);
    assert.deepEqual(told(client), [], "none of these has hurt the session");
  });

  test("epoch 0 replaces the session, -1 ends it", () => {
    const d = door();
    const client = d.connect();
    const first = openSession(d, client, [0]);
    send(client, [first, 0], [[1, 5]]);
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    const second = client.take(FetchResponse, VERSION).sessionId;
    assert.notEqual(second, first);
    assert.equal(d.counters.fetchSessions, 1);
    assert.equal(d.counters.fetchWatches, 0, "the first session's watch went with it");

    send(client, [second, -1], []);
    assert.deepEqual(told(client), []);
    assert.equal(d.counters.fetchSessions, 0);
  });

  test("forgotten partitions leave; a session without any is over", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0, 1]);
    send(client, [id, 1], [], [0]);
    assert.deepEqual(
      watches(d).map(({ message, index }) => `${message} ${index}`),
      ["unwatch 0"],
    );
    assert.equal(d.counters.fetchSessionPartitions, 1);
    d.advance(500);
    assert.deepEqual(told(client), []);
    send(client, [id, 2], [], [1]);
    assert.equal(client.take(FetchResponse, VERSION).sessionId, 0);
    assert.equal(d.counters.fetchSessions, 0);
  });

  test("after an error the partition is told again once it is well", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0]);
    send(client, [id, 1], [[0, 99]]);
    d.answer("fetch", fetched({ errorCode: 1, highWatermark: -1, logStartOffset: -1 }));
    assert.deepEqual(told(client), ["0: 1 -1 0"]);
    send(client, [id, 2], [[0, 5]]);
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.advance(500);
    assert.deepEqual(told(client), ["0: 0 5 0"], "the same as told before the error");
  });

  test("who was served goes behind who was not", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0, 1, 2]);
    const one = (index: number): [number, number] => [index, 4];
    send(client, [id, 1], [one(0), one(1), one(2)]);
    d.answer("fetch", fetched({ highWatermark: 5, records: batch() }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    assert.deepEqual(told(client), ["0: 0 5 70"]);
    send(client, [id, 2], [[0, 4]]);
    assert.deepEqual(asked(d), ["1@4 1000 whole", "2@4 1000", "0@4 1000"]);
  });

  test("an id that names no topic stays in the session until it does", () => {
    const d = door();
    d.change(...topicRecords("b", 1));
    const client = d.connect();
    const later = {
      topicId: topicId("later"),
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10 }],
    };
    client.send(FetchRequest, 13, {
      ...fetchRequest("", [], { sessionEpoch: 0 }),
      topics: [later],
    });
    const { sessionId, responses } = client.take(FetchResponse, 13);
    assert.equal(responses[0]!.partitions[0]!.errorCode, 100);
    d.change(...topicRecords("later", 1));
    client.send(FetchRequest, 13, {
      ...fetchRequest("", [], { sessionId, sessionEpoch: 1 }),
      topics: [],
    });
    // The puppets do not play this partition; that it was asked is what counts.
    assert.equal(client.take(FetchResponse, 13).responses[0]!.partitions[0]!.errorCode, 6);
  });

  test("somebody else's use of the session in the meantime is noticed", () => {
    const d = door();
    const [one, other] = [d.connect(), d.connect()];
    const id = openSession(d, one, [0]);
    send(one, [id, 1], []);
    send(other, [id, 2], []);
    d.advance(500);
    assert.deepEqual(refusal(one), { errorCode: 71, sessionId: id });
    assert.deepEqual(told(other), []);
  });

  test("a session outlives its connection, without watches until it is used again", () => {
    const d = door();
    const client = d.connect();
    const id = openSession(d, client, [0]);
    client.close();
    assert.equal(d.counters.fetchWatches, 0);
    const again = d.connect();
    send(again, [id, 1], []);
    assert.deepEqual(asked(d), ["0@5 1000 whole"]);
  });
});
