// Every partition once, evenly, and what can stay stays: for any group, by every assignor.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type {
  Assignments,
  ClientAssignor,
  GroupMember,
  LastAssignment,
} from "../../../../src/client/group/assignors/assignor.ts";
import { clientAssignors } from "../../../../src/client/group/assignors/index.ts";
import {
  readCooperativeUserData,
  readStickyUserData,
} from "../../../../src/client/group/assignors/sticky-user-data.ts";
import type { TopicPartition } from "../../../../src/client/group/topic-partition.ts";
import { flattened, keyOf } from "../../../../src/client/group/topic-partition.ts";

const { range, roundrobin, sticky, "cooperative-sticky": cooperative } = clientAssignors;
const userDataOf = ({ userDataFor }: ClientAssignor, last: LastAssignment | undefined) =>
  userDataFor!(last);
const all: readonly ClientAssignor[] = Object.values(clientAssignors);

type Counts = ReadonlyMap<string, number>;

function member(memberId: string, topics: readonly string[], instanceId: string | null = null) {
  const nothing = { owned: [], generationId: -1, userData: null, rackId: null };
  return { memberId, instanceId, topics, ...nothing } satisfies GroupMember;
}

/** The members as they would join next, each with what it was given. */
function withAssignment(
  assignor: ClientAssignor,
  members: readonly GroupMember[],
  assigned: Assignments,
  generationId: number,
): GroupMember[] {
  return members.map((each) => {
    const partitions = assigned.get(each.memberId) ?? [];
    const userData = assignor.userDataFor?.({ partitions, generationId }) ?? null;
    const owned = assignor.isCooperative ? partitions : [];
    return { ...each, owned, generationId: assignor.isCooperative ? generationId : -1, userData };
  });
}

/** Rebalances until nobody has to give anything up any more. */
function settle(assignor: ClientAssignor, members: readonly GroupMember[], counts: Counts) {
  let joining = members;
  for (let generation = 100; generation < 110; generation++) {
    const assigned = assignor.assign(joining, counts);
    const isSettled = joining.every(({ memberId, owned }) => {
      const keys = new Set(assigned.get(memberId)!.map(keyOf));
      return owned.every((partition) => keys.has(keyOf(partition)));
    });
    if (isSettled) return assigned;
    // Everybody gives up what was taken and joins again.
    const kept = new Map(
      joining.map(({ memberId }) => [memberId, assigned.get(memberId)!] as const),
    );
    joining = withAssignment(assignor, members, kept, generation);
  }
  return assert.fail("rebalances go round in circles");
}

const names = ["a", "b", "c", "d"];
const anyCounts = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 9 })), {
    selector: ([name]) => name,
  })
  .map((entries) => new Map(entries));
const ids = ["g", "c", "a", "f", "b", "e", "d"];
const anyMembers = (topics: fc.Arbitrary<string[]>) =>
  fc
    .array(topics, { minLength: 1, maxLength: ids.length })
    .map((subscriptions) => subscriptions.map((subscribed, i) => member(ids[i]!, subscribed)));
const anySubscription = fc.uniqueArray(fc.constantFrom(...names));
const alikeMembers = anySubscription.chain((topics) => anyMembers(fc.constant(topics)));

function checkWhole(members: readonly GroupMember[], counts: Counts, assigned: Assignments): void {
  assert.deepEqual([...assigned.keys()].sort(), members.map(({ memberId }) => memberId).sort());
  const seen = new Set<string>();
  for (const { memberId, topics } of members) {
    for (const partition of assigned.get(memberId)!) {
      assert.ok(topics.includes(partition.topic), `${memberId} did not ask for ${partition.topic}`);
      assert.ok(partition.partition < counts.get(partition.topic)!);
      assert.ok(!seen.has(keyOf(partition)), `${keyOf(partition)} twice`);
      seen.add(keyOf(partition));
    }
  }
  const wanted = new Set(members.flatMap(({ topics }) => topics));
  const expected = [...wanted].reduce((sum, topic) => sum + (counts.get(topic) ?? 0), 0);
  assert.equal(seen.size, expected);
}

