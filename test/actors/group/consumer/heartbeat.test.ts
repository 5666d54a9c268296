// Members of consumer groups through the group actor: joining, reconciliation, fencing, leaving.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member, topicIdOf } from "../group-stage.ts";

function stageWith(topics: Readonly<Record<string, number>>): GroupStage {
  return new GroupStage({ topics });
}

describe("a member of a consumer group", () => {
  it("that joins an empty group has everything at once", () => {
    const stage = stageWith({ t: 3 });
    const a = new Member(stage, "a", { subscribedTopicNames: ["t"] });
    const reply = a.join();
    assert.equal(reply.errorCode, ErrorCode.NONE);
    assert.equal(reply.memberEpoch, 1);
    assert.equal(reply.heartbeatIntervalMs, 5_000);
    assert.deepEqual(a.owns("t"), ["t-0", "t-1", "t-2"]);
    assert.deepEqual(stage.summary, {
      groupId: GROUP,
      state: "Stable",
      protocolType: "consumer",
      groupType: "consumer",
    });
  });

  it("gets nothing that another has not given up", () => {
    const stage = stageWith({ t: 4 });
    const a = new Member(stage, "a", { subscribedTopicNames: ["t"] });
    const b = new Member(stage, "b", { subscribedTopicNames: ["t"] });
    a.join();
    assert.deepEqual(b.join().assignment, { topicPartitions: [] });
    assert.equal(b.epoch, 2);
    // The first is told what to give up, and stays where it is until it has.
    const told = a.send(a.args());
    assert.equal(told.memberEpoch, 1);
    assert.deepEqual(told.assignment?.topicPartitions, [
      { topicId: topicIdOf("t"), partitions: [0, 1] },
    ]);
    assert.equal(b.beat().assignment, null);
    a.take(told);
    assert.equal(a.beat().memberEpoch, 2);
    b.beat();
    assert.deepEqual(
      [a.owns("t"), b.owns("t")],
      [
        ["t-0", "t-1"],
        ["t-2", "t-3"],
      ],
    );
    assert.equal((stage.summary as { state: string }).state, "Stable");
  });
});
