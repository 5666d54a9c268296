import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type {
  Assignment,
  AssignorMember,
  GroupToAssign,
} from "../../../../src/actors/group/assignors/assignor.ts";
import { assignors } from "../../../../src/actors/group/assignors/index.ts";
import { assignRange } from "../../../../src/actors/group/assignors/range.ts";
import { assignUniform } from "../../../../src/actors/group/assignors/uniform.ts";

type Plain = Record<string, Record<string, readonly number[]>>;

function group(
  topics: Record<string, number>,
  members: Record<string, readonly string[]>,
  assigned: Plain = {},
): GroupToAssign {
  return {
    partitionCounts: new Map(Object.entries(topics)),
    members: Object.entries(members).map(([memberId, topicIds]) => ({
      memberId,
      // "b@1": member b, which is static under the id 1.
      instanceId: memberId.split("@")[1] ?? null,
      topicIds: new Set(topicIds),
      assigned: new Map(Object.entries(assigned[memberId] ?? {})),
    })),
  };
}

function plain(assignments: ReadonlyMap<string, Assignment>): Plain {
  return Object.fromEntries(
    [...assignments].map(([memberId, assigned]) => [memberId, Object.fromEntries(assigned)]),
  );
}

function sizeOf(assigned: Assignment): number {
  return [...assigned.values()].reduce((sum, partitions) => sum + partitions.length, 0);
}

/** How many partitions are where they were. */
function stayed(before: readonly AssignorMember[], after: ReadonlyMap<string, Assignment>): number {
  let count = 0;
  for (const { memberId, assigned } of before) {
    for (const [topicId, partitions] of assigned) {
      const now = after.get(memberId)?.get(topicId) ?? [];
      count += partitions.filter((partition) => now.includes(partition)).length;
    }
  }
  return count;
}

function carriedOver(old: GroupToAssign, result: ReadonlyMap<string, Assignment>): GroupToAssign {
  const members = old.members.map((member) => ({
    ...member,
    assigned: result.get(member.memberId)!,
  }));
  return { ...old, members };
}

const topicIds = ["t1", "t2", "t3", "t4"];
const counts = fc
  .tuple(...topicIds.map(() => fc.integer({ min: 1, max: 9 })))
  .map((sizes) => new Map(topicIds.map((id, i) => [id, sizes[i]!])));
const memberIds = fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 8 });

function members(subscriptions: fc.Arbitrary<readonly string[]>): fc.Arbitrary<AssignorMember[]> {
  return memberIds.chain((ids) =>
    fc.tuple(...ids.map(() => fc.tuple(subscriptions, fc.boolean()))).map((drawn) =>
      drawn.map(([topics, isStatic], i) => ({
        memberId: `m${ids[i]}`,
        instanceId: isStatic ? `i${ids[i]}` : null,
        topicIds: new Set(topics),
        assigned: new Map(),
      })),
    ),
  );
}

const mixed = members(fc.subarray(topicIds));
const equal = fc
  .subarray(topicIds, { minLength: 1 })
  .chain((topics) => members(fc.constant(topics)));
const groups = fc
  .tuple(counts, fc.oneof(mixed, equal))
  .map(([partitionCounts, all]) => ({ partitionCounts, members: all }));
const equalGroups = fc
  .tuple(counts, equal)
  .map(([partitionCounts, all]) => ({ partitionCounts, members: all }));
/** A group that has been assigned, and then some members left, others came, partitions were added. */
const changedGroups = (from: fc.Arbitrary<GroupToAssign>): fc.Arbitrary<GroupToAssign> =>
  fc
    .tuple(from, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 }), fc.nat({ max: 3 }))
    .map(([before, leavers, comers, more]) => {
      const assigned = carriedOver(before, assignUniform(before));
      const first = before.members[0]!;
      const rest = assigned.members.slice(Math.min(leavers, before.members.length - 1));
      const added = Array.from({ length: comers }, (_, i) => ({
        ...first,
        memberId: `new${i}`,
        instanceId: null,
        assigned: new Map(),
      }));
      const partitionCounts = new Map(before.partitionCounts);
      partitionCounts.set("t1", partitionCounts.get("t1")! + more);
      return { members: [...rest, ...added], partitionCounts };
    });

for (const [name, assign] of assignors) {
  describe(`the assignor ${name}`, () => {
    test("gives every partition of every subscribed topic to one subscriber", () => {
      fc.assert(
        fc.property(fc.oneof(groups, changedGroups(groups)), (given) => {
          const result = assign(given);
          assert.equal(result.size, given.members.length);
          const owned = new Map<string, string>();
          for (const member of given.members) {
            for (const [topicId, partitions] of result.get(member.memberId)!) {
              assert.ok(member.topicIds.has(topicId));
              assert.deepEqual(
                partitions,
                [...partitions].sort((a, b) => a - b),
              );
              assert.ok(partitions.length > 0);
              for (const partition of partitions) {
                assert.ok(!owned.has(`${topicId}-${partition}`));
                owned.set(`${topicId}-${partition}`, member.memberId);
              }
            }
          }
          const subscribed = new Set(given.members.flatMap((member) => [...member.topicIds]));
          const total = [...subscribed].reduce(
            (sum, id) => sum + given.partitionCounts.get(id)!,
            0,
          );
          assert.equal(owned.size, total);
        }),
      );
    });

    test("the order in which members are listed does not matter", () => {
      fc.assert(
        fc.property(changedGroups(groups), (given) => {
          const turned = { ...given, members: given.members.toReversed() };
          assert.deepEqual(assign(turned), new Map(assign(given)));
        }),
      );
    });

    test("what is balanced stays as it is", () => {
      fc.assert(
        fc.property(groups, (given) => {
          const once = assign(given);
          assert.deepEqual(assign(carriedOver(given, once)), once);
        }),
      );
    });
  });
}

