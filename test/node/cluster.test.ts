// Three nodes as processes of their own, over real sockets and streams: one cluster, whichever of them a
// client comes to, and one that goes on when the one that leads is killed or stops.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from "../../src/protocol/messages/60-describe-cluster.ts";
import { eventually, NODES, threeNodes } from "../support/node-cluster.ts";

const PARTITIONS = 6;
const describeClusterApi = { request: DescribeClusterRequest, response: DescribeClusterResponse };

describe("three nodes", () => {
  it("are one cluster, whichever of them is asked, also when the one that leads is killed", async (t) => {
    const cluster = await threeNodes(t, {
      "broker.session.timeout.ms": 3000,
      "broker.heartbeat.interval.ms": 300,
    });
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

  it("go on when the one that leads stops in order: nobody waits for its session to end", async (t) => {
    // Longer than any test: only what is told makes a difference.
    const cluster = await threeNodes(t, { "broker.session.timeout.ms": 600_000 });
    const clients = Array.from({ length: NODES }, (_, at) => cluster.client(at));
    await clients[0]!.createTopic("spread", PARTITIONS);
    for (let index = 0; index < PARTITIONS; index++) {
      await clients[0]!.produce("spread", index, [`record ${index}`]);
    }

    const leading = cluster.nodes.findIndex(({ stderr }) => /"msg":"leads"/.test(stderr));
    assert.ok(leading >= 0, "one of them says that it leads");
    const stopped = leading + 1;
    cluster.nodes[leading]!.signal("SIGTERM");
    assert.equal((await cluster.nodes[leading]!.ended()).code, 0);

    const survivor = cluster.client((leading + 1) % NODES);
    await eventually("it is fenced", async () => {
      const { brokers } = await survivor.metadata(["spread"]);
      return brokers.every(({ nodeId }) => nodeId !== stopped);
    });
    const { topics } = await survivor.metadata(["spread"]);
    for (const { leaderId, errorCode, replicaNodes, isrNodes } of topics[0]!.partitions) {
      assert.equal(leaderId === -1, replicaNodes[0] === stopped);
      assert.equal(errorCode === 0, leaderId !== -1);
      assert.deepEqual(isrNodes, replicaNodes);
    }
    const described = await survivor.ask(describeClusterApi, {
      includeClusterAuthorizedOperations: false,
      includeFencedBrokers: true,
    });
    const fenced = described.brokers.filter(({ isFenced }) => isFenced);
    assert.deepEqual(
      fenced.map(({ brokerId }) => brokerId),
      [stopped],
    );
    await eventually("the others take changes", () =>
      survivor.createTopic("meanwhile", 4).then(
        () => true,
        (error: Error) => error.message.includes("TOPIC_ALREADY_EXISTS"),
      ),
    );
    const meanwhile = await survivor.metadata(["meanwhile"]);
    assert.ok(meanwhile.topics[0]!.partitions.every(({ leaderId }) => leaderId !== stopped));

    cluster.start(leading);
    await cluster.ready(leading);
    const back = cluster.client(leading);
    const whole = await back.metadata(["spread"]);
    assert.equal(whole.brokers.length, NODES);
    assert.ok(
      whole.topics[0]!.partitions.every(
        ({ leaderId, replicaNodes }) => leaderId === replicaNodes[0],
      ),
    );
    for (let index = 0; index < PARTITIONS; index++) {
      assert.deepEqual(await back.values("spread", index), [`record ${index}`]);
    }
    for (const node of cluster.nodes) node.signal("SIGTERM");
    for (const node of cluster.nodes) assert.equal((await node.ended()).code, 0);
  });
});