const sizes = (assigned: Assignments) => [...assigned.values()].map(({ length }) => length);
const moved = (before: Assignments, after: Assignments) => {
  const owner = new Map([...before].flatMap(([id, list]) => list.map((p) => [keyOf(p), id])));
  return [...after].flatMap(([id, list]) =>
    list.filter((p) => owner.has(keyOf(p)) && owner.get(keyOf(p)) !== id),
  );
};

for (const assignor of all) {
  describe(assignor.name, () => {
    it("gives every partition to one member that asked for it", () => {
      fc.assert(
        fc.property(anyMembers(anySubscription), anyCounts, (members, counts) => {
          checkWhole(members, counts, assignor.assign(members, counts));
        }),
      );
    });

    it("does not care in what order members are told of", () => {
      fc.assert(
        fc.property(anyMembers(anySubscription), anyCounts, (members, counts) => {
          const one = assignor.assign(members, counts);
          const other = assignor.assign(members.toReversed(), counts);
          for (const [id, partitions] of one) assert.deepEqual(other.get(id), partitions);
        }),
      );
    });
  });
}

describe("balance", () => {
  for (const assignor of [roundrobin, sticky, cooperative]) {
    it(`${assignor.name}: members that ask for the same differ by one at most`, () => {
      fc.assert(
        fc.property(alikeMembers, anyCounts, (members, counts) => {
          const counted = sizes(assignor.assign(members, counts));
          assert.ok(Math.max(...counted) - Math.min(...counted) <= 1);
        }),
      );
    });
  }

  it("range: per topic the first get one more, in runs", () => {
    const members = [member("m2", ["a", "b"]), member("m1", ["a", "b"]), member("m3", ["b"])];
    const assigned = range.assign(members, new Map([...Object.entries({ a: 3, b: 4 })]));
    const told = (id: string) => assigned.get(id)!.map(keyOf).join(" ");
    assert.equal(told("m1"), "a-0 a-1 b-0 b-1");
    assert.equal(told("m2"), "a-2 b-2");
    assert.equal(told("m3"), "b-3");
  });

  it("range and round-robin: static members come first, by instance id", () => {
    const members = [member("a", ["t"]), member("z", ["t"], "i1"), member("y", ["t"], "i0")];
    for (const assignor of [range, roundrobin]) {
      const assigned = assignor.assign(members, new Map([["t", 3]]));
      const owners = ["y", "z", "a"].map((id) => assigned.get(id)!.map(keyOf).join());
      assert.deepEqual(owners, ["t-0", "t-1", "t-2"]);
    }
  });

  for (const assignor of [sticky, cooperative]) {
    it(`${assignor.name}: no single move would make it more even`, () => {
      fc.assert(
        fc.property(anyMembers(anySubscription), anyCounts, (members, counts) => {
          const assigned = assignor.assign(members, counts);
          const load = (id: string) => assigned.get(id)!.length;
          for (const from of members) {
            for (const { topic } of assigned.get(from.memberId)!) {
              for (const to of members) {
                if (!to.topics.includes(topic)) continue;
                assert.ok(load(from.memberId) - load(to.memberId) <= 1);
              }
            }
          }
        }),
      );
    });
  }
});

describe("stickiness", () => {
  for (const assignor of [sticky, cooperative]) {
    it(`${assignor.name}: nothing moves when nothing has changed`, () => {
      fc.assert(
        fc.property(anyMembers(anySubscription), anyCounts, (members, counts) => {
          const before = assignor.assign(members, counts);
          const again = assignor.assign(withAssignment(assignor, members, before, 1), counts);
          assert.deepEqual(moved(before, again), []);
          checkWhole(members, counts, again);
        }),
      );
    });

    it(`${assignor.name}: as few move as balance asks for`, () => {
      const run = fc.tuple(alikeMembers, anyCounts, fc.nat(), fc.boolean());
      fc.assert(
        fc.property(run, ([members, counts, which, isLeaving]) => {
          const before = settle(assignor, members, counts);
          const gone = members[which % members.length]!.memberId;
          const remembering = withAssignment(assignor, members, before, 1);
          const joining = isLeaving
            ? remembering.filter(({ memberId }) => memberId !== gone)
            : [...remembering, member("ZZ", members[0]!.topics)];
          if (joining.length === 0) return;
          const after = settle(assignor, joining, counts);
          checkWhole(joining, counts, after);
          const counted = sizes(after);
          assert.ok(Math.max(...counted) - Math.min(...counted) <= 1);
          // Whoever leaves frees all that must move; whoever joins gets just its share.
          const newcomers = isLeaving ? 0 : after.get("ZZ")!.length;
          const left = isLeaving ? before.get(gone)!.length : 0;
          assert.equal(moved(before, after).length, newcomers + left);
        }),
      );
    });
  }

  it("of two claims that of the later generation counts, and of equal ones none", () => {
    const t: TopicPartition[] = [0, 1, 2, 3].map((partition) => ({ topic: "t", partition }));
    const claiming = (id: string, partitions: TopicPartition[], generationId: number) => ({
      ...member(id, ["t"]),
      userData: userDataOf(sticky, { partitions, generationId }),
    });
    const members = [claiming("a", [t[0]!, t[1]!], 4), claiming("b", [t[0]!, t[3]!], 5)];
    const assigned = sticky.assign(members, new Map([["t", 4]]));
    assert.deepEqual(assigned.get("b")!.map(keyOf).sort(), ["t-0", "t-3"]);
    const equal = [claiming("a", t.slice(0, 2), 5), claiming("b", t.slice(0, 2), 5)];
    checkWhole(equal, new Map([["t", 4]]), sticky.assign(equal, new Map([["t", 4]])));
  });
});

