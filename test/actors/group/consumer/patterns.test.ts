// Subscriptions of consumer groups by pattern, matched by the coordinator.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member } from "./stage.ts";

function byPattern(stage: GroupStage, memberId: string, subscribedTopicRegex: string): Member {
  return new Member(stage, memberId, { subscribedTopicNames: null, subscribedTopicRegex });
}

describe("a subscription by pattern", () => {
  it("has all topics that match as a whole", () => {
    const stage = new GroupStage({ topics: { "a-1": 1, "a-2": 1, b: 1, "x-a-1": 1 } });
    const member = byPattern(stage, "m", "a-\\d");
    member.join();
    assert.deepEqual(member.owns("a-1", "a-2", "b", "x-a-1"), ["a-1-0", "a-2-0"]);
    const { members } = stage.answer("describeConsumerGroup", { groupId: GROUP });
    assert.equal(members[0]!.subscribedTopicRegex, "a-\\d");
  });

  it("has new topics ten seconds after the last look at the earliest", () => {
    const stage = new GroupStage({ topics: { a: 1 } });
    const member = byPattern(stage, "m", "a.*");
    member.join();
    stage.haveTopics({ a: 1, ab: 1 });
    stage.advance(5_000);
    member.beat();
    assert.deepEqual(member.owns("a", "ab"), ["a-0"]);
    stage.advance(5_001);
    member.beat();
    assert.deepEqual(member.owns("a", "ab"), ["a-0", "ab-0"]);
  });

  it("may stand beside names, and be exchanged", () => {
    const stage = new GroupStage({ topics: { a: 1, b: 1, c: 1 } });
    const member = byPattern(stage, "m", "a");
    member.join({ subscribedTopicNames: ["b"] });
    assert.deepEqual(member.owns("a", "b", "c"), ["a-0", "b-0"]);
    member.beat({ subscribedTopicRegex: "c" });
    member.beat();
    assert.deepEqual(member.owns("a", "b", "c"), ["b-0", "c-0"]);
    member.beat({ subscribedTopicRegex: "" });
    member.beat();
    assert.deepEqual(member.owns("a", "b", "c"), ["b-0"]);
  });

  it("is shared by all who have it, also after a new start", () => {
    const stage = new GroupStage({ topics: { a1: 1, a2: 1 } });
    const m = byPattern(stage, "m", "a.");
    const n = byPattern(stage, "n", "a.");
    m.join();
    n.join();
    m.beat();
    m.beat();
    n.beat();
    assert.deepEqual([m.owns("a1", "a2"), n.owns("a1", "a2")], [["a1-0"], ["a2-0"]]);
    const again = new GroupStage({ topics: { a1: 1, a2: 1 }, records: stage.records() });
    const left = new Member(again, "n");
    left.epoch = n.epoch;
    assert.equal(left.leave().errorCode, ErrorCode.NONE);
    const rest = new Member(again, "m");
    rest.epoch = m.epoch;
    rest.owned = m.owned;
    rest.beat();
    assert.deepEqual(rest.owns("a1", "a2"), ["a1-0", "a2-0"]);
  });

  it("that other engines would never end takes no time", () => {
    const stage = new GroupStage({ topics: { ["a".repeat(200)]: 1 } });
    const begun = performance.now();
    const reply = byPattern(stage, "m", "(a*)*b").join();
    assert.equal(reply.errorCode, ErrorCode.NONE);
    // Backtracking would take longer than the universe has been there.
    assert.ok(performance.now() - begun < 30_000);
  });
});
