// Members of both protocols in one group, coming and going: whichever kind of group it is at the moment,
// a partition has one owner, a new start finds it as it was, and it settles.

import { strict as assert } from "node:assert";
import { it } from "node:test";
import fc from "fast-check";
import type { GroupRequests } from "../../../../src/actors/group/messages.ts";
import { isRefused } from "../../../../src/actors/group/messages.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import type { Asked } from "../../../support/actor-harness.ts";
import { assignmentBytes, ClassicClient, GROUP, GroupStage, Member } from "./stage.ts";

const PARTITIONS = 4;
const all = Array.from({ length: PARTITIONS }, (_, index) => index);
const config = { "group.initial.rebalance.delay.ms": "0" };
const topics = { t: PARTITIONS };
const ROUNDS_MAX = 40;

type Reply<K extends keyof GroupRequests> = Asked<GroupRequests[K]["reply"]>;

interface Player {
  isIn: boolean;
  readonly held: readonly string[];
  /** One heartbeat, or whatever else it has to do next. */
  act(): void;
  leave(): void;
  /** The node has started anew. */
  moveTo(stage: GroupStage): void;
}

class ClassicPlayer implements Player {
  isIn = false;
  #client: ClassicClient;
  #join: Reply<"joinGroup"> | undefined;
  #sync: Reply<"syncGroup"> | undefined;

  constructor(stage: GroupStage) {
    this.#client = new ClassicClient(stage, ["t"]);
  }

  get held(): readonly string[] {
    return this.#client.owns;
  }

  act(): void {
    if (this.#join !== undefined) return this.#hearJoin(this.#join);
    if (this.#sync !== undefined) return this.#hearSync(this.#sync);
    if (!this.isIn) return this.#joinAgain();
    const errorCode = this.#client.heartbeat();
    if (errorCode === ErrorCode.NONE) return;
    if (errorCode !== ErrorCode.REBALANCE_IN_PROGRESS) this.#lose();
    this.#joinAgain();
  }

  #joinAgain(): void {
    this.isIn = true;
    this.#join = this.#client.askToJoin();
    if (this.#join.answered) this.#hearJoin(this.#join);
  }

  #hearJoin(join: Reply<"joinGroup">): void {
    if (!join.answered) return;
    this.#join = undefined;
    const reply = join.value;
    if (isRefused(reply)) return;
    if (reply.errorCode !== ErrorCode.NONE) {
      return reply.errorCode === ErrorCode.REBALANCE_IN_PROGRESS ? undefined : this.#lose();
    }
    this.#client.joined(reply);
    const shares = this.#shares(reply.members.map(({ memberId }) => memberId));
    const args = { ...this.#client.inGeneration, protocolType: null, protocolName: null };
    this.#sync = this.#client.stage.ask("syncGroup", { ...args, assignments: shares });
    this.#hearSync(this.#sync);
  }

  #hearSync(sync: Reply<"syncGroup">): void {
    if (!sync.answered) return;
    this.#sync = undefined;
    const reply = sync.value;
    if (isRefused(reply) || reply.errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
      return this.#joinAgain();
    }
    if (reply.errorCode === ErrorCode.NONE) this.#client.take(reply.assignment);
    else this.#lose();
  }

  #shares(memberIds: readonly string[]) {
    return memberIds.map((memberId, n) => {
      const partitions = all.filter((partition) => partition % memberIds.length === n);
      return { memberId, assignment: assignmentBytes("t", partitions) };
    });
  }

  #lose(): void {
    this.#client.memberId = "";
    this.#client.assignment = [];
    this.#join = undefined;
    this.#sync = undefined;
    this.isIn = false;
  }

  leave(): void {
    if (this.#client.memberId !== "") this.#client.leave();
    this.#lose();
  }

  moveTo(stage: GroupStage): void {
    // What it waited for has no answer; it joins again, as after a timeout.
    const waited = this.#join !== undefined || this.#sync !== undefined;
    this.#join = undefined;
    this.#sync = undefined;
    if (waited) this.isIn = false;
    const { memberId, generation, assignment } = this.#client;
    this.#client = new ClassicClient(stage, ["t"]);
    Object.assign(this.#client, { memberId, generation, assignment });
  }
}

class ConsumerPlayer implements Player {
  isIn = false;
  readonly #member: Member;

  constructor(stage: GroupStage, memberId: string) {
    this.#member = new Member(stage, memberId, { subscribedTopicNames: ["t"] });
  }

  get held(): readonly string[] {
    return this.#member.owns("t");
  }

  act(): void {
    const reply = this.isIn ? this.#member.beat() : this.#member.join();
    this.isIn = reply.errorCode === ErrorCode.NONE;
    if (!this.isIn) this.#member.owned.clear();
  }

  leave(): void {
    if (this.isIn) this.#member.leave();
    this.isIn = false;
    this.#member.owned.clear();
  }

  moveTo(stage: GroupStage): void {
    this.#member.stage = stage;
  }
}

type Step = { readonly do: "act" | "leave" | "wait" | "start anew"; readonly who: number };

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(
    { weight: 12, arbitrary: fc.constant("act" as const) },
    { weight: 2, arbitrary: fc.constant("leave" as const) },
    { weight: 2, arbitrary: fc.constant("wait" as const) },
    { weight: 1, arbitrary: fc.constant("start anew" as const) },
  ),
  who: fc.nat({ max: 3 }),
});

class Play {
  stage = new GroupStage({ topics, config });
  readonly players: readonly Player[] = [
    new ClassicPlayer(this.stage),
    new ClassicPlayer(this.stage),
    new ConsumerPlayer(this.stage, "c"),
    new ConsumerPlayer(this.stage, "d"),
  ];

  act({ do: what, who }: Step): void {
    const player = this.players[who]!;
    if (what === "act") player.act();
    else if (what === "leave") player.leave();
    else if (what === "wait") this.stage.advance(5_000);
    else this.#startAnew();
    this.#checkOwners();
  }

  #described() {
    const reply = this.stage.ask("describeConsumerGroup", { groupId: GROUP }).value;
    if (isRefused(reply)) return undefined;
    return {
      ...reply,
      members: reply.members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1)),
    };
  }

  #startAnew(): void {
    const before = this.#described();
    const { stage } = this;
    this.stage = new GroupStage({ topics, config, records: stage.records() });
    this.stage.batches.push(...stage.batches);
    for (const player of this.players) player.moveTo(this.stage);
    assert.deepEqual(this.#described(), before);
  }

  #checkOwners(): void {
    const owned = (this.#described()?.members ?? []).flatMap(({ assigned }) =>
      assigned.flatMap(({ partitions }) => partitions),
    );
    assert.equal(new Set(owned).size, owned.length, owned.join());
  }

  /** Those who are in stay in and do what is to be done. */
  settle(): void {
    const players = this.players.filter(({ isIn, held }) => isIn || held.length > 0);
    if (players.length === 0) return;
    const isSettled = (): boolean => {
      const held = players.flatMap((player) => player.held);
      return held.length === PARTITIONS && new Set(held).size === PARTITIONS;
    };
    for (let round = 0; round < ROUNDS_MAX; round++) {
      this.stage.advance(3_000);
      for (const player of players) player.act();
      this.#checkOwners();
    }
    assert.ok(isSettled(), JSON.stringify(players.map((player) => player.held)));
    assert.equal(this.stage.state, "Stable");
  }
}

it("a group of both protocols keeps its promises", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const play = new Play();
      for (const next of steps) play.act(next);
      play.settle();
    }),
    { numRuns: 100 },
  );
});
