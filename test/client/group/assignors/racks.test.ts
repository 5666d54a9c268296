// Partitions go to members in the rack of a replica, as far as balance allows (KIP-881).

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Assignments, GroupMember } from "../../../../src/client/group/assignors/assignor.ts";
import { clientAssignors } from "../../../../src/client/group/assignors/index.ts";
import type { PartitionRacks } from "../../../../src/client/group/assignors/racks.ts";
import { keyOf } from "../../../../src/client/group/topic-partition.ts";

const { range, sticky, "cooperative-sticky": cooperative } = clientAssignors;

function member(memberId: string, rackId: string | null, topics: readonly string[]): GroupMember {
  const nothing = { owned: [], generationId: -1, userData: null };
  return { memberId, instanceId: null, topics, rackId, ...nothing };
}

type Layout = Readonly<Record<string, readonly (readonly string[])[]>>;

/** Per topic and partition: the racks of its replicas. */
function laidOut(layout: Layout): {
  counts: Map<string, number>;
  racks: PartitionRacks;
} {
  const entries = Object.entries(layout);
  const counts = new Map(entries.map(([topic, partitions]) => [topic, partitions.length]));
  const racks = new Map(
    entries.flatMap(([topic, partitions]) =>
      partitions.map((each, partition) => [keyOf({ topic, partition }), new Set(each)] as const),
    ),
  );
  return { counts, racks };
}

const told = (assigned: Assignments): Record<string, string> =>
  Object.fromEntries([...assigned].map(([id, list]) => [id, list.map(keyOf).sort().join(" ")]));

const matches = (members: readonly GroupMember[], racks: PartitionRacks, assigned: Assignments) =>
  members.flatMap(({ memberId, rackId }) =>
    assigned
      .get(memberId)!
      .filter((each) => rackId === null || racks.get(keyOf(each))!.has(rackId)),
  ).length;

const rack = fc.constantFrom("r0", "r1", "r2");
const partitions = fc.array(fc.uniqueArray(rack, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 9,
});
const anyLayout: fc.Arbitrary<Layout> = fc.record({ a: partitions, b: partitions });
const anyRacks = fc.array(fc.option(rack), { minLength: 1, maxLength: 6 });

describe("range", () => {
  // What RangeAssignor of Kafka 4.3.1 makes of the same input, here and below.
  it("takes what is in the rack first, and the rest in order", () => {
    const { counts, racks } = laidOut({ t: [["r1"], ["r0"], ["r1"], ["r0"], ["r2"]] });
    const members = [member("a", "r0", ["t"]), member("b", "r1", ["t"])];
    const assigned = told(range.assign(members, counts, racks));
    assert.deepEqual(assigned, { a: "t-1 t-3 t-4", b: "t-0 t-2" });
  });

  it("keeps numbers of topics that can be joined together", () => {
    const { counts, racks } = laidOut({
      t: [["r1"], ["r0"], ["r1"], ["r0"]],
      u: [["r1"], ["r0"], ["r0"], ["r1"]],
    });
    const members = [member("a", "r0", ["t", "u"]), member("b", "r1", ["t", "u"])];
    const assigned = told(range.assign(members, counts, racks));
    assert.deepEqual(assigned, { a: "t-1 t-2 u-1 u-2", b: "t-0 t-3 u-0 u-3" });
  });

  it("does as ever where racks make no difference", () => {
    const { counts, racks } = laidOut({
      t: [
        ["r0", "r1"],
        ["r0", "r1"],
        ["r1", "r0"],
      ],
    });
    const members = [member("b", "r1", ["t"]), member("a", "r0", ["t"])];
    const assigned = range.assign(members, counts, racks);
    assert.deepEqual(told(assigned), { a: "t-0 t-1", b: "t-2" });
  });
});

describe("sticky", () => {
  it("moves what is out of its owner's rack to somebody in it", () => {
    const { counts, racks } = laidOut({ t: [["r0"], ["r1"], ["r0"], ["r1"]] });
    for (const assignor of [sticky, cooperative]) {
      const t = (partition: number) => ({ topic: "t", partition });
      const holding = (id: string, rackId: string, ...partitionsHeld: number[]): GroupMember => {
        const last = { partitions: partitionsHeld.map(t), generationId: 1 };
        const userData = assignor.userDataFor!(last);
        return { ...member(id, rackId, ["t"]), owned: last.partitions, generationId: 1, userData };
      };
      const members = [holding("a", "r0", 0, 1), holding("b", "r1", 2, 3)];
      const free = told(sticky.assign(members, counts, racks));
      if (assignor === sticky) assert.deepEqual(free, { a: "t-0 t-2", b: "t-1 t-3" });
      // Given up first, taken over in the rebalance that follows.
      else assert.deepEqual(told(assignor.assign(members, counts, racks)), { a: "t-0", b: "t-3" });
    }
  });

  it("is as balanced with racks as without, and leaves all as it is next time", () => {
    fc.assert(
      fc.property(anyLayout, anyRacks, (layout, racksOfMembers) => {
        const { counts, racks } = laidOut(layout);
        const members = racksOfMembers.map((rackId, at) => member(`m${at}`, rackId, ["a", "b"]));
        const assigned = sticky.assign(members, counts, racks);
        const sizes = [...assigned.values()].map(({ length }) => length);
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
        const all = [...assigned.values()].flat().map(keyOf);
        assert.deepEqual([new Set(all).size, all.length], [racks.size, racks.size]);
        const again = members.map((each) => {
          const last = { partitions: assigned.get(each.memberId)!, generationId: 1 };
          return { ...each, userData: sticky.userDataFor!(last) };
        });
        assert.deepEqual(told(sticky.assign(again, counts, racks)), told(assigned));
      }),
    );
  });

  it("steers what is free to its rack where subscriptions differ", () => {
    const { counts, racks } = laidOut({ a: [["r1"], ["r0"]], b: [["r0"]] });
    const members = [member("x", "r0", ["a"]), member("y", "r1", ["a"]), member("z", "r0", ["b"])];
    const assigned = sticky.assign(members, counts, racks);
    assert.deepEqual(told(assigned), { x: "a-1", y: "a-0", z: "b-0" });
    assert.equal(matches(members, racks, assigned), 3);
  });
});
