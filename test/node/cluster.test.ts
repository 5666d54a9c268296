// Three nodes as processes of their own, over real sockets and streams: one cluster, whichever of them a
// client comes to, and one that goes on when the one that leads is killed or stops.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/00-produce.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../src/protocol/messages/10-find-coordinator.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/12-heartbeat.ts";
import { buildBatch } from "../../src/protocol/record-batch.ts";
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
} from "../../src/protocol/messages/60-describe-cluster.ts";
import { eventually, NODES, threeNodes } from "../support/node-cluster.ts";

const PARTITIONS = 6;
const produceApi = { request: ProduceRequest, response: ProduceResponse };
const fetchApi = { request: FetchRequest, response: FetchResponse };
const findCoordinatorApi = { request: FindCoordinatorRequest, response: FindCoordinatorResponse };
const heartbeatApi = { request: HeartbeatRequest, response: HeartbeatResponse };
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

  it("tell who came to the wrong one where to go, with partitions and with groups", async (t) => {
    const cluster = await threeNodes(t);
    const clients = Array.from({ length: NODES }, (_, at) => cluster.client(at));
    await clients[0]!.createTopic("spread", NODES);
    for (const client of clients) {
      await eventually("every node tells of the topic", async () => {
        const { brokers, topics } = await client.metadata(["spread"]);
        return brokers.length === NODES && topics[0]?.partitions.length === NODES;
      });
    }
    const { topics, brokers } = await clients[0]!.metadata(["spread"]);
    const { topicId, partitions } = topics[0]!;
    const records = buildBatch([{ key: null, value: Buffer.from("a"), timestampMs: 1 }]);
    for (const { partitionIndex: index, leaderId } of partitions) {
      const client = cluster.client(leaderId % NODES);
      const produced = await client.ask(produceApi, {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [{ name: "", topicId, partitionData: [{ index, records }] }],
      });
      const refused = produced.responses[0]!.partitionResponses[0]!;
      assert.equal(refused.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
      assert.equal(refused.currentLeader.leaderId, leaderId);
      const fetched = await client.ask(fetchApi, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1000,
        topics: [
          {
            topic: "",
            topicId,
            partitions: [{ partition: index, fetchOffset: 0, partitionMaxBytes: 1000 }],
          },
        ],
        forgottenTopicsData: [],
      });
      const missed = fetched.responses[0]!.partitions[0]!;
      assert.equal(missed.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
      assert.equal(missed.currentLeader.leaderId, leaderId);
      const leader = brokers.find(({ nodeId }) => nodeId === leaderId)!;
      for (const { nodeEndpoints } of [produced, fetched]) {
        assert.deepEqual(
          nodeEndpoints.map(({ nodeId, port }) => [nodeId, port]),
          [[leaderId, leader.port]],
        );
      }
    }

    const coordinatorKeys = Array.from({ length: 20 }, (_, n) => `group-${n}`);
    const told = new Map<string, string>();
    const coordinators = new Set<number>();
    for (const [at] of clients.entries()) {
      await eventually("a node knows all coordinators", async () => {
        const found = await cluster.client(at).ask(findCoordinatorApi, { coordinatorKeys });
        if (found.coordinators.some(({ errorCode }) => errorCode !== ErrorCode.NONE)) return false;
        for (const { key, nodeId, port } of found.coordinators) {
          coordinators.add(nodeId);
          assert.equal(told.get(key) ?? `${nodeId} ${port}`, `${nodeId} ${port}`);
          told.set(key, `${nodeId} ${port}`);
        }
        return true;
      });
    }
    assert.equal(coordinators.size, NODES, "groups are spread over the nodes");
    for (const [groupId, place] of [...told].slice(0, 5)) {
      const heartbeat = { groupId, generationId: 1, memberId: "nobody" };
      const nodeId = Number(place.split(" ")[0]);
      const astray = await cluster.client(nodeId % NODES).ask(heartbeatApi, heartbeat);
      assert.equal(astray.errorCode, ErrorCode.NOT_COORDINATOR);
      await eventually("the coordinator has loaded its groups", async () => {
        const { errorCode } = await cluster.client(nodeId - 1).ask(heartbeatApi, heartbeat);
        return errorCode === ErrorCode.UNKNOWN_MEMBER_ID;
      });
    }
  });
});
