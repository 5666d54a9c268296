// What must not wait for data: a node whose data host stands still, or whose data is on a disk that does,
// goes on to lead the cluster and to commit what it is asked for. Three nodes, each with a host for data
// and one for the metadata.

import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../src/protocol/messages/22-init-producer-id.ts";
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from "../../src/protocol/messages/55-describe-quorum.ts";
import { eventually, NODES, threeNodes } from "../support/node-cluster.ts";
import type { TestClient } from "../support/kafka-client.ts";
import { settled, until } from "../support/kafka-client.ts";
import { scratchDirectory } from "../support/scratch.ts";

const quorumApi = { request: DescribeQuorumRequest, response: DescribeQuorumResponse };
const producerIdApi = { request: InitProducerIdRequest, response: InitProducerIdResponse };

/** Several times as long as a leader that is not heard of stays one. */
const STANDS_STILL_MS = 14_000;
const ELECTION_TIMEOUT_MS = 4_000;
const POOL_THREADS = 4;
const PARTITIONS = 18;

async function started(t: TestContext) {
  const cluster = await threeNodes(
    t,
    { "controller.quorum.election.timeout.ms": ELECTION_TIMEOUT_MS },
    { hosts: 1, env: { UV_THREADPOOL_SIZE: String(POOL_THREADS) } },
  );
  const clients = Array.from({ length: NODES }, (_, at) => cluster.client(at));
  await clients[0]!.createTopic("spread", PARTITIONS);
  for (const client of clients) {
    await eventually("every node tells of the topic", async () => {
      const { brokers, topics } = await client.metadata(["spread"]);
      return brokers.length === NODES && topics[0]?.partitions.length === PARTITIONS;
    });
    await new Promise<void>((resolve) => client.cluster.refresh(["spread"], () => resolve()));
  }
  const before = await quorumOf(clients[0]!, 1);
  const leader = before.leaderId - 1;
  const [other = 0, calm = 0] = [0, 1, 2].filter((at) => at !== leader);
  return { cluster, clients, before, leader, other, calm };
}

async function quorumOf(client: TestClient, nodeId: number) {
  const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
  const answer = await settled<DescribeQuorumResponse>((done) =>
    client.cluster.callBroker(nodeId, quorumApi, { topics }, done),
  );
  const { leaderId, leaderEpoch, highWatermark } = answer.topics[0]!.partitions[0]!;
  return { leaderId, leaderEpoch, highWatermark };
}

/** Those that this node leads. */
async function partitionsOf(client: TestClient, nodeId: number): Promise<number[]> {
  const { topics } = await client.metadata(["spread"]);
  const led = topics[0]!.partitions.filter(({ leaderId }) => leaderId === nodeId);
  return led.map(({ partitionIndex }) => partitionIndex);
}

describe("the metadata of a cluster", () => {
  it("is led on by a node whose data host stands still", async (t) => {
    const { cluster, clients, before, leader, calm } = await started(t);
    const [index = 0] = await partitionsOf(clients[leader]!, leader + 1);
    const faults = cluster.faults[leader]!;
    faults.arm({ kind: "stands still", pathHas: "/spread-", forMs: STANDS_STILL_MS });
    let isOver = false;
    const produced = clients[leader]!.produce("spread", index, ["late"]).then(() => {
      isOver = true;
    });
    await until("the host stands still", () => faults.hasStruck);
    let asked = 0;
    while (!isOver) {
      const { leaderId, leaderEpoch } = await quorumOf(clients[calm]!, calm + 1);
      assert.deepEqual([leaderId, leaderEpoch], [before.leaderId, before.leaderEpoch]);
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await produced;
    assert.ok(asked > 1, "the others were answered meanwhile");
    assert.deepEqual(await clients[calm]!.values("spread", index), ["late"]);
  });

  it("is committed by nodes whose data is on disks that stand still", async (t) => {
    if (process.platform === "win32") return t.skip("there is no mkfifo");
    const { cluster, clients, before, leader, other, calm } = await started(t);
    const pipe = join(scratchDirectory(t), "pipe");
    execFileSync("mkfifo", [pipe]);
    const writes: Promise<unknown>[] = [];
    for (const at of [leader, other]) {
      cluster.faults[at]!.arm({ kind: "syncs stand still", pathHas: "", pipe });
      for (const index of await partitionsOf(clients[at]!, at + 1)) {
        writes.push(clients[at]!.produce("spread", index, ["late"]));
      }
    }
    const stuck = (): number => (existsSync(`${pipe}.log`) ? statSync(`${pipe}.log`).size : 0);
    await until("all threads that data may have wait", () => stuck() >= 2 * (POOL_THREADS - 1));
    // A block of ids is a record of the metadata: one of the two has to have it on disk.
    const body = { transactionalId: null, transactionTimeoutMs: 1000 };
    const { errorCode } = await settled<InitProducerIdResponse>((done) =>
      clients[calm]!.cluster.callBroker(calm + 1, producerIdApi, body, done),
    );
    assert.equal(errorCode, ErrorCode.NONE);
    assert.equal(stuck(), 2 * (POOL_THREADS - 1), "no more of the pool than is theirs");
    const { leaderId, leaderEpoch, highWatermark } = await quorumOf(clients[calm]!, calm + 1);
    assert.deepEqual([leaderId, leaderEpoch], [before.leaderId, before.leaderEpoch]);
    assert.ok(highWatermark > before.highWatermark);
    for (const at of [leader, other]) cluster.faults[at]!.lift();
    const writer = openSync(pipe, "w");
    await Promise.all(writes);
    closeSync(writer);
  });
});
