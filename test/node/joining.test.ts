// Nodes that come to a cluster that is there already: a broker that does not vote, and a controller that
// finds the others by their addresses, catches up, and votes from then on (KIP-853).

import { strict as assert } from "node:assert";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import type { QuorumView } from "../../src/cli/cluster/quorum-view.ts";
import type { GofkaCluster } from "../../src/index.ts";
import { Gofka } from "../../src/index.ts";
import { TestClient, until } from "../support/kafka-client.ts";
import { ATTEMPTS, freePorts } from "../support/node-cluster.ts";
import type { Program } from "../support/node-process.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

const quick = { "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 300 };

async function twoNodes(t: TestContext): Promise<GofkaCluster> {
  const cluster = await Gofka.startCluster({ nodes: 2, config: quick });
  t.after(() => cluster.stop());
  return cluster;
}

function startNode(t: TestContext, settings: Readonly<Record<string, string | number>>) {
  const all = { "log.dirs": join(scratchDirectory(t), "data"), ...quick, ...settings };
  const words = Object.entries(all).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  return runGofka(t, ["start", "--hosts", "0", ...words]);
}

function controllersOf({ controllerServers }: GofkaCluster): string[] {
  return controllerServers.split(",");
}

async function shows(cluster: GofkaCluster, holds: (view: QuorumView) => boolean): Promise<void> {
  await until("the quorum is so", async () => {
    const view = await cluster.describe();
    return view !== undefined && holds(view);
  });
}

describe("a node that comes to a cluster", () => {
  it("as a broker alone is served and serves, and has no vote", async (t) => {
    const cluster = await twoNodes(t);
    const voters = controllersOf(cluster).map((address, at) => `${at + 1}@${address}`);
    const broker = startNode(t, {
      "node.id": 7,
      "process.roles": "broker",
      "controller.quorum.voters": voters.join(),
      listeners: "PLAINTEXT://127.0.0.1:0",
    });
    using client = new TestClient(await broker.ready());
    assert.match(broker.stdout, /\(node 7 beside 2; node [12] leads in term /);
    await client.createTopic("on-all-three", 3);
    const { topics } = await client.metadata(["on-all-three"]);
    const leaders = topics[0]!.partitions.map(({ leaderId }) => leaderId).sort((a, b) => a - b);
    assert.deepEqual(leaders, [1, 2, 7]);
    await client.produce("on-all-three", 0, ["a"]);
    await shows(cluster, ({ members }) =>
      members.some(({ nodeId, isVoter, lag }) => nodeId === 7 && !isVoter && lag === 0),
    );
    broker.signal("SIGTERM");
    assert.equal((await broker.ended()).code, 0);
  });

  it("finds it by addresses, catches up and votes, and is needed then", async (t) => {
    const cluster = await twoNodes(t);
    using client = new TestClient(cluster.bootstrapServers.split(",")[0]!);
    await client.createTopic("before", 1);
    const { clusterId } = (await cluster.describe())!;
    const settings = {
      "node.id": 3,
      "controller.quorum.auto.join.enable": "true",
      "controller.quorum.bootstrap.servers": controllersOf(cluster).join(),
      listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
    };
    const nameless = startNode(t, settings);
    assert.equal((await nameless.ended()).code, 1);
    assert.match(
      nameless.stderr,
      /^gofka: a node that comes to a cluster has to be told its id: /m,
    );

    const node = startNode(t, { ...settings, "gofka.cluster.id": clusterId });
    const address = await node.ready();
    await shows(cluster, ({ members }) =>
      members.some(({ nodeId, isVoter }) => nodeId === 3 && isVoter),
    );
    const [first] = cluster.nodes;
    await first!.kill();
    using survivor = new TestClient(address);
    await until("two of three take changes", () =>
      survivor.createTopic("after", 1).then(
        () => true,
        (error: Error) => error.message.includes("TOPIC_ALREADY_EXISTS"),
      ),
    );
    const { topics } = await survivor.metadata(["before", "after"]);
    assert.deepEqual(
      topics.map(({ errorCode }) => errorCode),
      [0, 0],
    );
  });

  it("finds it by the address of any of its controllers, the leader's or another's", async (t) => {
    const cluster = await twoNodes(t);
    const { clusterId, leaderId } = (await cluster.describe())!;
    const follower = controllersOf(cluster)[leaderId === 1 ? 1 : 0]!;
    const joining = startNode(t, {
      "node.id": 3,
      "gofka.cluster.id": clusterId,
      "controller.quorum.auto.join.enable": "true",
      "controller.quorum.bootstrap.servers": follower,
      listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
    });
    await joining.ready();
    await shows(cluster, ({ members }) =>
      members.some(({ nodeId, isVoter }) => nodeId === 3 && isVoter),
    );
  });
});

describe("a node that has begun alone", () => {
  it("grows to three voters, and is not needed then", async (t) => {
    const first = await startedAlone(t);
    const [, address = ""] = /ready at (\S+)/.exec(first.node.stdout)!;
    using client = new TestClient(address);
    await client.createTopic("before", 1);
    const joining = {
      "gofka.cluster.id": await clusterIdOf(client),
      "controller.quorum.auto.join.enable": "true",
      "controller.quorum.bootstrap.servers": `127.0.0.1:${first.port}`,
      listeners: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
      "controller.listener.names": "CONTROLLER",
    };
    const others = [2, 3].map((nodeId) => startNode(t, { "node.id": nodeId, ...joining }));
    const addresses = await Promise.all(others.map((node) => node.ready()));
    // In the order in which they have come.
    const voters = /"voters":\["1:[^"]{22}"(?:,"[23]:[^"]{22}"){2}\]/;
    for (const node of [first.node, ...others]) await node.heard(voters);
    first.node.signal("SIGKILL");
    await first.node.ended();
    using survivor = new TestClient(addresses[0]!);
    await until("two of three take changes", () =>
      survivor.createTopic("after", 1).then(
        () => true,
        (error: Error) => error.message.includes("TOPIC_ALREADY_EXISTS"),
      ),
    );
    const { topics } = await survivor.metadata(["before", "after"]);
    assert.deepEqual(
      topics.map(({ errorCode }) => errorCode),
      [0, 0],
    );
  });
});

/** A single voter whose listener for controllers others may come to. */
async function startedAlone(t: TestContext): Promise<{ node: Program; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1);
    const node = startNode(t, {
      "node.id": 1,
      "process.roles": "broker,controller",
      "controller.listener.names": "CONTROLLER",
      listeners: `PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:${port}`,
    });
    const failed = await node.ready().then(
      () => false,
      () => true,
    );
    if (!failed) return { node, port };
    // Somebody else has taken the port meanwhile.
    assert.ok(attempt < ATTEMPTS && node.stderr.includes("EADDRINUSE"), node.stderr);
  }
}

async function clusterIdOf(client: TestClient): Promise<string> {
  const { clusterId } = await client.metadata([]);
  assert.ok(clusterId !== null);
  return clusterId;
}
