// Why a group has rebalanced: kept to be asked about, and one line of the log for each.
//
// Lives on: host thread (part of the group actor).

import { subscribedTopics } from "./consumer/consumer-group.ts";
import { catalogOf } from "./consumer/topic-catalog.ts";
import type { ChangedTopic, RebalanceCause } from "./messages.ts";
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
  const { generationId, members } = what;
  const reason = what.reason?.slice(0, REASON_LENGTH_MAX) ?? null;
  const before = g.partitionCounts;
  noteTopics(g);
  const changedTopics = changes(before, g.partitionCounts);
  // The leader of a classic group sees that topics have changed, and joins again for that.
  const isTopics = what.cause === "leader rejoined" && changedTopics.length > 0;
  const cause = isTopics ? "topics changed" : what.cause;
  const entry = {
    atMs: g.world.wallMs(),
    generationId,
    cause,
    memberId: member?.memberId ?? "",
    clientId: member?.clientId ?? "",
    groupInstanceId: member?.groupInstanceId ?? null,
    reason,
    changedTopics,
  };
  g.rebalances.push(entry);
  if (g.rebalances.length > REBALANCES_KEPT) g.rebalances.shift();
  const { memberId, clientId } = entry;
  const { groupId } = g;
  const fields = { groupId, generationId, cause, memberId, clientId, reason, members };
  g.out.log("info", "a group rebalances", { ...fields, changedTopics });
}

/** What the group's topics are like now; the next rebalance is compared with it. */
export function noteTopics(g: GroupState): void {
  if (g.topics.version < 0) return;
  const catalog = catalogOf(g.topics);
  const counts = new Map<string, number>();
  for (const name of namesRead(g)) counts.set(name, catalog.byName(name)?.partitionCount ?? 0);
  g.partitionCounts = counts;
}

function namesRead({ classic, consumer }: GroupState): Iterable<string> {
  if (consumer === undefined) return classic.subscribedTopics ?? [];
  const members = [...consumer.members.values()];
  return new Set(members.flatMap((member) => subscribedTopics(consumer, member)));
}

function changes(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): ChangedTopic[] {
  return [...after].flatMap(([name, partitions]) => {
    const partitionsBefore = before.get(name) ?? partitions;
    return partitionsBefore === partitions ? [] : [{ name, partitionsBefore, partitions }];
  });
}