describe("cooperative-sticky", () => {
  it("gives nobody what another has not given up, and settles in the next rebalance", () => {
    const counts = new Map([["t", 4]]);
    const old = member("a", ["t"]);
    const first = cooperative.assign([old], counts);
    const joining = [...withAssignment(cooperative, [old], first, 1), member("b", ["t"])];
    const second = cooperative.assign(joining, counts);
    assert.equal(second.get("a")!.length, 2);
    assert.deepEqual(second.get("b"), []);
    const third = cooperative.assign(
      withAssignment(cooperative, [old, member("b", ["t"])], second, 2),
      counts,
    );
    assert.deepEqual(third.get("a"), second.get("a"));
    assert.equal(third.get("b")!.length, 2);
  });

  it("never gives a partition to one while another holds it, whatever they claim", () => {
    const claim = fc.tuple(
      fc.uniqueArray(fc.integer({ min: 0, max: 5 })),
      fc.integer({ min: -1, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 5 }), (claims) => {
        const members = claims.map(([partitions, generationId], index) => ({
          ...member(`m${index}`, ["t"]),
          owned: flattened([{ topic: "t", partitions }]),
          generationId,
        }));
        const assigned = cooperative.assign(members, new Map([["t", 6]]));
        for (const { memberId, owned } of members) {
          for (const partition of assigned.get(memberId)!) {
            const holders = members.filter((each) =>
              each.owned.some((other) => keyOf(other) === keyOf(partition)),
            );
            const isHolder = owned.some((other) => keyOf(other) === keyOf(partition));
            assert.ok(holders.length === 0 || isHolder);
          }
        }
      }),
    );
  });
});

describe("user data, as Java's assignors write it", () => {
  const partitions = flattened([{ topic: "ab", partitions: [1, 2] }]);

  it("sticky: the previous assignment and its generation", () => {
    const bytes = userDataOf(sticky, { partitions, generationId: 7 })!;
    const expected = "00000001" + "0002" + "6162" + "00000002" + "0000000100000002" + "00000007";
    assert.equal(Buffer.from(bytes).toString("hex"), expected);
    assert.deepEqual(readStickyUserData(bytes), { owned: partitions, generationId: 7 });
    // Before 2.3 there was no generation.
    assert.deepEqual(readStickyUserData(bytes.subarray(0, -4)), {
      owned: partitions,
      generationId: -1,
    });
    assert.equal(userDataOf(sticky, undefined), null);
  });

  it("cooperative sticky: the generation alone", () => {
    const bytes = userDataOf(cooperative, { partitions, generationId: 7 })!;
    assert.equal(Buffer.from(bytes).toString("hex"), "00000007");
    assert.equal(readCooperativeUserData(bytes), 7);
  });

  it("what cannot be read counts as nothing", () => {
    const lying = Buffer.from("7fffffff0002", "hex");
    assert.deepEqual(readStickyUserData(lying), { owned: [], generationId: -1 });
    assert.equal(readCooperativeUserData(Buffer.from("00", "hex")), -1);
  });
});
