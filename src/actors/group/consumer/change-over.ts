// A live group changes from one protocol to the other (KIP-848, "Upgrade" and "Downgrade"): to the
// consumer protocol when the first member that speaks it joins, back to the classic one when the last
// such member has gone. Whoever is in the group stays in it. The records of both forms are one batch.
//
// Lives on: host thread (part of the group actor).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { emptyAssignment } from "../assignors/assignor.ts";
import { answerJoin, answerSync } from "../classic/answers.ts";
import { noJoin } from "../messages.ts";
import { CONSUMER_PROTOCOL_TYPE, ClassicGroup } from "../classic/classic-group.ts";
import type { ClassicMember } from "../classic/member.ts";
import { metadataFor, noBytes } from "../classic/member.ts";
import { rebalance } from "../classic/rebalance.ts";
import { restartSession, watchSessions } from "../classic/sessions.ts";
import { groupRecordOf } from "../classic/store.ts";
import { readAssignment, readSubscription, writeAssignment } from "../embedded-protocol.ts";
import { groupMetadataTombstone } from "../records.ts";
import type { GroupState } from "../state.ts";
import { Change } from "./change.ts";
import type { ConsumerGroup, Member, Owned } from "./consumer-group.ts";
import { newConsumerGroup, newMember } from "./consumer-group.ts";
import { armDeadlines } from "./deadlines.ts";
import {
  currentRecord,
  groupRecord,
  groupTombstones,
  memberRecord,
  targetEpochRecord,
  targetRecord,
} from "./make-records.ts";
import type { Refusal } from "./refusal.ts";
import { refusal } from "./refusal.ts";
import { named } from "./named.ts";
import { hashOf, subscribedCatalogTopics } from "./subscription.ts";
import type { Surroundings } from "./surroundings.ts";

/** To the consumer protocol: an empty group becomes a new one, another takes its members along. */
export function upgrade(g: GroupState, around: Surroundings): Change | Refusal {
  const { classic, groupId } = g;
  const members = classic.state === "Empty" ? [] : consumersOf(g, around);
  if (!Array.isArray(members)) {
    const text = `Cannot upgrade classic group ${groupId} to consumer group because ${members}.`;
    return refusal(ErrorCode.GROUP_ID_NOT_FOUND, text);
  }
  const group = newConsumerGroup(groupId);
  const change = new Change(group);
  g.consumer = group;
  g.classic = new ClassicGroup();
  change.onTakeBack(() => {
    g.consumer = undefined;
    g.classic = classic;
    watchSessions(g);
    if (classic.state !== "PreparingRebalance") return;
    g.out.startTimer("join", classic.rebalanceTimeoutMs, "joinDue", {});
  });
  endClassic(g, change);
  if (members.length > 0) writeGroup(change, members, classic.generationId, around);
  return change;
}

/** Those who wait for the rebalance that it is in are to join again. */
export function endClassicWaits(g: GroupState, classic: ClassicGroup, errorCode: ErrorCode): void {
  for (const timer of ["join", "sync"]) g.out.stopTimer(timer);
  for (const member of classic.members.values()) {
    answerJoin(g, member, noJoin(errorCode, member.memberId));
    answerSync(g, member, errorCode);
  }
}

/** The log may hold the classic group, or be about to. */
function endClassic(g: GroupState, change: Change): void {
  if (!g.isStored && g.journal.isIdle) return;
  change.writeClassic(groupMetadataTombstone(g.groupId));
  change.onStored = () => {
    g.isStored = false;
  };
}

/** The members as they will be; or why the group cannot change over. */
function consumersOf(g: GroupState, around: Surroundings): Member[] | string {
  const { classic } = g;
  if (!around.settings.mayUpgrade) return "online upgrade is disabled";
  if (!classic.usesConsumerProtocol) {
    return "the group does not use the consumer embedded protocol";
  }
  if (classic.members.size > around.settings.membersMax) {
    return "the group size exceeds the consumer group maximum size";
  }
  const members: Member[] = [];
  for (const member of classic.members.values()) {
    const consumer = consumerOf(classic, member, around);
    if (consumer === undefined) return "the embedded consumer protocol is malformed";
    members.push(consumer);
  }
  return members;
}

