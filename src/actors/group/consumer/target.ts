// The target assignment: what each member is meant to own in the group's newest epoch, by a
// server-side assignor (KIP-848, `TargetAssignmentBuilder`).
//
// Lives on: host thread (part of the group actor).

import type { Assignment } from "../assignors/assignor.ts";
import { compareText, emptyAssignment } from "../assignors/assignor.ts";
import { assignors } from "../assignors/index.ts";
import { assignUniform } from "../assignors/uniform.ts";
import type { Change } from "./change.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { subscribedTopics } from "./consumer-group.ts";
import { targetEpochRecord, targetRecord } from "./make-records.ts";
import { subscribedCatalogTopics, topicIdsOf } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";

/** The assignor that most members ask for; the configured one where nobody asks. */
export function assignorOf(group: ConsumerGroup, configured: readonly string[]): string {
  const votes = new Map<string, number>();
  for (const { serverAssignor } of group.members.values()) {
    if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
  }
  let [favourite = "", most] = [configured[0], 0];
  for (const [name, count] of [...votes].sort(([a], [b]) => compareText(a, b))) {
    if (count > most) [favourite, most] = [name, count];
  }
  return favourite;
}

/**
 * Brings the target up to the group's epoch; not before the interval since the last one is over, so
 * that many members that come at once cause one assignment and not as many as they are.
 */
export function updateTarget(change: Change, around: Surroundings): void {
  const { group } = change;
  if (group.groupEpoch <= group.assignmentEpoch) return;
  if (around.wallMs < nextAssignmentMs(group, around)) return;
  const targets = computeTargets(group, around);
  for (const [memberId, target] of targets) {
    const old = group.targets.get(memberId);
    if (old === undefined || !isSame(old, target)) change.write(targetRecord(memberId, target));
  }
  change.write(targetEpochRecord(group.groupEpoch, around.wallMs));
}

/** By the wall clock. */
export function nextAssignmentMs(group: ConsumerGroup, { settings, wallMs }: Surroundings): number {
  if (group.assignmentTimestampMs === 0 || settings.assignmentIntervalMs === 0) return 0;
  // A clock that has been set back would keep everybody waiting for as long as that.
  if (group.assignmentTimestampMs > wallMs) return 0;
  return group.assignmentTimestampMs + settings.assignmentIntervalMs;
}

function computeTargets(
  group: ConsumerGroup,
  { settings, topics }: Surroundings,
): ReadonlyMap<string, Assignment> {
  const assign = assignors.get(assignorOf(group, settings.assignors)) ?? assignUniform;
  const partitionCounts = new Map(
    subscribedCatalogTopics(group, topics).map((topic) => [topic.topicId, topic.partitionCount]),
  );
  // Members with the same subscription share one set, which the assignors notice.
  const topicIds = new Map<string, ReadonlySet<string>>();
  const members = [...group.members.values()].map((member) => {
    const names = subscribedTopics(group, member);
    const key = names.join(",");
    const subscribed = topicIds.get(key) ?? topicIdsOf(names, topics);
    topicIds.set(key, subscribed);
    const { memberId, instanceId } = member;
    const assigned = group.targets.get(memberId) ?? emptyAssignment;
    return { memberId, instanceId, topicIds: subscribed, assigned };
  });
  return assign({ members, partitionCounts });
}

function isSame(a: Assignment, b: Assignment): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.length !== partitions.length) return false;
    if (!partitions.every((partition, i) => partition === others[i])) return false;
  }
  return true;
}
