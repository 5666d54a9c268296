// Static members of consumer groups (KIP-345 in KIP-848): they may go for a while and come back as
// another process.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member } from "./stage.ts";

function staticMember(stage: GroupStage, memberId: string, instanceId: string): Member {
  return new Member(stage, memberId, { subscribedTopicNames: ["t"], instanceId });
}

describe("a static member", () => {
  it("that is away for a while keeps its place for its next process", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = staticMember(stage, "a", "one");
    a.join();
    assert.equal(a.leave(-2).memberEpoch, -2);
    const again = staticMember(stage, "a2", "one");
    assert.equal(again.join().memberEpoch, 2);
    assert.deepEqual(again.owns("t"), ["t-0", "t-1"]);
    const { members } = stage.answer("describeConsumerGroup", { groupId: GROUP });
    assert.deepEqual(
      members.map(({ memberId }) => memberId),
      ["a2"],
    );
    assert.equal(a.beat().errorCode, ErrorCode.FENCED_INSTANCE_ID);
  });

  it("is not pushed out while it is there", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    staticMember(stage, "a", "one").join();
    const reply = staticMember(stage, "b", "one").join();
    assert.equal(reply.errorCode, ErrorCode.UNRELEASED_INSTANCE_ID);
  });

  it("comes back under its own id as well", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = staticMember(stage, "a", "one");
    a.join();
    a.leave(-2);
    assert.equal(a.join().errorCode, ErrorCode.NONE);
    assert.deepEqual(a.owns("t"), ["t-0", "t-1"]);
  });

  it("loses its place when it is away for longer than a session", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = staticMember(stage, "a", "one");
    const b = staticMember(stage, "b", "two");
    a.join();
    b.join();
    a.beat();
    a.beat();
    b.beat();
    a.leave(-2);
    for (let i = 0; i < 5; i++) {
      stage.advance(10_000);
      b.beat();
    }
    assert.equal(b.owns("t").length, 2);
  });

  it("leaves for good with epoch -1", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = staticMember(stage, "a", "one");
    a.join();
    assert.equal(a.leave(-1).errorCode, ErrorCode.NONE);
    assert.deepEqual(stage.answer("describeConsumerGroup", { groupId: GROUP }).members, []);
  });

  it("is told from one that has never been", () => {
    const stage = new GroupStage({ topics: { t: 2 } });
    const a = staticMember(stage, "a", "one");
    a.join();
    const stranger = staticMember(stage, "a", "two");
    const epoch = { memberEpoch: 1 };
    assert.equal(stranger.send(stranger.args(epoch)).errorCode, ErrorCode.UNKNOWN_MEMBER_ID);
    const thief = staticMember(stage, "b", "one");
    assert.equal(thief.send(thief.args(epoch)).errorCode, ErrorCode.FENCED_INSTANCE_ID);
    assert.equal(thief.leave(-2).errorCode, ErrorCode.FENCED_INSTANCE_ID);
  });
});
