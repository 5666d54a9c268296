import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { FetchRequest } from "../../../src/protocol/messages/01-fetch.ts";
import { asked, door, fetchRequest, readable, told, watches } from "./fetch-steps.ts";
import { batch, fetched, topicId } from "./test-door.ts";

describe("parked fetches", () => {
  test("nothing to read parks the fetch until a partition has something", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest("a", [
        [0, 5],
        [1, 3],
      ]),
    );
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.answer("fetch", fetched({ highWatermark: 3 }));
    assert.ok(client.isSilent);
    assert.equal(d.counters.parkedFetches, 1);
    assert.equal(d.counters.fetchBytesGranted, 0, "a parked fetch holds no memory");
    const set = watches(d);
    assert.deepEqual(
      set.map(({ message, index, args }) => [message, index, args["afterOffset"]]),
      [
        ["watch", 0, 5],
        ["watch", 1, 3],
      ],
    );

    readable(d, set[1]!.args["watchId"], 1, 4, 70);
    assert.deepEqual(asked(d), ["1@3 1000 whole"], "only what has changed is read again");
    d.answer("fetch", fetched({ highWatermark: 4, records: batch() }));
    assert.deepEqual(told(client), ["0: 0 5 0", "1: 0 4 70"]);
    assert.equal(d.counters.fetchWatches, 0);
    assert.deepEqual(
      watches(d).map(({ message, index }) => `${message} ${index}`),
      ["unwatch 0", "unwatch 1"],
    );
    d.assertAtRest();
  });

  test("the time is over: what is known is the answer", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]]));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.advance(499);
    assert.ok(client.isSilent);
    d.advance(1);
    assert.deepEqual(asked(d), []);
    assert.deepEqual(told(client), ["0: 0 5 0"]);
    d.assertAtRest();
  });

  test("max_wait 0 never parks, nor does a fetch of nothing or of the unknown alone", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { maxWaitMs: 0 }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    assert.deepEqual(told(client), ["0: 0 5 0"]);
    client.send(FetchRequest, 12, fetchRequest("a", []));
    assert.deepEqual(told(client), []);
    client.send(FetchRequest, 12, fetchRequest("nobody", [[0, 0]]));
    assert.deepEqual(told(client), ["0: 3 -1 0"]);
  });

  test("min_bytes counts over all partitions, each up to its own limit", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest(
        "a",
        [
          [0, 5],
          [1, 3, 100],
        ],
        { minBytes: 250 },
      ),
    );
    d.answer("fetch", fetched({ highWatermark: 6, records: batch(80) }));
    d.answer("fetch", fetched({ highWatermark: 3 }));
    const set = watches(d);
    // Already counted when it was read.
    readable(d, set[0]!.args["watchId"], 0, 6, 80);
    readable(d, set[1]!.args["watchId"], 1, 9, 5000);
    assert.equal(d.counters.parkedFetches, 1, "80 and 100 bytes are less than 250");
    readable(d, set[0]!.args["watchId"], 0, 7, 70);
    assert.deepEqual(asked(d), ["0@5 1000 whole", "1@3 100"]);
    d.answer("fetch", fetched({ highWatermark: 7, records: batch(150) }));
    d.answer("fetch", fetched({ highWatermark: 9, records: batch(90) }));
    assert.deepEqual(told(client), ["0: 0 7 150", "1: 0 9 90"]);
  });

  test("min_bytes holds for a client that would take more than there is memory for", () => {
    const d = door();
    const client = d.connect();
    const maxBytes = 55 * 1024 * 1024;
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { minBytes: 1000, maxBytes }));
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    assert.equal(d.counters.parkedFetches, 1);
    client.close();

    // A minimum beyond what anybody is granted is not waited for.
    const greedy = d.connect();
    greedy.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { minBytes: maxBytes, maxBytes }));
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    assert.deepEqual(told(greedy), ["0: 0 6 70"]);
  });

  test("too little at the end of the time is given all the same", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { minBytes: 1000 }));
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    d.advance(500);
    d.answer("fetch", fetched({ highWatermark: 6, records: batch() }));
    assert.deepEqual(told(client), ["0: 0 6 70"]);
  });

  test("a partition that can no longer serve ends the wait", () => {
    const d = door();
    const client = d.connect();
    client.send(
      FetchRequest,
      12,
      fetchRequest("a", [
        [0, 5],
        [1, 5],
      ]),
    );
    d.answer("fetch", fetched({ highWatermark: 5 }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    const [first] = watches(d);
    d.change({ kind: "RemoveTopicRecord", value: { topicId: topicId("a") } });
    readable(d, first!.args["watchId"], 0, -1, 0, 3);
    assert.deepEqual(told(client), ["0: 3 -1 0", "1: 3 -1 0"]);
    assert.equal(d.counters.fetchWatches, 0);
  });

  test("a connection that closes takes its parked fetch and its watches along", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { maxWaitMs: 2 ** 31 - 1 }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    assert.equal(d.counters.fetchWatches, 1);
    client.close();
    assert.equal(d.counters.fetchWatches, 0);
    assert.equal(d.counters.connections, 0);
    d.assertAtRest();
  });

  test("a connection that closes while its fetch reads leaves nothing behind", () => {
    for (const version of [6, 12]) {
      const d = door();
      const client = d.connect();
      client.send(FetchRequest, version, {
        ...fetchRequest("a", [[0, 5]]),
        ...(version < 7 ? {} : { sessionEpoch: 0 }),
      });
      client.close();
      d.answer("fetch", fetched({ highWatermark: 5 }));
      const { fetchWatches, fetchSessions } = d.counters;
      assert.deepEqual({ fetchWatches, fetchSessions }, { fetchWatches: 0, fetchSessions: 0 });
      d.assertAtRest();
    }
  });

  test("a drain answers parked fetches at once", () => {
    const d = door();
    const client = d.connect();
    client.send(FetchRequest, 12, fetchRequest("a", [[0, 5]], { maxWaitMs: 60_000 }));
    d.answer("fetch", fetched({ highWatermark: 5 }));
    const drained = d.drain(1000);
    assert.deepEqual(told(client), ["0: 0 5 0"]);
    assert.equal(client.ended, "end");
    d.settle();
    assert.ok(drained.answered);
  });
});
