// Whatever members, topics, disks and clocks do: a partition has one owner, a new start finds the group
// as it was told of, and the group settles soon after it is left in peace.

import { strict as assert } from "node:assert";
import { it } from "node:test";
import fc from "fast-check";
import type { DescribedConsumerGroup } from "../../../../src/actors/group/messages.ts";
import { isRefused } from "../../../../src/actors/group/messages.ts";
import { ErrorCode } from "../../../../src/protocol/error-codes.ts";
import { GROUP, GroupStage, Member, topicIdOf } from "./stage.ts";

const NAMES = ["t", "u", "v"] as const;
const MEMBERS = 4;
const HEARTBEAT_MS = 5_000;
/**
 * Heartbeats until everybody is where it is meant to be. A static member whose first answer was lost is
 * let in again when its session is over, as with Kafka: that is nine of them.
 */
const ROUNDS_MAX = 9 + 8;

type Topics = Readonly<Record<string, number>>;
type Step =
  | { readonly do: "subscribe"; readonly who: number; readonly to: readonly string[] }
  | { readonly do: "subscribe by pattern"; readonly who: number; readonly to: string }
  | { readonly do: "beat"; readonly who: number; readonly slowly: boolean }
  | { readonly do: "beat, and the answer is lost"; readonly who: number }
  | { readonly do: "beat, and the disk refuses"; readonly who: number }
  | { readonly do: "leave"; readonly who: number; readonly forGood: boolean }
  | { readonly do: "stall"; readonly who: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "change topics"; readonly to: Topics }
  | { readonly do: "start anew" };

const who = fc.nat({ max: MEMBERS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      who,
      to: fc.subarray([...NAMES]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("subscribe by pattern" as const),
      who,
      to: fc.constantFrom("t|u", ".*", "", "x"),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("beat" as const), who, slowly: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("beat, and the answer is lost" as const), who }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("beat, and the disk refuses" as const), who }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("leave" as const), who, forGood: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("stall" as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.integer({ min: 1, max: 50_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("change topics" as const),
      to: fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 5 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("start anew" as const) }) },
);

/** A client that may be late with what it is told. Every other one is static. */
class Client {
  readonly member: Member;
  /** It is to say all it wants with its next heartbeat. */
  joins = true;
  isStalled = false;
  /** Its last heartbeat had no answer: the next one says all again. */
  saysAll = false;
  names: readonly string[] = [];
  pattern = "";
  /** What it reads from; it gives up and takes over when it is told to, or a heartbeat later. */
  held = new Set<string>();
  #next: ReadonlySet<string> | undefined;

  constructor(member: Member) {
    this.member = member;
  }

  args() {
    if (this.#next !== undefined) this.held = new Set(this.#next);
    this.#next = undefined;
    const { member, names: subscribedTopicNames, pattern: subscribedTopicRegex } = this;
    const subscription = { subscribedTopicNames, subscribedTopicRegex };
    if (this.joins) return member.joinArgs(subscription);
    const rebalanceTimeoutMs = this.saysAll ? 60_000 : -1;
    return member.args({ ...subscription, rebalanceTimeoutMs, topicPartitions: listed(this.held) });
  }

  hear(reply: ReturnType<Member["send"]>, slowly: boolean): void {
    if (reply.errorCode === ErrorCode.UNRELEASED_INSTANCE_ID) return;
    if (reply.errorCode !== ErrorCode.NONE) return this.lose();
    this.joins = false;
    this.member.epoch = reply.memberEpoch;
    if (reply.assignment === null) return;
    const next = new Set(
      reply.assignment.topicPartitions.flatMap(({ topicId, partitions }) =>
        partitions.map((partition) => `${topicId}/${partition}`),
      ),
    );
    if (slowly) this.#next = next;
    else this.held = next;
  }

  /** Nothing of it is left, and it has to begin anew. */
  lose(): void {
    this.held.clear();
    this.#next = undefined;
    this.member.epoch = 0;
    this.joins = true;
  }
}

function listed(held: ReadonlySet<string>) {
  const topics = new Map<string, number[]>();
  for (const each of held) {
    const [topicId = "", partition] = each.split("/");
    topics.set(topicId, [...(topics.get(topicId) ?? []), Number(partition)]);
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }));
}

class Play {
  stage: GroupStage;
  topics: Topics = { t: 3, u: 2 };
  readonly clients: Client[];

