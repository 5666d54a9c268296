// The bulk lane between nodes, over the simulated network: every host has ends of its own, nothing is
// lost without its sender hearing so, and what fills it holds up nobody on the control lane.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PORT, setUp } from "../support/peer-hosts.ts";

type Peers = ReturnType<typeof setUp>;
type PeerHost = ReturnType<Peers["start"]>;

const MIB = 1024 * 1024;

function dialBulk(from: PeerHost, nodeId: number, hostIndex: number, answers = hostIndex): void {
  const address = { host: `node-${nodeId}`, port: PORT + answers };
  from.command({ do: "dial", lane: "bulk", nodeId, hostIndex, address });
}

function sendBulk(from: PeerHost, nodeId: number, message: unknown, hostIndex?: number): void {
  const target = hostIndex === undefined ? { nodeId } : { nodeId, hostIndex };
  from.command({ do: "send", lane: "bulk", ...target, channel: "talk", message });
}

const events = (host: PeerHost, event: string) => host.heard.filter((each) => each.event === event);

/** Two nodes, the second with two hosts, and a stream of the lane from the first to its host 1. */
function joined(seed: number) {
  const world = setUp(seed);
  const a = world.start(1);
  const [b0, b1] = [0, 1].map((host) => world.start(2, "cluster", "node-2", null, host));
  a.dial(2);
  dialBulk(a, 2, 1);
  world.until("there", () => events(a, "bulk opened").length === 1 && a.streams(2) === 1);
  return { ...world, a, b0: b0!, b1: b1! };
}

describe("the bulk lane", () => {
  test("has a stream from each host to the host that is meant, both ways", () => {
    const { a, b0, b1, until, scheduler, start } = joined(1);
    const other = start(1, "cluster", "node-1", null, 1);
    dialBulk(other, 2, 1);
    until("it is there", () => events(other, "bulk opened").length === 1);
    sendBulk(a, 2, "from host 0", 1);
    sendBulk(other, 2, "from host 1", 1);
    until("heard", () => events(b1, "bulk message").length === 2);
    for (const { message, hostIndex } of events(b1, "bulk message")) {
      sendBulk(b1, 1, `${String(message)}, and back`, hostIndex);
    }
    until("answered", () => [a, other].every((host) => events(host, "bulk message").length > 0));
    scheduler.runFor(1000);
    assert.deepEqual(a.messages("bulk message"), ["from host 0, and back"]);
    assert.deepEqual(other.messages("bulk message"), ["from host 1, and back"]);
    assert.deepEqual(b0.messages("bulk message"), [], "the other host has nothing to do with it");
    assert.deepEqual(a.messages(), [], "nor has the control lane");
  });

  test("is one stream for a pair of hosts, though both dial", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { peers, start, until, scheduler } = setUp(seed);
      const [a, b] = [start(1), start(2)];
      dialBulk(a, 2, 0);
      dialBulk(b, 1, 0);
      until("there", () => [a, b].every((host) => events(host, "bulk opened").length > 0));
      scheduler.runFor(5000);
      assert.equal(peers.streams.size, 2, "the two ends of one stream");
      sendBulk(a, 2, "there");
      sendBulk(b, 1, "back");
      until("heard", () => [a, b].every((host) => host.messages("bulk message").length === 1));
    }
  });

  test("says when it is full and when there is room, and loses nothing in between", () => {
    for (let seed = 1; seed <= 3; seed++) {
      const { a, b1, network, until } = joined(seed);
      network.cut(a.machine, b1.machine);
      let sent = 0;
      const one = (): unknown => ({ number: sent++, bytes: new Uint8Array(MIB) });
      for (; events(a, "bulk full").length === 0; sendBulk(a, 2, one())) assert.ok(sent < 100);
      // Some do not heed it at once.
      for (let more = 0; more < 20; more++) sendBulk(a, 2, one());
      assert.equal(events(a, "bulk drained").length, 0);
      network.mend(a.machine, b1.machine);
      until("room", () => events(a, "bulk drained").length === 1);
      sendBulk(a, 2, one());
      until("all is heard", () => events(b1, "bulk message").length === sent);
      const numbers = b1
        .messages("bulk message")
        .map((said) => (said as { number: number }).number);
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at),
        "in order",
      );
      assert.equal(events(a, "bulk closed").length, 0);
    }
  });

  test("is ended, and its sender told, when more waits than may", () => {
    const { a, b1, network, until } = joined(2);
    network.cut(a.machine, b1.machine);
    for (let sent = 0; events(a, "bulk closed").length === 0; sent++) {
      assert.ok(sent < 100, "it has a bound");
      sendBulk(a, 2, new Uint8Array(MIB));
    }
    assert.match(events(a, "bulk closed")[0]!.detail!, /bytes wait/);
    const before = a.heard.length;
    sendBulk(a, 2, "into the void", 1);
    assert.match(a.heard[before]!.detail!, /no stream/);
    network.mend(a.machine, b1.machine);
    until("a new one", () => events(a, "bulk opened").length === 2);
    sendBulk(a, 2, "anew");
    until("heard", () => b1.messages("bulk message").at(-1) === "anew");
  });

  test("that is full holds up nobody on the control lane", () => {
    const { a, b0, b1, network, until } = joined(3);
    network.cut(a.machine, b1.machine);
    while (events(a, "bulk full").length === 0) sendBulk(a, 2, new Uint8Array(MIB));
    a.say(2, "a heartbeat");
    network.mend(a.machine, b1.machine);
    until("heard", () => b0.messages().length === 1);
    assert.equal(events(a, "bulk drained").length, 0);
  });

  test("comes back after a stream is torn or a host has died, and says that it was gone", () => {
    const { a, b1, peers, until, start } = joined(4);
    for (const stream of [...peers.streams]) stream.tear(5);
    until("told", () => events(a, "bulk closed").length === 1);
    until("back", () => events(a, "bulk opened").length === 2);
    b1.kill();
    until("told", () => events(a, "bulk closed").length === 2);
    const again = start(2, "cluster", "node-2", null, 1);
    until("back", () => events(a, "bulk opened").length === 3);
    sendBulk(a, 2, "again");
    until("heard", () => again.messages("bulk message").length === 1);
  });

  test("is not taken to a host that is not meant", () => {
    const { a, b0, scheduler } = joined(5);
    dialBulk(a, 2, 7, 0);
    scheduler.runFor(3000);
    assert.equal(events(b0, "bulk opened").length, events(b0, "bulk closed").length);
    assert.ok(a.logged.includes("another host of the node answers"));
    assert.equal(events(a, "bulk opened").length, 1);
  });
});
