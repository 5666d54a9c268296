// Why a group has rebalanced: kept to be asked about, and one line of the log for each.
//
// Lives on: host thread (part of the group actor).

import type { RebalanceCause } from "./messages.ts";
import type { GroupState } from "./state.ts";

/** The last ones of a group are kept. */
const REBALANCES_KEPT = 32;
/** What Kafka's clients cut it to (`JoinGroupRequest.maybeTruncateReason`). */
const REASON_LENGTH_MAX = 255;

/** Whose doing it was. */
export type Causer = {
  readonly memberId: string;
  readonly clientId: string;
  readonly groupInstanceId: string | null;
};

export function noteRebalance(
  g: GroupState,
  what: {
    readonly generationId: number;
    readonly cause: RebalanceCause;
    readonly reason: string | null;
    readonly members: number;
  },
  member: Causer | undefined,
): void {
  const { generationId, cause, members } = what;
  const reason = what.reason?.slice(0, REASON_LENGTH_MAX) ?? null;
  const entry = {
    atMs: g.world.wallMs(),
    generationId,
    cause,
    memberId: member?.memberId ?? "",
    clientId: member?.clientId ?? "",
    groupInstanceId: member?.groupInstanceId ?? null,
    reason,
  };
  g.rebalances.push(entry);
  if (g.rebalances.length > REBALANCES_KEPT) g.rebalances.shift();
  const { memberId, clientId } = entry;
  const { groupId } = g;
  const fields = { groupId, generationId, cause, memberId, clientId, reason, members };
  g.out.log("info", "a group rebalances", fields);
}
