// Consumer groups (KIP-848) on whole nodes: over the wire, across hosts, and after a new start.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { Gofka } from "../../src/index.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../src/protocol/messages/10-find-coordinator.ts";
import {
  ListGroupsRequest,
  ListGroupsResponse,
} from "../../src/protocol/messages/16-list-groups.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../../src/protocol/messages/44-incremental-alter-configs.ts";
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../src/protocol/messages/68-consumer-group-heartbeat.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "../../src/protocol/messages/69-consumer-group-describe.ts";
import { errorName, settled, TestClient, until } from "../support/kafka-client.ts";
import { scratchDirectory } from "../support/scratch.ts";

const findCoordinatorApi = { request: FindCoordinatorRequest, response: FindCoordinatorResponse };
const listGroupsApi = { request: ListGroupsRequest, response: ListGroupsResponse };
const alterConfigsApi = {
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
};
const heartbeatApi = {
  request: ConsumerGroupHeartbeatRequest,
  response: ConsumerGroupHeartbeatResponse,
};
const describeApi = {
  request: ConsumerGroupDescribeRequest,
  response: ConsumerGroupDescribeResponse,
};

const GROUP_RESOURCE = 32;
const config = { "group.consumer.assignment.interval.ms": 0 };

type Heartbeat = Parameters<typeof heartbeat>[1];

async function withGroups(client: TestClient): Promise<void> {
  await until("there is a coordinator", async () => {
    const body = { keyType: 0, coordinatorKeys: ["g"] };
    const reply = await settled<FindCoordinatorResponse>((done) =>
      client.cluster.callAny(findCoordinatorApi, body, done),
    );
    return errorName(reply.coordinators[0]!.errorCode) === "NONE";
  });
}

async function heartbeat(
  client: TestClient,
  args: {
    memberId: string;
    memberEpoch: number;
    groupId?: string;
    subscribedTopicNames?: readonly string[];
    topicPartitions?: readonly { topicId: string; partitions: readonly number[] }[];
  },
): Promise<ConsumerGroupHeartbeatResponse> {
  const joins = args.memberEpoch === 0;
  const body = {
    groupId: "g",
    rebalanceTimeoutMs: joins ? 60_000 : -1,
    ...(joins ? { topicPartitions: [] } : {}),
    ...args,
  };
  let reply: ConsumerGroupHeartbeatResponse | undefined;
  await until("the coordinator has loaded its groups", async () => {
    reply = await settled<ConsumerGroupHeartbeatResponse>((done) =>
      client.cluster.callAny(heartbeatApi, body, done),
    );
    return errorName(reply.errorCode) !== "COORDINATOR_LOAD_IN_PROGRESS";
  });
  return reply!;
}

function describeGroup(client: TestClient, groupId: string) {
  const body = { groupIds: [groupId], includeAuthorizedOperations: true };
  return settled<ConsumerGroupDescribeResponse>((done) =>
    client.cluster.callAny(describeApi, body, done),
  ).then(({ groups }) => groups[0]!);
}

async function join(client: TestClient, args: Omit<Heartbeat, "memberEpoch">) {
  const reply = await heartbeat(client, { ...args, memberEpoch: 0 });
  assert.equal(errorName(reply.errorCode), "NONE", reply.errorMessage ?? "");
  return reply;
}

