// The protocols that all members of a classic group know are kept in mind while members come; whatever
// members do, they must be those that one would find by asking everybody.
//
// Lives on: CI and the developer's machine.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClassicGroup } from "../../../../src/actors/group/classic/classic-group.ts";
import type { ClassicMember } from "../../../../src/actors/group/classic/member.ts";
import { noBytes } from "../../../../src/actors/group/classic/member.ts";

const names = ["range", "sticky", "uniform", "own"];
const protocolsOf = (known: readonly string[]): ClassicMember["protocols"] =>
  known.map((name) => ({ name, metadata: noBytes }));

function member(memberId: string, known: readonly string[]): ClassicMember {
  return {
    ...{ memberId, groupInstanceId: `i-${memberId}`, clientId: "", clientHost: "/here" },
    ...{ sessionTimeoutMs: 1, rebalanceTimeoutMs: 1, protocols: protocolsOf(known) },
    ...{ assignment: noBytes, isNew: false, deadlineMs: Infinity },
    ...{ awaitsJoin: undefined, awaitsSync: undefined },
  };
}

const known = fc.subarray(names, { minLength: 1 });
const deed = fc.record({
  what: fc.constantFrom("join", "leave", "renew", "replace"),
  who: fc.nat(5),
  known,
});

test("what all members know is what everybody would name", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
      const group = new ClassicGroup();
      let ids = 0;
      for (const { what, who, known: offered } of deeds) {
        const all = [...group.members.values()];
        const one = all[who % Math.max(all.length, 1)];
        if (
          what === "join" &&
          (all.length === 0 || group.supports("consumer", protocolsOf(offered)))
        )
          group.add(member(`m${ids++}`, offered), "consumer");
        else if (what === "leave" && one !== undefined) group.remove(one);
        else if (what === "renew" && one !== undefined)
          group.renew(one, { ...one, protocols: protocolsOf(offered) });
        else if (what === "replace" && one !== undefined) group.replace(one, `m${ids++}`);

        const members = [...group.members.values()];
        for (const name of names) {
          const all = members.every(({ protocols }) =>
            protocols.some((each) => each.name === name),
          );
          assert.equal(
            group.supports("consumer", protocolsOf([name])),
            members.length === 0 || all,
          );
        }
      }
    }),
  );
});