describe("the uniform assignor", () => {
  test("equal subscriptions differ by one partition at most", () => {
    fc.assert(
      fc.property(changedGroups(equalGroups), (given) => {
        const sizes = [...assignUniform(given).values()].map(sizeOf);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      }),
    );
  });

  test("with equal subscriptions no partition moves that could have stayed", () => {
    fc.assert(
      fc.property(changedGroups(equalGroups), (given) => {
        const result = assignUniform(given);
        const total = [...result.values()].reduce((sum, assigned) => sum + sizeOf(assigned), 0);
        const least = Math.floor(total / given.members.length);
        // The most that can stay: everyone its quota, and the remainder to those who have more.
        const owned = given.members.map(({ assigned }) => sizeOf(assigned));
        const extras = Math.min(
          total % given.members.length,
          owned.filter((count) => count > least).length,
        );
        const possible = owned.reduce((sum, count) => sum + Math.min(count, least), 0) + extras;
        assert.equal(stayed(given.members, result), possible);
      }),
    );
  });

  test("with mixed subscriptions no single move makes it more even", () => {
    fc.assert(
      fc.property(fc.oneof(groups, changedGroups(groups)), (given) => {
        const result = assignUniform(given);
        const load = (member: AssignorMember): number => sizeOf(result.get(member.memberId)!);
        for (const giver of given.members) {
          for (const topicId of result.get(giver.memberId)!.keys()) {
            for (const taker of given.members) {
              if (!taker.topicIds.has(topicId)) continue;
              assert.ok(load(giver) - load(taker) < 2, `${giver.memberId} -> ${taker.memberId}`);
            }
          }
        }
      }),
    );
  });

  test("a member that comes takes its share and nothing else moves", () => {
    const before = { a: { t: [0, 1, 2] }, b: { t: [3, 4, 5] } };
    const given = group({ t: 6 }, { a: ["t"], b: ["t"], c: ["t"] }, before);
    const expected = { a: { t: [0, 1] }, b: { t: [3, 4] }, c: { t: [2, 5] } };
    assert.deepEqual(plain(assignUniform(given)), expected);
  });

  test("who alone wants a topic has it, and less of the others", () => {
    const given = group({ all: 4, mine: 2 }, { a: ["all", "mine"], b: ["all"] });
    const result = plain(assignUniform(given));
    assert.deepEqual(result["a"]!["mine"], [0, 1]);
    assert.equal(result["b"]!["all"]!.length, 3);
  });

  test("a thousand members and ten thousand partitions take no time to speak of", () => {
    const names = Array.from({ length: 1000 }, (_, i) => `m${i}`);
    const wide = Object.fromEntries(names.map((name) => [name, ["t", "u"]]));
    const odd = { ...wide, m0: ["t"] };
    for (const subscriptions of [wide, odd]) {
      const result = assignUniform(group({ t: 5000, u: 5000 }, subscriptions));
      assert.ok([...result.values()].every((assigned) => sizeOf(assigned) === 10));
    }
  });
});

describe("the range assignor", () => {
  test("topics with as many partitions are shared out alike", () => {
    const given = group({ t: 3, u: 3 }, { a: ["t", "u"], b: ["t", "u"] });
    const expected = { a: { t: [0, 1], u: [0, 1] }, b: { t: [2], u: [2] } };
    assert.deepEqual(plain(assignRange(given)), expected);
  });

  test("of each topic its own subscribers have a range", () => {
    const given = group({ t: 3, u: 2 }, { a: ["t"], b: ["t", "u"], c: ["u"] });
    const expected = { a: { t: [0, 1] }, b: { t: [2], u: [0] }, c: { u: [1] } };
    assert.deepEqual(plain(assignRange(given)), expected);
  });

  test("static members come first, by instance id, whatever their member ids", () => {
    const given = group({ t: 3 }, { a: ["t"], "z@1": ["t"], "b@2": ["t"] });
    const expected = { "z@1": { t: [0] }, "b@2": { t: [1] }, a: { t: [2] } };
    assert.deepEqual(plain(assignRange(given)), expected);
  });

  test("members beyond the number of partitions own nothing", () => {
    const given = group({ t: 1 }, { a: ["t"], b: ["t"] });
    assert.deepEqual(plain(assignRange(given)), { a: { t: [0] }, b: {} });
  });
});
