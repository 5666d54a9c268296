// What a consumer group tells is in the log: answers wait for it, and what is refused has never been.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member } from "./stage.ts";

function stageAndMember() {
  const stage = new GroupStage({ topics: { t: 2 } });
  const a = new Member(stage, "a", { subscribedTopicNames: ["t"] });
  const b = new Member(stage, "b", { subscribedTopicNames: ["t"] });
  return { stage, a, b };
}

describe("an answer of a consumer group", () => {
  it("waits until its change is durable", () => {
    const { stage, a } = stageAndMember();
    stage.stores = false;
    const join = stage.ask("consumerHeartbeat", a.joinArgs());
    assert.ok(!join.answered);
    assert.equal(stage.summary, undefined);
    stage.store();
    assert.ok(join.answered);
    assert.equal(stage.state, "Stable");
  });

  it("waits for what it rests on, even when it changes nothing", () => {
    const { stage, a } = stageAndMember();
    stage.stores = false;
    const join = stage.ask("consumerHeartbeat", a.joinArgs());
    const asked = [
      stage.ask("consumerHeartbeat", a.args({ memberEpoch: 1 })),
      stage.ask("consumerHeartbeat", a.args({ memberEpoch: 7 })),
      stage.ask("describeConsumerGroup", { groupId: GROUP }),
    ];
    assert.ok(asked.every(({ answered }) => !answered));
    stage.store();
    assert.ok(join.answered && asked.every(({ answered }) => answered));
    assert.equal(stage.batches.length, 1);
  });

  it("tells of a refusal to all whose change was built on it, and nothing is left of any", () => {
    const { stage, a, b } = stageAndMember();
    a.join();
    const before = stage.answer("describeConsumerGroup", { groupId: GROUP });
    stage.stores = false;
    const first = stage.ask("consumerHeartbeat", b.joinArgs());
    const c = new Member(stage, "c", { subscribedTopicNames: ["t"] });
    const second = stage.ask("consumerHeartbeat", c.joinArgs());
    const third = stage.ask("consumerHeartbeat", a.args({ topicPartitions: a.listed }));
    stage.stores = true;
    stage.refuse(ErrorCode.NOT_ENOUGH_REPLICAS);
    for (const asked of [first, second, third]) {
      assert.deepEqual(asked.value, { refused: ErrorCode.COORDINATOR_NOT_AVAILABLE });
    }
    assert.deepEqual(stage.answer("describeConsumerGroup", { groupId: GROUP }), before);
    assert.equal(stage.batches.length, 1);
    // And the group goes on.
    b.join();
    a.beat();
    a.beat();
    b.beat();
    assert.deepEqual([a.owns("t"), b.owns("t")], [["t-0"], ["t-1"]]);
  });

  it("keeps what was durable before the refusal", () => {
    const { stage, a, b } = stageAndMember();
    stage.stores = false;
    const first = stage.ask("consumerHeartbeat", a.joinArgs());
    const second = stage.ask("consumerHeartbeat", b.joinArgs());
    stage.store();
    assert.ok(first.answered && !second.answered);
    stage.stores = true;
    stage.refuse(ErrorCode.KAFKA_STORAGE_ERROR);
    assert.deepEqual(second.value, { refused: ErrorCode.NOT_COORDINATOR });
    const { members } = stage.answer("describeConsumerGroup", { groupId: GROUP });
    assert.deepEqual(
      members.map(({ memberId }) => memberId),
      ["a"],
    );
  });

  it("is a refusal when what it says has no room in a record", () => {
    const { stage, a, b } = stageAndMember();
    a.join();
    // No request can say this; ids that a coordinator makes out of a client's can be as long.
    const long = { memberId: "m".repeat(40_000) };
    const refused = stage.ask("consumerHeartbeat", b.joinArgs(long));
    assert.deepEqual(refused.value, { refused: ErrorCode.UNKNOWN_SERVER_ERROR });
    stage.stores = false;
    const before = stage.ask("consumerHeartbeat", b.joinArgs());
    const between = stage.ask("consumerHeartbeat", b.joinArgs(long));
    const after = stage.ask("consumerHeartbeat", a.args({ topicPartitions: a.listed }));
    stage.stores = true;
    stage.store();
    assert.ok(before.outcome?.ok && "memberEpoch" in before.outcome.value);
    for (const asked of [between, after]) {
      assert.deepEqual(asked.value, { refused: ErrorCode.UNKNOWN_SERVER_ERROR });
    }
    assert.equal(stage.answer("describeConsumerGroup", { groupId: GROUP }).members.length, 2);
  });

  it("of a group that could not begin leaves none", () => {
    const { stage, a } = stageAndMember();
    stage.stores = false;
    const join = stage.ask("consumerHeartbeat", a.joinArgs());
    stage.refuse(ErrorCode.NOT_ENOUGH_REPLICAS);
    assert.deepEqual(join.value, { refused: ErrorCode.COORDINATOR_NOT_AVAILABLE });
    assert.deepEqual(stage.ask("describeConsumerGroup", { groupId: GROUP }).value, {
      refused: ErrorCode.GROUP_ID_NOT_FOUND,
      why: "Group g not found.",
    });
  });
});
