// Three nodes as processes of their own, over real sockets and streams: one cluster, whichever of them a
// client comes to, and one that goes on when the one that leads is killed.

import { strict as assert } from "node:assert";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { TestClient, until } from "../support/kafka-client.ts";
import type { Program } from "../support/node-process.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const NODES = 3;
const PARTITIONS = 6;
const ATTEMPTS = 5;

/** Ports that are free now. Whoever needs one by number has to be ready for its being taken. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

class Processes {
  readonly nodes: Program[] = [];
  readonly addresses: string[] = [];
  private readonly t: TestContext;
  private readonly directory: string;
  private readonly voters: string;
  private readonly ports: readonly number[];

  constructor(t: TestContext, directory: string, ports: readonly number[]) {
    this.t = t;
    this.directory = directory;
    this.ports = ports;
    this.voters = ports.map((port, at) => `${at + 1}@127.0.0.1:${port}`).join();
  }

  start(at: number): void {
    const settings = {
      "node.id": at + 1,
      "controller.quorum.voters": this.voters,
      "controller.listener.names": "CONTROLLER",
      listeners: `PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:${this.ports[at]}`,
      "log.dirs": join(this.directory, String(at + 1)),
      "broker.session.timeout.ms": 3000,
      "broker.heartbeat.interval.ms": 300,
    };
    const words = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    this.nodes[at] = runGofka(this.t, ["start", "--hosts", "0", ...words]);
  }

  async ready(at: number): Promise<void> {
    this.addresses[at] = await this.nodes[at]!.ready();
  }

  client(at: number): TestClient {
    const client = new TestClient(this.addresses[at]!);
    this.t.after(() => client.close());
    return client;
  }
}

async function threeNodes(t: TestContext): Promise<Processes> {
  for (let attempt = 1; ; attempt++) {
    const ports = await freePorts(NODES);
    const cluster = new Processes(t, join(scratchDirectory(t), String(attempt)), ports);
    for (let at = 0; at < NODES; at++) cluster.start(at);
    try {
      for (let at = 0; at < NODES; at++) await cluster.ready(at);
      return cluster;
    } catch (error) {
      for (const node of cluster.nodes) if (!node.hasEnded) node.signal("SIGKILL");
      // Somebody else has taken one of the ports meanwhile.
      const taken = cluster.nodes.some(({ stderr }) => stderr.includes("EADDRINUSE"));
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A client that comes to a dead node hears so once, and finds another the next time. */
function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  return until(what, () => holds().catch(() => false));
}

describe("three nodes", () => {
  it("are one cluster, whichever of them is asked, also when the one that leads is killed", async (t) => {
    const cluster = await threeNodes(t);
    const clients = Array.from({ length: NODES }, (_, at) => cluster.client(at));

    await clients[0]!.createTopic("spread", PARTITIONS);
    for (const client of clients) {
      await eventually("every node tells of the topic", async () => {
        const { brokers, topics } = await client.metadata(["spread"]);
        return brokers.length === NODES && topics[0]?.partitions.length === PARTITIONS;
      });
    }
    const { topics } = await clients[1]!.metadata(["spread"]);
    const leaders = topics[0]!.partitions.map(({ leaderId }) => leaderId);
    for (let nodeId = 1; nodeId <= NODES; nodeId++) {
      assert.equal(leaders.filter((leader) => leader === nodeId).length, PARTITIONS / NODES);
    }
    for (let index = 0; index < PARTITIONS; index++) {
      await clients[index % NODES]!.produce("spread", index, [`record ${index}`]);
      const values = await clients[(index + 1) % NODES]!.values("spread", index);
      assert.deepEqual(values, [`record ${index}`]);
    }

    const victim = cluster.nodes.findIndex(({ stderr }) => /"msg":"leads"/.test(stderr));
    assert.ok(victim >= 0, "one of them says that it leads");
    cluster.nodes[victim]!.signal("SIGKILL");
    await cluster.nodes[victim]!.ended();
    const survivor = clients[(victim + 1) % NODES]!;
    const name = `without-${victim + 1}`;
    await eventually("the others take changes", () =>
      survivor.createTopic(name, 1).then(
        () => true,
        (error: Error) => error.message.includes("TOPIC_ALREADY_EXISTS"),
      ),
    );
    await eventually("the dead broker is fenced", async () => {
      const { brokers } = await survivor.metadata([name]);
      return !brokers.some(({ nodeId }) => nodeId === victim + 1);
    });
    cluster.start(victim);
    await cluster.ready(victim);
    clients[victim] = cluster.client(victim);
    await eventually("it knows what it missed", async () => {
      const answer = await clients[victim]!.metadata([name, "spread"]);
      return (
        answer.topics.every(({ errorCode }) => errorCode === 0) && answer.brokers.length === NODES
      );
    });

    // New ones: the node that is back listens elsewhere.
    const others = Array.from({ length: NODES }, (_, at) => cluster.client(at));
    for (let index = 0; index < PARTITIONS; index++) {
      await eventually("nothing is lost", async () => {
        const values = await others[index % NODES]!.values("spread", index);
        return values.join() === `record ${index}`;
      });
    }

    for (const node of cluster.nodes) node.signal("SIGTERM");
    for (const node of cluster.nodes) assert.equal((await node.ended()).code, 0);
  });
});
