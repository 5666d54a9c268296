// Whatever happens to a group, a new start finds in the log what has been answered: the same offsets, the
// same members with the same assignments in the same generation whenever the group is stable, and the
// same group or none.

import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { isRefused } from "../../../src/actors/group/messages.ts";
import type { JoinReply } from "../../../src/actors/group/messages.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { GroupStage } from "./stage.ts";

type Event =
  | { readonly do: "join"; readonly who: number; readonly isStatic: boolean }
  | { readonly do: "rejoin" | "sync" | "heartbeat" | "leave"; readonly who: number }
  | { readonly do: "commit"; readonly who: number; readonly offset: number; readonly at: number }
  | { readonly do: "simple" | "deleteOffsets"; readonly at: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "settle" | "fail" | "hold" | "open" | "delete" | "expire" | "deleteTopic" };

const who = fc.nat({ max: 5 });
const at = fc.nat({ max: 3 });
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join"), who, isStatic: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom("rejoin", "sync", "heartbeat", "leave"), who }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("commit"), who, offset: fc.nat({ max: 99 }), at }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("simple", "deleteOffsets"), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance"), ms: fc.nat({ max: 12_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("settle", "fail", "hold", "open", "delete", "expire", "deleteTopic"),
    }),
  },
) as fc.Arbitrary<Event>;

/** Members as the test knows them, by what they have last been answered. */
class Crowd {
  readonly stage = new GroupStage({ config: { initialRebalanceDelayMs: 1_000 } });
  readonly joins: (Asked<JoinReply> | undefined)[] = [];
  readonly instances: (string | null)[] = [];

  member(index: number): JoinReply | undefined {
    const { outcome } = this.joins[index] ?? {};
    if (outcome?.ok !== true || isRefused(outcome.value)) return undefined;
    return outcome.value.errorCode === ErrorCode.NONE ? outcome.value : undefined;
  }

  happen(event: Event): void {
    const { stage } = this;
    switch (event.do) {
      case "join": {
        const groupInstanceId = event.isStatic ? `i${event.who % 2}` : null;
        this.instances[event.who] = groupInstanceId;
        this.joins[event.who] = stage.join({ groupInstanceId });
        return;
      }
      case "settle":
      case "fail":
        return stage.settle(event.do === "fail" ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE);
      case "hold":
        stage.isHeld = true;
        return;
      case "open":
        stage.isHeld = false;
        return stage.settle();
      case "delete":
        return void stage.delete();
      case "expire":
        stage.harness.clock.jumpWall(86_400_000);
        return stage.tell("expireOffsets");
      case "deleteTopic":
        return stage.deleteTopics("u");
      case "advance":
        return stage.advance(event.ms);
      case "simple":
        return void stage.commit({ [`u-${event.at}`]: event.at });
      case "deleteOffsets":
        return void stage.deleteOffsets({ u: [event.at] });
      default:
        this.#act(event, event.who);
    }
  }

  #act(event: Event, index: number): void {
    const { stage } = this;
    const member = this.member(index);
    if (member === undefined) return;
    const groupInstanceId = this.instances[index] ?? null;
    const { memberId } = member;
    if (event.do === "rejoin") this.joins[index] = stage.join({ memberId, groupInstanceId });
    if (event.do === "heartbeat") stage.harness.advance(0);
    if (event.do === "leave") stage.leave({ memberId, groupInstanceId });
    if (event.do === "sync") {
      const shares = member.members.map((each, i) => [each.memberId, `share ${i}`] as const);
      const more = groupInstanceId === null ? {} : { groupInstanceId };
      stage.sync(member, Object.fromEntries(shares), more);
    }
    if (event.do !== "commit") return;
    const generationIdOrMemberEpoch = member.generationId;
    const as = { memberId, groupInstanceId, generationIdOrMemberEpoch };
    stage.commit({ [`t-${event.at}`]: event.offset }, as);
  }
}

test("replay equals live state", () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 5, maxLength: 60 }), (story) => {
      const crowd = new Crowd();
      for (const event of story) crowd.happen(event);
      const { stage } = crowd;
      stage.isHeld = false;
      stage.settle();
      const again = new GroupStage({ replay: stage.replay });
      assert.deepEqual(again.offsets(), stage.offsets());
      const [live, replayed] = [stage.describe(), again.describe()];
      if (stage.state === "Stable") assert.deepEqual(replayed, live);
      // What has not become stable has not been stored: the last that was is found.
      if (stage.state === "Empty" && !isRefused(replayed) && !isRefused(live)) {
        assert.deepEqual(replayed.members, []);
      }
      if (isRefused(live)) assert.deepEqual(stage.stored(), []);
    }),
    { numRuns: 400 },
  );
});
