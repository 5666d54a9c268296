// The cooperative sticky assignor: members keep what they own while a rebalance goes on. What is to
// move is first taken from its owner and given to nobody; the owner gives it up and joins again, and in
// that second rebalance it is free (KIP-429; Kafka's CooperativeStickyAssignor).
//
// Lives on: anywhere (pure).

import { keyOf } from "../topic-partition.ts";
import type { ClientAssignor, GroupMember } from "./assignor.ts";
import { unknownRacks } from "./racks.ts";
import { shareOut } from "./sticky-sharing.ts";
import { cooperativeUserData, readCooperativeUserData } from "./sticky-user-data.ts";

export const cooperativeStickyAssignor: ClientAssignor = {
  name: "cooperative-sticky",
  isCooperative: true,

  userDataFor(last) {
    return cooperativeUserData(last?.generationId ?? -1);
  },

  assign(members, partitionCounts, racks = unknownRacks) {
    const claims = members.map((member) => {
      return { member, owned: member.owned, generationId: generationOf(member) };
    });
    const holders = new Map<string, Set<string>>();
    for (const { memberId, owned } of members) {
      for (const partition of owned) {
        const key = keyOf(partition);
        holders.set(key, (holders.get(key) ?? new Set()).add(memberId));
      }
    }
    const withheld = [...shareOut(claims, partitionCounts, racks)].map(([memberId, partitions]) => {
      const free = partitions.filter((partition) => {
        const heldBy = holders.get(keyOf(partition));
        return heldBy === undefined || heldBy.has(memberId);
      });
      return [memberId, free] as const;
    });
    return new Map(withheld);
  },
};

/** Older clients have no field of their own for it. */
function generationOf({ generationId, userData }: GroupMember): number {
  return generationId >= 0 ? generationId : readCooperativeUserData(userData);
}
