import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { ProduceRequest, ProduceResponse } from "../../../src/protocol/messages/00-produce.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/03-metadata.ts";
import { EndTxnRequest } from "../../../src/protocol/messages/26-end-txn.ts";
import {
  ApiVersionsRequest,
  ApiVersionsResponse,
} from "../../../src/protocol/messages/18-api-versions.ts";
import { batch, frameOf, produced, TestDoor, topicRecords } from "./test-door.ts";

function door(properties: Record<string, string> = {}): TestDoor {
  return new TestDoor({ records: topicRecords("a", 4), properties });
}

function produce(index: number, records = batch()) {
  const topicData = [{ name: "a", partitionData: [{ index, records }] }];
  return { transactionalId: null, acks: 1, timeoutMs: 1000, topicData };
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

describe("pipelined requests", () => {
  test("are served side by side and answered in order", () => {
    const d = door();
    const client = d.connect();
    const ids = [0, 1, 2].map((index) => client.send(ProduceRequest, 9, produce(index)));
    ids.push(client.send(ApiVersionsRequest, 0, {}));
    assert.equal(d.asked("produce").length, 3);
    const [first, second, third] = d.asked("produce");
    for (const call of [third!, second!]) {
      call.answered = true;
      d.harness.act((out) => out.reply(call.replyTo!, produced()));
    }
    assert.ok(client.isSilent, "the first is not answered yet");
    first!.answered = true;
    d.harness.act((out) => out.reply(first!.replyTo!, produced()));
    const told = [
      ...[0, 1, 2].map(() => client.takeAny(ProduceResponse, 9).correlationId),
      client.takeAny(ApiVersionsResponse, 0).correlationId,
    ];
    assert.deepEqual(told, ids);
    d.assertAtRest();
  });

  test("reach a partition in the order they were sent", () => {
    const d = door();
    const client = d.connect();
    const batches = Array.from({ length: 50 }, (_, i) => batch(70 + i));
    client.sendBytes(
      Buffer.concat(batches.map((each) => frameOf(ProduceRequest, 9, produce(0, each)))),
    );
    assert.deepEqual(
      d.asked("produce").map(({ args }) => (args["batch"] as Uint8Array).length),
      batches.map(({ length }) => length),
    );
  });

  test("more than a hundred at once wait, and the socket with them", () => {
    const d = door();
    const client = d.connect();
    for (let i = 0; i < 120; i++) client.send(ProduceRequest, 9, produce(0));
    assert.equal(d.asked("produce").length, 100);
    assert.ok(client.isPaused);
    for (let i = 0; i < 120; i++) d.answer("produce", produced());
    assert.ok(!client.isPaused);
    for (let i = 0; i < 120; i++) client.take(ProduceResponse, 9);
    d.assertAtRest();
  });

  test("a client that does not read is not served on", () => {
    const d = door();
    const client = d.connect();
    client.bufferedBytes = 2_000_000;
    client.send(ApiVersionsRequest, 0, {});
    client.send(ApiVersionsRequest, 0, {});
    client.take(ApiVersionsResponse, 0);
    assert.ok(client.isSilent);
    assert.ok(client.isPaused);
    assert.equal(d.counters.unsentBytes, 2_000_000);
    client.bufferedBytes = 0;
    client.events.drained();
    d.settle();
    client.take(ApiVersionsResponse, 0);
    d.assertAtRest();
  });
});

describe("admission", () => {
  const smallPool = { "queued.max.request.bytes": "2000", "socket.request.max.bytes": "2000" };

  test("a host out of memory for requests reads no bodies until some are answered", () => {
    const d = door({ ...smallPool });
    const [one, other] = [d.connect(), d.connect()];
    one.send(ProduceRequest, 9, produce(0, batch(1500)));
    other.send(ProduceRequest, 9, produce(1, batch(1500)));
    assert.equal(d.asked("produce").length, 1);
    assert.ok(other.isPaused);
    assert.equal(d.counters.admissionsWaiting, 1);
    d.answer("produce", produced());
    assert.ok(!other.isPaused);
    assert.equal(d.asked("produce").length, 1);
    d.answer("produce", produced());
    other.take(ProduceResponse, 9);
    d.assertAtRest();
  });

  test("who waits and closes lets the next one in", () => {
    const d = door({ ...smallPool });
    const clients = [0, 1, 2].map(() => d.connect());
    for (const client of clients) client.send(ProduceRequest, 9, produce(0, batch(1500)));
    clients[1]!.close();
    d.answer("produce", produced());
    assert.equal(d.asked("produce").length, 1);
    d.answer("produce", produced());
    clients[2]!.take(ProduceResponse, 9);
    d.assertAtRest();
  });

  test("answers for clients that are gone free what their requests held", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, produce(0));
    client.close();
    assert.ok(d.counters.admittedBytes > 0);
    d.answer("produce", produced());
    d.assertAtRest();
  });
});

