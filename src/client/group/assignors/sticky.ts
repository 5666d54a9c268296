// The sticky assignor: balanced, and as much as can be stays where it is. Members give everything up
// for a rebalance and remember in their user data what they had (Kafka's StickyAssignor).
//
// Lives on: anywhere (pure).

import type { ClientAssignor } from "./assignor.ts";
import { unknownRacks } from "./racks.ts";
import { shareOut } from "./sticky-sharing.ts";
import { readStickyUserData, stickyUserData } from "./sticky-user-data.ts";

export const stickyAssignor: ClientAssignor = {
  name: "sticky",
  isCooperative: false,

  userDataFor(last) {
    return last === undefined ? null : stickyUserData(last);
  },

  assign(members, partitionCounts, racks = unknownRacks) {
    const claims = members.map((member) => ({ member, ...readStickyUserData(member.userData) }));
    return shareOut(claims, partitionCounts, racks);
  },
};