/** With the last assignment of the classic group, which is also what it is meant to own. */
function consumerOf(
  { generationId, protocolName }: ClassicGroup,
  member: ClassicMember,
  { topics }: Surroundings,
): Member | undefined {
  // Until the first rebalance is over no protocol is chosen: then it is the member's first.
  const chosen = metadataFor(member, protocolName);
  const metadata = chosen.byteLength > 0 ? chosen : member.protocols[0]?.metadata;
  const subscription = metadata && readSubscription(metadata);
  const assignment = readAssignment(member.assignment);
  if (subscription === undefined || assignment === undefined) return undefined;
  const assigned = new Map<string, ReadonlyMap<number, number>>();
  for (const { topic, partitions } of assignment) {
    const topicId = topics.byName(topic)?.topicId;
    if (topicId === undefined || partitions.length === 0) continue;
    assigned.set(topicId, new Map(partitions.map((partition) => [partition, generationId])));
  }
  return {
    ...newMember(member.memberId),
    instanceId: member.groupInstanceId,
    rackId: subscription.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...new Set(subscription.topics)].sort(),
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    classic: { sessionTimeoutMs: member.sessionTimeoutMs, supportedProtocols: member.protocols },
    memberEpoch: generationId,
    previousMemberEpoch: generationId,
    assigned,
  };
}

function writeGroup(
  change: Change,
  members: readonly Member[],
  epoch: number,
  around: Surroundings,
): void {
  const { group } = change;
  const { topics } = around;
  change.writeAll(members.map(memberRecord));
  change.write(groupRecord(epoch, hashOf(subscribedCatalogTopics(group, topics))));
  for (const { memberId, assigned } of members) {
    change.write(targetRecord(memberId, targetOf(assigned)));
  }
  change.write(targetEpochRecord(epoch, 0));
  change.writeAll(members.map(currentRecord));
  armDeadlines(group, around);
}

function targetOf(owned: Owned): ReadonlyMap<string, readonly number[]> {
  return new Map(
    [...owned].map(([topicId, epochs]) => [topicId, [...epochs.keys()].sort((a, b) => a - b)]),
  );
}

// ------------------------------------------------------------ back

/** Whether nobody is left but members of the classic protocol, and the group may follow them. */
export function mayDowngrade(g: GroupState, group: ConsumerGroup): boolean {
  if (group.members.size === 0 || group.members.size > g.config.membersMax) return false;
  if (!g.config.consumer.mayDowngrade) return false;
  for (const { classic } of group.members.values()) if (classic === null) return false;
  return true;
}

/** To the classic protocol, where a rebalance follows. The change has made the group what it is. */
export function downgrade(g: GroupState, change: Change, around: Surroundings): void {
  const { group: consumer, newEpochs } = change;
  const classic = classicOf(consumer, around);
  const [epoch] = newEpochs.splice(0);
  leaveConsumer(g, change, classic);
  const assignments = [...classic.members.values()].map(
    ({ memberId, assignment }) => [memberId, assignment] as const,
  );
  change.writeClassic(groupRecordOf(g.groupId, classic, new Map(assignments)));
  change.onStored = () => {
    g.isStored = true;
  };
  for (const member of classic.members.values()) restartSession(g, member);
  rebalance(g, epoch?.cause ?? "member left", epoch?.member && causerOf(epoch.member), null);
}

/** An empty consumer group becomes a classic one that nobody has heard of. */
export function beginClassic(g: GroupState, consumer: ConsumerGroup): Change {
  const change = new Change(consumer);
  leaveConsumer(g, change, new ClassicGroup());
  return change;
}

function leaveConsumer(g: GroupState, change: Change, classic: ClassicGroup): void {
  const { group: consumer } = change;
  const before = g.classic;
  change.records.push(...groupTombstones(consumer));
  change.onTakeBack(() => {
    endClassicWaits(g, classic, ErrorCode.COORDINATOR_NOT_AVAILABLE);
    g.consumer = consumer;
    g.classic = before;
  });
  g.consumer = undefined;
  g.classic = classic;
}

/** As if the target had been handed out by a leader. */
function classicOf(consumer: ConsumerGroup, around: Surroundings): ClassicGroup {
  const classic = new ClassicGroup();
  for (const member of consumer.members.values()) {
    const { sessionTimeoutMs, supportedProtocols } = member.classic!;
    classic.add(
      {
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        sessionTimeoutMs,
        rebalanceTimeoutMs: member.rebalanceTimeoutMs,
        protocols: supportedProtocols,
        assignment: noBytes,
        isNew: false,
        awaitsJoin: undefined,
        awaitsSync: undefined,
        deadlineMs: Infinity,
      },
      CONSUMER_PROTOCOL_TYPE,
    );
  }
  classic.generationId = consumer.groupEpoch;
  classic.protocolName = classic.selectProtocol();
  classic.enter("Stable", around.wallMs);
  classic.findSubscribedTopics();
  for (const member of classic.members.values()) {
    const target = consumer.targets.get(member.memberId) ?? emptyAssignment;
    const metadata = metadataFor(member, classic.protocolName);
    member.assignment = writeAssignment(metadata, named(target, around));
  }
  return classic;
}

function causerOf(member: Member) {
  return { ...member, groupInstanceId: member.instanceId };
}
