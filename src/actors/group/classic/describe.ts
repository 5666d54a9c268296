// What DescribeGroups tells of a classic group.
//
// Lives on: host thread (part of the group actor).

import type { DescribedGroup } from "../messages.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { metadataFor, noBytes } from "./member.ts";

/** Metadata means something in a stable group only; assignments stand until there are new ones. */
export function describeGroup(group: ClassicGroup): DescribedGroup {
  const isStable = group.state === "Stable";
  return {
    state: group.state,
    protocolType: group.protocolType ?? "",
    protocolName: isStable ? (group.protocolName ?? "") : "",
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: isStable ? metadataFor(member, group.protocolName) : noBytes,
      assignment: member.assignment,
    })),
  };
}