describe("consumer groups of a node", () => {
  for (const hosts of [0, 3]) {
    it(`are served by ${hosts === 0 ? "one thread" : `${hosts} hosts`}`, async () => {
      await using node = await Gofka.start({ hosts, logLevel: "silent", config });
      using client = new TestClient(node.bootstrapServers);
      await client.createTopic("t", 4);
      await withGroups(client);
      const names = Array.from({ length: 8 }, (_, n) => `group-${n}`);
      const assigned = await Promise.all(
        names.map(async (groupId) => {
          const topics = { subscribedTopicNames: ["t"] };
          const reply = await join(client, { groupId, memberId: "m", ...topics });
          return reply.assignment!.topicPartitions[0]!.partitions.length;
        }),
      );
      assert.deepEqual(
        assigned,
        names.map(() => 4),
      );
      const body = { statesFilter: ["stable"], typesFilter: ["Consumer"] };
      const listed = await settled<ListGroupsResponse>((done) =>
        client.cluster.callAny(listGroupsApi, body, done),
      );
      assert.deepEqual(new Set(listed.groups.map(({ groupId }) => groupId)), new Set(names));
      const described = await describeGroup(client, "group-3");
      const [member] = described.members;
      assert.equal(described.groupState, "Stable");
      assert.deepEqual(member!.assignment.topicPartitions[0]!.topicName, "t");
      assert.equal(member!.memberType, 1);
      assert.notEqual(described.authorizedOperations, -0x8000_0000);
    });
  }

  it("see topics that come, and partitions that are added", async () => {
    await using node = await Gofka.start({ logLevel: "silent", config });
    using client = new TestClient(node.bootstrapServers);
    await client.createTopic("other");
    await withGroups(client);
    const first = await join(client, { memberId: "m", subscribedTopicNames: ["late"] });
    assert.deepEqual(first.assignment, { topicPartitions: [] });
    await client.createTopic("late", 2);
    const next = await heartbeat(client, { memberId: "m", memberEpoch: 2, topicPartitions: [] });
    assert.equal(next.memberEpoch, 3);
    assert.deepEqual(next.assignment!.topicPartitions[0]!.partitions, [0, 1]);
  });

  it("are there after a new start", async (t) => {
    const dataDir = scratchDirectory(t);
    let topicPartitions;
    {
      await using node = await Gofka.start({ dataDir, logLevel: "silent", config });
      using client = new TestClient(node.bootstrapServers);
      await client.createTopic("t", 4);
      await withGroups(client);
      const reply = await join(client, { memberId: "m", subscribedTopicNames: ["t"] });
      ({ topicPartitions } = reply.assignment!);
    }
    await using node = await Gofka.start({ dataDir, logLevel: "silent", config });
    using client = new TestClient(node.bootstrapServers);
    const reply = await heartbeat(client, { memberId: "m", memberEpoch: 2, topicPartitions });
    assert.equal(errorName(reply.errorCode), "NONE");
    assert.equal(reply.memberEpoch, 2);
    const fenced = await heartbeat(client, { memberId: "m", memberEpoch: 9, topicPartitions });
    assert.equal(errorName(fenced.errorCode), "FENCED_MEMBER_EPOCH");
  });

  it("follow configs of their own while they live", async () => {
    await using node = await Gofka.start({ logLevel: "silent", config });
    using client = new TestClient(node.bootstrapServers);
    await client.createTopic("t", 1);
    await withGroups(client);
    const intervalOf = async (groupId: string, memberId: string) =>
      (await join(client, { groupId, memberId, subscribedTopicNames: ["t"] })).heartbeatIntervalMs;
    assert.equal(await intervalOf("g", "m"), 5_000);
    const configs = [{ name: "consumer.heartbeat.interval.ms", configOperation: 0, value: "7000" }];
    const resources = [{ resourceType: GROUP_RESOURCE, resourceName: "g", configs }];
    const altered = await settled<IncrementalAlterConfigsResponse>((done) =>
      client.cluster.callAny(alterConfigsApi, { resources, validateOnly: false }, done),
    );
    assert.equal(errorName(altered.responses[0]!.errorCode), "NONE");
    const reply = await heartbeat(client, { memberId: "m", memberEpoch: 2 });
    assert.equal(reply.heartbeatIntervalMs, 7_000);
    assert.equal(await intervalOf("other", "m"), 5_000);
  });

  it("are refused when the node is not to speak their protocol", async () => {
    const protocols = { "group.coordinator.rebalance.protocols": "classic" };
    await using node = await Gofka.start({ logLevel: "silent", config: protocols });
    using client = new TestClient(node.bootstrapServers);
    const reply = await heartbeat(client, {
      memberId: "m",
      memberEpoch: 0,
      subscribedTopicNames: [],
    });
    assert.equal(errorName(reply.errorCode), "UNSUPPORTED_VERSION");
    assert.equal(errorName((await describeGroup(client, "g")).errorCode), "UNSUPPORTED_VERSION");
  });
});