describe("what is no request", () => {
  test("ends its own connection with one line, and no other", () => {
    const cases: [string, Uint8Array, RegExp][] = [
      ["negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff), /negative length/],
      ["a frame of 2 GiB", Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 0, 0), /socket.request.max.bytes/],
      ["HTTP", ascii("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /HTTP/],
      ["TLS", Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00), /TLS/],
      ["an empty frame", Uint8Array.of(0, 0, 0, 0), /bytes are needed/],
      ["half a header", Uint8Array.of(0, 0, 0, 3, 0, 3, 0), /bytes are needed/],
      [
        "an API that is not served",
        frameOf(EndTxnRequest, 2, {
          transactionalId: "t",
          producerId: 1,
          producerEpoch: 0,
          committed: true,
        }),
        /API 26 is not served/,
      ],
      [
        "an API that does not exist",
        Uint8Array.of(0, 0, 0, 8, 0x7f, 0, 0, 0, 0, 0, 0, 1),
        /API 32512/,
      ],
      ["a negative API", Uint8Array.of(0, 0, 0, 8, 0xff, 0xff, 0, 0, 0, 0, 0, 1), /API -1/],
      [
        "an old produce",
        Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1),
        /Produce is not served in version 0/,
      ],
      [
        "a metadata of the future",
        Uint8Array.of(0, 0, 0, 8, 0, 3, 0, 99, 0, 0, 0, 1),
        /Metadata is not served in version 99/,
      ],
      [
        "a body that ends too soon",
        frameOf(MetadataRequest, 9, { topics: null }).with(3, 14).subarray(0, 18),
        /./,
      ],
    ];
    for (const [name, bytes, line] of cases) {
      const d = door();
      const [bystander, client] = [d.connect(), d.connect()];
      client.sendBytes(bytes);
      assert.equal(client.ended, "end", name);
      assert.ok(client.isSilent, name);
      assert.equal(d.refusals.length, 1, name);
      assert.match(d.refusals[0]!, line, name);
      bystander.send(MetadataRequest, 9, { topics: null });
      bystander.take(MetadataResponse, 9);
      d.settle();
      assert.equal(d.counters.connections, 1);
      d.assertAtRest();
    }
  });

  test("what was asked before is still answered", () => {
    const d = door();
    const client = d.connect();
    const correlationId = client.send(ProduceRequest, 9, produce(0));
    client.sendBytes(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    assert.equal(client.ended, undefined);
    d.answer("produce", produced());
    assert.equal(client.takeAny(ProduceResponse, 9).correlationId, correlationId);
    assert.equal(client.ended, "end");
  });

  test("a thousand bad clients cost a few lines", () => {
    const d = door();
    for (let i = 0; i < 1000; i++) d.connect().sendBytes(ascii("GET / HTTP/1.0\r\n\r\n"));
    assert.equal(d.refusals.length, 10);
    d.advance(10_000);
    d.connect().sendBytes(ascii("GET / HTTP/1.0\r\n\r\n"));
    assert.equal(d.harness.logged.at(-1)!.fields["linesSuppressed"], 990);
    assert.equal(d.counters.connections, 0);
  });
});

describe("connections", () => {
  test("above a limit are closed at once", () => {
    const d = door({ "max.connections.per.ip": "2" });
    const clients = [0, 1, 2].map(() => d.connect("10.0.0.7"));
    assert.deepEqual(
      clients.map(({ ended }) => ended),
      [undefined, undefined, "destroy"],
    );
    assert.equal(d.connect("10.0.0.8").ended, undefined);
    clients[0]!.close();
    assert.equal(d.connect("10.0.0.7").ended, undefined);
    assert.equal(d.counters.connections, 3);
  });

  test("idle for too long are closed, busy ones are not", () => {
    const d = door({ "connections.max.idle.ms": "60000" });
    const [idle, busy, active] = [d.connect(), d.connect(), d.connect()];
    busy.send(ProduceRequest, 9, { ...produce(0), timeoutMs: 300_000 });
    d.advance(50_000);
    active.send(ApiVersionsRequest, 0, {});
    d.advance(20_000);
    assert.equal(idle.ended, "destroy");
    assert.equal(busy.ended, undefined);
    assert.equal(active.ended, undefined);
    d.answer("produce", produced());
    busy.take(ProduceResponse, 9);
    d.advance(70_000);
    assert.equal(active.ended, "destroy");
    assert.equal(busy.ended, "destroy");
    d.advance(300_000);
    assert.equal(d.harness.clock.timerCount, 0, "nobody is left to be looked after");
  });

  test("half a frame and then silence is closed sooner, with a line", () => {
    const d = door();
    const [half, whole] = [d.connect(), d.connect()];
    half.sendBytes(frameOf(ProduceRequest, 9, produce(0)).subarray(0, 40));
    assert.ok(d.counters.admittedBytes > 0);
    d.advance(36_000);
    assert.equal(half.ended, "destroy");
    assert.equal(whole.ended, undefined);
    assert.match(d.refusals[0]!, /half a frame/);
    d.assertAtRest();
  });

  test("who claims much and sends nothing keeps nobody from asking, and others for seconds", () => {
    const d = door({
      "queued.max.request.bytes": "100000000",
      "socket.request.max.bytes": "70000000",
    });
    const claim = (bytes: number): Uint8Array => {
      const begun = new Uint8Array(14);
      new DataView(begun.buffer).setInt32(0, bytes);
      return begun;
    };
    const [busy, other, large, small] = [d.connect(), d.connect(), d.connect(), d.connect()];
    busy.send(ProduceRequest, 9, { ...produce(0), timeoutMs: 300_000 });
    busy.sendBytes(claim(60_000_000));
    other.sendBytes(claim(60_000_000));
    large.sendBytes(claim(100_000));
    assert.equal(d.counters.admissionsWaiting, 2);
    small.send(ApiVersionsRequest, 0, {});
    assert.equal(small.take(ApiVersionsResponse, 0).errorCode, 0);
    d.advance(1_500);
    large.sendBytes(new Uint8Array(10));
    d.advance(1_500);
    // Though a request of its own is being served.
    assert.equal(busy.ended, "destroy");
    assert.equal(d.counters.admissionsWaiting, 0);
    assert.equal(other.ended, undefined);
    assert.equal(large.ended, undefined);
    d.answer("produce", produced());
  });

  test("five thousand idle connections are just there", () => {
    const d = door();
    for (let i = 0; i < 5000; i++) d.connect();
    d.advance(300_000);
    assert.equal(d.counters.connections, 5000);
  });
});

describe("a front door of a host that starts", () => {
  test("takes connections only when it knows what there is", () => {
    const door = new TestDoor();
    assert.equal(door.listenedUninformed, false);
    assert.equal(door.isListening, true);
  });
});

describe("drain", () => {
  test("accepts no more, answers what is in flight, ends every connection", () => {
    const d = door();
    const [busy, idle] = [d.connect(), d.connect()];
    busy.send(ProduceRequest, 9, produce(0));
    const drained = d.drain(1000);
    assert.equal(d.isListening, false);
    d.settle();
    assert.equal(idle.ended, "end");
    assert.equal(busy.ended, undefined);
    busy.send(ProduceRequest, 9, produce(1));
    assert.equal(d.asked("produce").length, 1, "nothing new is begun");
    assert.equal(drained.answered, false);
    d.answer("produce", produced());
    busy.take(ProduceResponse, 9);
    assert.equal(busy.ended, "end");
    d.settle();
    assert.ok(drained.answered);
    d.assertAtRest();
  });

  test("takes no longer than it may", () => {
    const d = door();
    const client = d.connect();
    client.send(ProduceRequest, 9, produce(0));
    const drained = d.drain(1000);
    d.advance(999);
    assert.equal(drained.answered, false);
    d.advance(1);
    assert.ok(drained.answered);
    assert.equal(client.ended, "destroy");
    assert.equal(d.connect().ended, "destroy");
  });

  test("without connections is over at once, and again", () => {
    const d = door();
    assert.ok(d.drain(1000).answered);
    assert.ok(d.drain(1000).answered);
  });
});

describe("settings", () => {
  test("dynamic configs of this broker and of all brokers take effect", () => {
    const d = door();
    const client = d.connect();
    const set = (resourceName: string, name: string, value: string) =>
      d.change({ kind: "ConfigRecord", value: { resourceType: 4, resourceName, name, value } });
    set("", "max.connections.per.ip", "1");
    assert.equal(d.connect("10.0.0.1").ended, "destroy");
    set("1", "max.connections.per.ip", "2");
    assert.equal(d.connect("10.0.0.1").ended, undefined);
    set("2", "max.connections.per.ip", "0");
    client.close();
    assert.equal(d.connect("10.0.0.1").ended, undefined);
  });
});
