// The streams between hosts of different nodes, over the simulated network: who has one, what becomes of
// it, and what is said on it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PORT, setUp } from "../support/peer-hosts.ts";

describe("streams to other nodes", () => {
  test("go to whoever answers where only the address is known, once, and not to oneself", () => {
    const { scheduler, peers, start, until } = setUp(5);
    const [a, b] = [start(1, "cluster", "node-1", "disk"), start(2)];
    const dialUnknown = (as: number, machine: string): void =>
      a.command({
        do: "dial",
        lane: "control",
        nodeId: as,
        address: { host: machine, port: PORT },
      });
    dialUnknown(-1, "node-2");
    dialUnknown(-2, "node-1");
    until("it has found the node", () => a.streams(2) === 1 && b.streams(1) === 1);
    // Later it is known by its number as well.
    a.dial(2);
    scheduler.runFor(10_000);
    assert.equal(peers.streams.size, 2, "the two ends of one stream");
    assert.deepEqual(a.logged, []);
    a.say(2, "hello");
    until("it is heard", () => b.messages().length === 1);
    b.kill();
    until("the loss is told", () => a.streams(2) === 0);
    const again = start(2);
    until("it is found again", () => a.streams(2) === 1 && again.streams(1) === 1);
    scheduler.runFor(10_000);
    assert.equal(a.streams(2), 1);
    assert.equal(peers.streams.size, 2);
  });

  test("are one for each pair, though both dial, and carry messages both ways in order", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { scheduler, peers, start, until } = setUp(seed);
      const [a, b] = [start(1), start(2)];
      a.dial(2);
      b.dial(1);
      until("both know each other", () => a.streams(2) === 1 && b.streams(1) === 1);
      scheduler.runFor(5000);
      assert.equal(peers.streams.size, 2, "the two ends of one stream");
      for (let number = 0; number < 50; number++) {
        a.say(2, { number, bytes: new Uint8Array(number) });
        b.say(1, [number]);
      }
      until("all is heard", () => a.messages().length === 50 && b.messages().length === 50);
      assert.deepEqual(
        a.messages(),
        Array.from({ length: 50 }, (_, number) => [number]),
      );
      assert.deepEqual(
        b.messages(),
        Array.from({ length: 50 }, (_, number) => ({ number, bytes: new Uint8Array(number) })),
      );
    }
  });

  test("are opened anew when the other node dies and comes back", () => {
    const { scheduler, start, until } = setUp(3);
    const a = start(1);
    a.dial(2);
    scheduler.runFor(3000);
    assert.equal(a.streams(2), 0);
    for (let life = 0; life < 3; life++) {
      const b = start(2);
      until("there", () => a.streams(2) === 1);
      a.say(2, life);
      until("heard", () => b.messages().length === 1);
      b.kill();
      until("gone", () => a.streams(2) === 0);
    }
    // Why there is none is told once, not at every attempt.
    assert.ok(
      a.logged.filter((event) => event === "no stream to node").length <= 8,
      a.logged.join(),
    );
  });

  test("are not opened to a node that is forgotten", () => {
    const { scheduler, start, until } = setUp(4);
    const [a, b] = [start(1), start(2)];
    a.dial(2);
    until("there", () => a.streams(2) === 1 && b.streams(1) === 1);
    a.command({ do: "forget", lane: "control", nodeId: 2 });
    until("gone", () => a.streams(2) === 0);
    scheduler.runFor(5000);
    assert.equal(a.streams(2), 0);
    assert.equal(b.streams(1), 0);
  });

  test("are refused to another cluster and to a node of another number", () => {
    const { scheduler, start } = setUp(5);
    const [a, stranger] = [start(1), start(2, "another cluster")];
    const c = start(3);
    a.dial(2);
    a.command({ do: "dial", lane: "control", nodeId: 7, address: { host: c.machine, port: PORT } });
    scheduler.runFor(3000);
    assert.deepEqual([a.streams(2), a.streams(7), stranger.streams(1)], [0, 0, 0]);
    assert.ok(a.logged.includes("another node answers"));
  });

  test("are refused to a second node of the same number, and the first is left in peace", () => {
    const { scheduler, start, until } = setUp(9);
    const [a, b] = [start(1), start(2)];
    a.dial(2);
    until("there", () => a.streams(2) === 1 && b.streams(1) === 1);
    const double = start(2, "cluster", "another-machine", "another disk");
    double.command({
      do: "dial",
      lane: "control",
      nodeId: 1,
      address: { host: "node-1", port: PORT },
    });
    const events = a.heard.length;
    scheduler.runFor(10_000);
    assert.equal(double.streams(1), 0);
    assert.equal(a.heard.length, events, "nothing has become of the first");
    assert.equal(a.logged.filter((event) => event.includes("number that is taken")).length, 1);
    a.say(2, "still here");
    until("heard", () => b.messages().length === 1);
  });

  test("end when something is said that makes no sense, and come back", () => {
    const { peers, start, until } = setUp(6);
    const [a, b] = [start(1), start(2)];
    a.dial(2);
    until("there", () => a.streams(2) === 1 && b.streams(1) === 1);
    for (const stream of peers.streams)
      if (stream.machine === a.machine) stream.send(Uint8Array.of(1, 2, 3));
    until("ended", () => b.streams(1) === 0);
    assert.deepEqual(b.messages(), []);
    assert.ok(b.logged.includes("a node says what makes no sense"));
    until("back", () => b.streams(1) === 1 && a.streams(2) === 1);
    a.say(2, "sense");
    until("heard", () => b.messages().length === 1);
  });

  test("lose what is more than a node keeps up with, and nothing piles up", () => {
    const { network, start, until } = setUp(7);
    const [a, b] = [start(1), start(2)];
    a.dial(2);
    until("there", () => a.streams(2) === 1 && b.streams(1) === 1);
    network.cut(a.machine, b.machine);
    for (let number = 0; number < 100; number++) a.say(2, new Uint8Array(1_000_000));
    network.mend(a.machine, b.machine);
    until("some is heard", () => b.messages().length >= 4);
    assert.ok(b.messages().length < 10, `${b.messages().length} of 100 were kept`);
    until("again", () => {
      a.say(2, "more");
      return b.messages().at(-1) === "more";
    });
  });

  test("end with the actor that owns them", () => {
    const { peers, start, until } = setUp(8);
    const [a, b] = [start(1), start(2)];
    a.dial(2);
    until("there", () => a.streams(2) === 1 && b.streams(1) === 1);
    a.host.stop();
    until("gone", () => b.streams(1) === 0);
    assert.equal(peers.streams.size, 0);
  });
});
