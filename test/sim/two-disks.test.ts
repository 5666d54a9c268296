// A simulated node with two data directories, each a disk of its own: one of them stands still, or fails.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Admin } from "../../src/client/admin.ts";
import { Cluster } from "../../src/client/cluster.ts";
import { Producer } from "../../src/client/producer.ts";
import type { Delivery } from "../../src/client/producer-batch.ts";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { SimDisk } from "../../src/sim/disk.ts";
import { Life } from "../../src/sim/life.ts";
import { SimNetwork } from "../../src/sim/network.ts";
import { SimPeerNetwork } from "../../src/sim/peers.ts";
import { SimRandom } from "../../src/sim/random.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { SimNode } from "../../src/sim/sim-node.ts";
import { SimMachine, SimSockets } from "../../src/sim/sockets.ts";

const TOPIC = "orders";
const SECOND = "/second";
/** Half of them are more than one host has syncs in flight. */
const PARTITIONS = 12;
const all = Array.from({ length: PARTITIONS }, (_, index) => index);
/** Those in the second directory. */
const odd = all.filter((index) => index % 2 === 1);
const broker = { host: "node", port: 9092 };

/** The topic's even partitions are in the first directory, the odd ones in the second. */
class World {
  readonly scheduler = new Scheduler(7);
  readonly disk = new SimDisk(this.scheduler.stream("disk"));
  readonly failures: string[] = [];
  readonly node: SimNode;
  /** A connection for each disk: answers on one come in the order of its requests. */
  private readonly producers: readonly Producer[];

  constructor(hosts: number) {
    const { scheduler, disk } = this;
    const options = { latencyMs: 0.1, windowBytes: 65_536, segmentBytesMax: 1_500 };
    const network = new SimNetwork(scheduler, { ...options, stragglersPerMille: 0 });
    const machine = new SimMachine(network, broker.host);
    const desk = new SimMachine(network, "desk");
    const machines = new Map([machine, desk].map((each) => [each.name, each]));
    const peers = new SimPeerNetwork(network);
    const wall = new SimWall(1_700_000_000_000);
    const resolved = resolveBrokerSettings({
      "node.id": "1",
      listeners: "PLAINTEXT://node:9092",
      "log.dirs": `/first,${SECOND}`,
    });
    assert.ok("settings" in resolved);
    const { settings: config } = resolved;
    this.node = new SimNode(
      { scheduler, machine, machines, peers, disk, wall },
      { config, hosts, timerLatenessMs: 0.1, bug: undefined },
      { failed: (reason) => this.failures.push(reason), logged: () => {}, hostStarts: () => {} },
    );
    this.node.start();
    this.until("the node is up", () => this.node.state === "up");
    const life = new Life(scheduler, "desk");
    const prng = scheduler.stream("desk");
    const clock = new SimClock(life, wall, prng.stream("clock"), 0.1);
    const sockets = new SimSockets(life, desk, machines);
    const ports = { sockets, clock, random: new SimRandom(prng.stream("random")) };
    const bootstrap = [broker];
    const clusters = ["first", "second"].map(
      (clientId) => new Cluster(ports, { bootstrap, clientId, requestTimeoutMs: 60_000 }),
    );
    this.producers = clusters.map((cluster) => new Producer(cluster, { attemptsMax: 5 }));
    let created = false;
    new Admin(clusters[0]!).createTopics(
      [{ name: TOPIC, partitions: PARTITIONS, configs: {} }],
      (outcome) => {
        created = outcome.ok && outcome.value.topics[0]!.errorCode === 0;
      },
    );
    this.until("the topic is there", () => created);
    for (const index of all) this.mustBeTaken(index);
  }

  until(what: string, holds: () => boolean, withinMs = 60_000): void {
    assert.ok(this.scheduler.runUntil(holds, withinMs), `${what}: not within ${withinMs} ms`);
  }

  /** What becomes of a record, and when. */
  send(index: number): { delivery?: Delivery; afterMs?: number } {
    const sent: { delivery?: Delivery; afterMs?: number } = {};
    const sentMs = this.scheduler.nowMs();
    const record = { value: Buffer.from("value"), timestampMs: 1_700_000_000_000 };
    this.producers[index % 2]!.send(TOPIC, index, record, (delivery) => {
      sent.delivery = delivery;
      sent.afterMs = this.scheduler.nowMs() - sentMs;
    });
    return sent;
  }

  mustBeTaken(index: number): number {
    const sent = this.send(index);
    this.until(`partition ${index} answers`, () => sent.delivery !== undefined);
    assert.equal(sent.delivery?.kind, "ok", JSON.stringify(sent.delivery));
    return sent.afterMs!;
  }

  p99(index: number): number {
    const times = Array.from({ length: 200 }, () => this.mustBeTaken(index));
    return times.sort((a, b) => a - b)[197]!;
  }
}

for (const hosts of [1, 2]) {
  describe(`two disks under a node of ${hosts} host(s)`, () => {
    for (const syncsAlone of [true, false]) {
      const what = syncsAlone ? "whose syncs stand still" : "that stands still";
      it(`one ${what} keeps nobody waiting who is on the other`, () => {
        const world = new World(hosts);
        const quiet = world.p99(0);
        world.disk.standsStill = { below: SECOND, syncsAlone };
        const stuck = odd.map((index) => world.send(index));
        world.scheduler.runFor(50);
        const meanwhile = world.p99(0);
        assert.ok(meanwhile <= 3 * quiet, `p99 ${quiet} -> ${meanwhile} ms`);
        assert.ok(stuck.every(({ delivery }) => delivery === undefined));
        world.disk.standsStill = null;
        const isTaken = (): boolean => stuck.every(({ delivery }) => delivery?.kind === "ok");
        world.until("the others are answered", isTaken);
      });
    }

    it("one that fails takes its own partitions along, until it is back and the node starts anew", () => {
      const world = new World(hosts);
      world.disk.failsBelow = SECOND;
      const lost = world.send(1);
      world.until("it is refused", () => lost.delivery !== undefined);
      assert.notEqual(lost.delivery?.kind, "ok");
      // Long enough for the broker to find out that it is the whole directory.
      world.scheduler.runFor(5_000);
      const neighbour = world.send(3);
      world.until("its neighbour is refused", () => neighbour.delivery !== undefined);
      assert.notEqual(neighbour.delivery?.kind, "ok");
      for (const index of [0, 2]) world.mustBeTaken(index);
      assert.deepEqual(world.failures, []);
      assert.equal(world.node.state, "up");

      world.disk.failsBelow = null;
      world.node.kill();
      world.node.start();
      world.until("the node is up again", () => world.node.state === "up");
      for (const index of all) world.mustBeTaken(index);
    });

    it("the one with the metadata log takes the node along", () => {
      const world = new World(hosts);
      world.disk.failsBelow = "/first";
      world.send(0);
      world.until("the node ends", () => world.failures.length > 0);
    });
  });
}