  constructor() {
    this.stage = new GroupStage({ topics: this.topics });
    this.clients = Array.from({ length: MEMBERS }, (_, n) => this.#newClient(n, `m${n}`));
  }

  #newClient(n: number, memberId: string): Client {
    const base = n % 2 === 0 ? { instanceId: `i${n}` } : {};
    return new Client(new Member(this.stage, memberId, base));
  }

  act(next: Step): void {
    switch (next.do) {
      case "wait":
        return this.stage.advance(next.ms);
      case "change topics":
        this.topics = next.to;
        return this.stage.haveTopics(next.to);
      case "start anew":
        return this.#startAnew();
      default:
    }
    const client = this.clients[next.who]!;
    switch (next.do) {
      case "subscribe":
        client.names = next.to;
        break;
      case "subscribe by pattern":
        client.pattern = next.to;
        break;
      case "stall":
        client.isStalled = !client.isStalled;
        break;
      case "leave":
        return this.#leave(client, next.forGood);
      default:
        if (!client.isStalled) this.#beat(client, next);
    }
  }

  #beat(client: Client, next: Step): void {
    if (next.do === "beat, and the disk refuses") this.stage.stores = false;
    const asked = this.stage.ask("consumerHeartbeat", client.args());
    this.stage.stores = true;
    if (next.do === "beat, and the disk refuses") this.stage.refuseAll();
    const reply = asked.value;
    client.saysAll = isRefused(reply) || next.do === "beat, and the answer is lost";
    if (isRefused(reply) || client.saysAll) return;
    client.hear(reply, next.do === "beat" && next.slowly);
  }

  #leave(client: Client, forGood: boolean): void {
    const isStatic = client.member.args().instanceId !== null;
    const memberEpoch = isStatic && !forGood ? -2 : -1;
    this.stage.ask("consumerHeartbeat", client.member.args({ memberEpoch }));
    client.lose();
  }

  #startAnew(): void {
    const before = this.described();
    const { stage } = this;
    this.stage = new GroupStage({ topics: this.topics, records: stage.records() });
    this.stage.batches.push(...stage.batches);
    for (const { member } of this.clients) member.stage = this.stage;
    assert.deepEqual(this.described(), before);
  }

  /** Undefined: there is no such group. */
  described(): DescribedConsumerGroup | undefined {
    const reply = this.stage.ask("describeConsumerGroup", { groupId: GROUP }).value;
    if (isRefused(reply)) return undefined;
    const members = reply.members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
    return { ...reply, members };
  }

  /** Of those whom the coordinator takes for members. */
  checkOwners(): void {
    const group = this.described();
    const told = new Map<string, string>();
    const held = new Map<string, string>();
    const own = (owners: Map<string, string>, what: string, memberId: string): void => {
      const other = owners.get(what);
      assert.equal(other, undefined, `${what} is ${other}'s and ${memberId}'s`);
      owners.set(what, memberId);
    };
    for (const { memberId, memberEpoch, assigned } of group?.members ?? []) {
      for (const { topicId, partitions } of assigned) {
        for (const partition of partitions) own(told, `${topicId}/${partition}`, memberId);
      }
      const client = this.clients.find(({ member }) => member.memberId === memberId);
      if (memberEpoch < 0 || client === undefined) continue;
      for (const each of client.held) own(held, each, memberId);
    }
  }

  /** Everybody does what a client does by itself. */
  settle(): void {
    for (const client of this.clients) client.isStalled = false;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      // Later than new topics are looked at (patterns).
      this.stage.advance(round === 0 ? 2 * HEARTBEAT_MS + 1 : HEARTBEAT_MS);
      for (const client of this.clients) {
        this.#beat(client, { do: "beat", who: 0, slowly: false });
        this.checkOwners();
      }
    }
    const group = this.described()!;
    assert.equal(group.state, "Stable");
    const wanted = this.clients.flatMap(({ names, pattern }) =>
      Object.keys(this.topics).filter(
        (name) =>
          names.includes(name) || (pattern !== "" && new RegExp(`^(${pattern})$`).test(name)),
      ),
    );
    const expected = new Set(
      wanted.flatMap((name) =>
        Array.from({ length: this.topics[name]! }, (_, index) => `${topicIdOf(name)}/${index}`),
      ),
    );
    assert.deepEqual(new Set(this.clients.flatMap(({ held }) => [...held])), expected);
  }
}

it("a consumer group keeps its promises", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const play = new Play();
      for (const next of steps) {
        play.act(next);
        play.checkOwners();
      }
      play.settle();
    }),
    { numRuns: 300 },
  );
});
