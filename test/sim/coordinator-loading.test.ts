// A group's coordinator that has just started reads its partition of the offsets topic first. Who asks
// meanwhile hears that, and so does who asks another node, in the form that Kafka gives it in each API
// (`GroupCoordinatorService`); afterwards all is as it was before.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GroupConsumer } from "../../src/client/group/group-consumer.ts";
import { Producer } from "../../src/client/producer.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from "../../src/protocol/messages/08-offset-commit.ts";
import {
  OffsetFetchRequest,
  OffsetFetchResponse,
} from "../../src/protocol/messages/09-offset-fetch.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../src/protocol/messages/10-find-coordinator.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../src/protocol/messages/11-join-group.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/12-heartbeat.ts";
import {
  LeaveGroupRequest,
  LeaveGroupResponse,
} from "../../src/protocol/messages/13-leave-group.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../../src/protocol/messages/14-sync-group.ts";
import {
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from "../../src/protocol/messages/15-describe-groups.ts";
import {
  ListGroupsRequest,
  ListGroupsResponse,
} from "../../src/protocol/messages/16-list-groups.ts";
import {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
} from "../../src/protocol/messages/42-delete-groups.ts";
import {
  OffsetDeleteRequest,
  OffsetDeleteResponse,
} from "../../src/protocol/messages/47-offset-delete.ts";
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../src/protocol/messages/68-consumer-group-heartbeat.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "../../src/protocol/messages/69-consumer-group-describe.ts";
import type { ClusterClient } from "../../src/sim/workload/cluster-clients.ts";
import { SimCluster } from "../support/sim-cluster.ts";

const NODES = 3;
const COMMITS = 300;
const TOPIC = "orders";
const { NONE, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS, UNKNOWN_MEMBER_ID } = ErrorCode;
const loading = COORDINATOR_LOAD_IN_PROGRESS;

const api = {
  commit: { request: OffsetCommitRequest, response: OffsetCommitResponse },
  fetch: { request: OffsetFetchRequest, response: OffsetFetchResponse },
  find: { request: FindCoordinatorRequest, response: FindCoordinatorResponse },
  join: { request: JoinGroupRequest, response: JoinGroupResponse },
  heartbeat: { request: HeartbeatRequest, response: HeartbeatResponse },
  leave: { request: LeaveGroupRequest, response: LeaveGroupResponse },
  sync: { request: SyncGroupRequest, response: SyncGroupResponse },
  describe: { request: DescribeGroupsRequest, response: DescribeGroupsResponse },
  list: { request: ListGroupsRequest, response: ListGroupsResponse },
  delete: { request: DeleteGroupsRequest, response: DeleteGroupsResponse },
  deleteOffsets: { request: OffsetDeleteRequest, response: OffsetDeleteResponse },
  consume: { request: ConsumerGroupHeartbeatRequest, response: ConsumerGroupHeartbeatResponse },
  describeNew: { request: ConsumerGroupDescribeRequest, response: ConsumerGroupDescribeResponse },
};

class Stage {
  readonly cluster: SimCluster;
  private readonly clients = new Map<number, ClusterClient>();

  constructor() {
    // Each read brings one batch: a long log takes many.
    this.cluster = new SimCluster({
      nodes: NODES,
      settings: { "offsets.load.buffer.size": "1" },
    });
    this.cluster.createTopic(this.at(1), TOPIC, NODES);
  }

  at(nodeId: number): ClusterClient {
    const known = this.clients.get(nodeId) ?? this.cluster.client(nodeId);
    this.clients.set(nodeId, known);
    return known;
  }

  /** Of each node a group that it coordinates. */
  groups(): Map<number, string> {
    const found = new Map<number, string>();
    this.cluster.until("every node coordinates a group", () => {
      const coordinatorKeys = Array.from({ length: 20 }, (_, n) => `group-${n}`);
      const { coordinators } = this.cluster.ask(this.at(1), api.find, { coordinatorKeys });
      for (const { key, nodeId, errorCode } of coordinators) {
        if (errorCode === NONE) found.set(nodeId, key);
      }
      return found.size === NODES;
    });
    return found;
  }

  commit(nodeId: number, groupId: string, offset: number): number {
    const { topicId } = this.topic(nodeId);
    const partitions = [
      { partitionIndex: 0, committedOffset: BigInt(offset), committedMetadata: "" },
    ];
    const { topics } = this.cluster.ask(this.at(nodeId), api.commit, {
      groupId,
      generationIdOrMemberEpoch: -1,
      memberId: "",
      topics: [{ name: TOPIC, topicId, partitions }],
    });
    return topics[0]!.partitions[0]!.errorCode;
  }

  committed(nodeId: number, groupId: string): { errorCode: number; offset: number | undefined } {
    const { topicId } = this.topic(nodeId);
    const topics = [{ name: TOPIC, topicId, partitionIndexes: [0] }];
    const answer = this.cluster.ask(this.at(nodeId), api.fetch, { groups: [{ groupId, topics }] });
    const { errorCode, topics: told } = answer.groups[0]!;
    const offset = told[0]?.partitions[0]?.committedOffset;
    return { errorCode, offset: offset === undefined ? offset : Number(offset) };
  }

  /** What each API says of the group at this node. */
  codes(nodeId: number, groupId: string): Record<string, number> {
    const { cluster } = this;
    const client = this.at(nodeId);
    const member = { groupId, memberId: "somebody", generationId: 1 };
    const joining = { ...member, sessionTimeoutMs: 10_000, protocolType: "consumer" };
    const protocols = [{ name: "range", metadata: new Uint8Array(0) }];
    const chosen = { protocolType: "consumer", protocolName: "range" };
    const topics = [{ name: TOPIC, partitions: [{ partitionIndex: 0 }] }];
    const described = { groups: [groupId], includeAuthorizedOperations: false };
    const describedNew = { groupIds: [groupId], includeAuthorizedOperations: false };
    const left = { groupId, members: [{ memberId: "somebody" }] };
    return {
      join: cluster.ask(client, api.join, { ...joining, protocols }).errorCode,
      sync: cluster.ask(client, api.sync, { ...member, ...chosen, assignments: [] }).errorCode,
      heartbeat: cluster.ask(client, api.heartbeat, member).errorCode,
      leave: cluster.ask(client, api.leave, left).errorCode,
      commit: this.commit(nodeId, groupId, 0),
      fetch: this.committed(nodeId, groupId).errorCode,
      describe: cluster.ask(client, api.describe, described).groups[0]!.errorCode,
      delete: cluster.ask(client, api.delete, { groupsNames: [groupId] }).results[0]!.errorCode,
      deleteOffsets: cluster.ask(client, api.deleteOffsets, { groupId, topics }).errorCode,
      consume: cluster.ask(client, api.consume, {
        ...{ groupId, memberId: "", memberEpoch: 0, rebalanceTimeoutMs: 10_000 },
        ...{ subscribedTopicNames: [TOPIC], topicPartitions: [] },
      }).errorCode,
      describeNew: cluster.ask(client, api.describeNew, describedNew).groups[0]!.errorCode,
    };
  }

  topic(nodeId: number): { topicId: string } {
    const { cluster } = this.at(nodeId);
    let isKnown = cluster.topic(TOPIC) !== undefined;
    if (!isKnown) cluster.refresh([TOPIC], ({ ok }) => (isKnown = ok));
    this.cluster.until("the topic is known", () => isKnown);
    return cluster.topic(TOPIC)!;
  }

  /** Its disk takes its time from now on. */
  restartWithSlowDisk(nodeId: number): void {
    const node = this.cluster.node(nodeId);
    node.kill();
    node.disk.options = { ...node.disk.options, latencyMs: 5 };
    node.start();
    this.clients.delete(nodeId);
  }
}

describe("a coordinator that has just started", () => {
  it("says that it loads, and answers as before when it has loaded", () => {
    const stage = new Stage();
    const { cluster } = stage;
    const [[nodeId, groupId], [otherId, otherGroup]] = [...stage.groups()] as [
      [number, string],
      [number, string],
    ];
    for (let offset = 1; offset <= COMMITS; offset++) {
      assert.equal(stage.commit(nodeId, groupId, offset), NONE);
    }
    assert.equal(stage.commit(otherId, otherGroup, 7), NONE);

    stage.restartWithSlowDisk(nodeId);
    cluster.until("it is up", () => cluster.node(nodeId).state === "up");
    assert.deepEqual(stage.codes(nodeId, groupId), {
      ...{ join: loading, sync: loading, leave: loading, consume: loading },
      // Nobody is to lose a session for it.
      heartbeat: NONE,
      ...{ commit: loading, fetch: loading, deleteOffsets: loading },
      ...{ describe: loading, describeNew: loading, delete: loading },
    });
    assert.equal(cluster.ask(stage.at(nodeId), api.list, {}).errorCode, loading);
    const found = cluster.ask(stage.at(otherId), api.find, { coordinatorKeys: [groupId] });
    assert.equal(found.coordinators[0]?.nodeId, nodeId, "it is the coordinator all the same");
    // Groups of other nodes have nothing to do with it.
    assert.deepEqual(stage.committed(otherId, otherGroup), { errorCode: NONE, offset: 7 });
    assert.equal(stage.commit(otherId, otherGroup, 8), NONE);
    assert.equal(stage.committed(nodeId, groupId).errorCode, loading, "still");

    const member = { groupId, memberId: "somebody", generationId: 1 };
    cluster.until("it has loaded", () => {
      const { errorCode } = cluster.ask(stage.at(nodeId), api.heartbeat, member);
      assert.ok(errorCode === NONE || errorCode === UNKNOWN_MEMBER_ID, `${errorCode}`);
      return errorCode === UNKNOWN_MEMBER_ID;
    });
    assert.deepEqual(stage.committed(nodeId, groupId), { errorCode: NONE, offset: COMMITS });
    assert.equal(stage.commit(nodeId, groupId, COMMITS + 1), NONE);
    const listed = cluster.ask(stage.at(nodeId), api.list, {});
    assert.ok(listed.groups.some((each) => each.groupId === groupId));
  });

  it("keeps a consumer, which asks again until it is answered", () => {
    const stage = new Stage();
    const { cluster } = stage;
    const [[nodeId, groupId], [otherId]] = [...stage.groups()] as [
      [number, string],
      [number, string],
    ];
    for (let offset = 1; offset <= COMMITS; offset++) stage.commit(nodeId, groupId, offset);
    // The records are elsewhere: only the coordinator is gone.
    const client = cluster.client(otherId);
    const own = new Map<number, number>();
    client.cluster.refresh([TOPIC], () => {
      for (const [index, { leaderId }] of client.cluster.topic(TOPIC)?.partitions ?? []) {
        own.set(leaderId, index);
      }
    });
    cluster.until("leaders are known", () => own.has(otherId));
    const partition = own.get(otherId)!;
    const producer = new Producer(client.cluster, {});
    const heard: string[] = [];
    const consumer = new GroupConsumer(client.cluster, { groupId, offsetReset: "earliest" });
    consumer.subscribe([TOPIC]);
    const poll = (): void =>
      consumer.poll(100, (records) => {
        for (const { value } of records) heard.push(new TextDecoder().decode(value!));
        client.life.after(1, "poll", poll);
      });
    poll();
    const say = (text: string): void => {
      const record = { value: new TextEncoder().encode(text), timestampMs: 1_800_000_000_000 };
      producer.send(TOPIC, partition, record, ({ kind }) => assert.equal(kind, "ok"));
    };
    say("before");
    cluster.until("it reads", () => heard.includes("before"));

    stage.restartWithSlowDisk(nodeId);
    cluster.until("it is up", () => cluster.node(nodeId).state === "up");
    say("meanwhile");
    let outcome: string | undefined;
    consumer.commit(undefined, { persistent: true }, (failure) => {
      outcome = failure?.message ?? "done";
    });
    assert.equal(stage.committed(nodeId, groupId).errorCode, loading);
    assert.equal(outcome, undefined, "it waits");
    cluster.until("its commit is answered", () => outcome !== undefined);
    assert.equal(outcome, "done");
    cluster.until("it reads on", () => heard.includes("meanwhile"));
    say("after");
    cluster.until("it reads on", () => heard.includes("after"));
    assert.deepEqual(heard, ["before", "meanwhile", "after"]);
  });
});

describe("a node that does not coordinate a group", () => {
  it("says so in every API", () => {
    const stage = new Stage();
    const [[, groupId], [otherId]] = [...stage.groups()] as [[number, string], [number, string]];
    const codes = stage.codes(otherId, groupId);
    for (const [what, code] of Object.entries(codes)) assert.equal(code, NOT_COORDINATOR, what);
    assert.equal(stage.cluster.ask(stage.at(otherId), api.list, {}).errorCode, NONE);
  });
});
