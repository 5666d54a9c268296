import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import * as offsetCommit from "../../../src/protocol/messages/08-offset-commit.ts";
import * as findCoordinator from "../../../src/protocol/messages/10-find-coordinator.ts";
import * as syncGroup from "../../../src/protocol/messages/14-sync-group.ts";
import * as describeGroups from "../../../src/protocol/messages/15-describe-groups.ts";
import * as deleteGroups from "../../../src/protocol/messages/42-delete-groups.ts";
import { TestDoor, topicRecords } from "./test-door.ts";

function door(): TestDoor {
  return new TestDoor({
    records: [...topicRecords("__consumer_offsets", 1), ...topicRecords("a", 2)],
  });
}

describe("requests that name groups", () => {
  test("a found coordinator has words, in versions that Kafka has them in", () => {
    const d = door();
    const client = d.connect();
    for (const [version, words] of [
      [1, "NONE"],
      [3, "NONE"],
      [4, ""],
    ] as const) {
      const [key, coordinatorKeys] = version < 4 ? ["g", []] : ["", ["g"]];
      const body = { key, keyType: 0, coordinatorKeys };
      client.send(findCoordinator.FindCoordinatorRequest, version, body);
      const found = client.take(findCoordinator.FindCoordinatorResponse, version);
      const told = version < 4 ? found : found.coordinators[0]!;
      assert.deepEqual([told.errorCode, told.nodeId, told.errorMessage], [0, 1, words]);
    }
  });

  test("SyncGroup must say its protocol from version 5", () => {
    const d = door();
    const client = d.connect();
    const body = { groupId: "g", generationId: 1, memberId: "m", assignments: [] };
    client.send(syncGroup.SyncGroupRequest, 5, { ...body, protocolType: "consumer" });
    assert.equal(client.take(syncGroup.SyncGroupResponse, 5).errorCode, 23);
    client.send(syncGroup.SyncGroupRequest, 4, body);
    assert.equal(d.asked("syncGroup").length, 1);
  });

  test("topics without partitions are not answered in OffsetCommit", () => {
    const d = door();
    const client = d.connect();
    const one = { partitionIndex: 1, committedOffset: 5n, committedMetadata: null };
    client.send(offsetCommit.OffsetCommitRequest, 8, {
      groupId: "g",
      generationIdOrMemberEpoch: -1,
      memberId: "",
      topics: [
        { name: "a", partitions: [] },
        { name: "a", partitions: [one] },
      ],
    });
    d.answer("commitOffsets", { errorCodes: [0] });
    const { topics } = client.take(offsetCommit.OffsetCommitResponse, 8);
    assert.deepEqual(
      topics.map(({ partitions }) => partitions),
      [[{ partitionIndex: 1, errorCode: 0 }]],
    );
  });

  test("the group without a name is one like others", () => {
    const d = door();
    const client = d.connect();
    client.send(describeGroups.DescribeGroupsRequest, 6, {
      groups: ["", "gone"],
      includeAuthorizedOperations: true,
    });
    const described = { state: "Empty", protocolType: "", protocolName: "", members: [] };
    d.answer("describeGroup", described);
    d.answer("describeGroup", { refused: 69, why: "not found" });
    const { groups } = client.take(describeGroups.DescribeGroupsResponse, 6);
    assert.deepEqual(
      groups.map(({ groupState, errorCode, authorizedOperations }) => [
        groupState,
        errorCode,
        authorizedOperations > 0,
      ]),
      [
        ["Empty", 0, true],
        ["Dead", 69, false],
      ],
    );
    client.send(deleteGroups.DeleteGroupsRequest, 2, { groupsNames: [""] });
    d.answer("deleteGroup", { errorCode: 0 });
    const { results } = client.take(deleteGroups.DeleteGroupsResponse, 2);
    assert.deepEqual(results, [{ groupId: "", errorCode: 0 }]);
  });
});
