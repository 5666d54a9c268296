// Offsets that go: because somebody asks (OffsetDelete), with their topic, with their group
// (DeleteGroups), or because they are too old. Each is a tombstone in the log. What is to go is worked
// out when everything before it is settled, so that no commit on its way is overlooked.
//
// Lives on: host thread (part of the group actor).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import { groupTombstones } from "../consumer/make-records.ts";
import { encodeConsumerGroupRecord } from "../consumer/records.ts";
import { isSubscribedTo } from "../consumer/subscription.ts";
import type { DeletedTopic, TopicPartitions } from "../messages.ts";
import type { GroupRecord } from "../records.ts";
import { groupMetadataTombstone, offsetTombstone } from "../records.ts";
import type { GroupState, Reply } from "../state.ts";
import { refuse } from "../state.ts";
import { isUnknown } from "./commit.ts";
import type { StoredOffset } from "./offset-store.ts";

type Gone = { readonly topic: string; readonly partition: number };

export function deleteOffsets(
  g: GroupState,
  topics: readonly TopicPartitions[],
  replyTo: Reply<"deleteOffsets">,
): void {
  const { classic, consumer } = g;
  if (isUnknown(g)) return refuse<"deleteOffsets">(g, replyTo, ErrorCode.GROUP_ID_NOT_FOUND);
  if (classic.state !== "Empty" && !classic.usesConsumerProtocol) {
    return refuse<"deleteOffsets">(g, replyTo, ErrorCode.NON_EMPTY_GROUP);
  }
  const errorCodes: ErrorCode[] = [];
  const wanted: Gone[] = [];
  for (const { name: topic, partitions } of topics) {
    const isRead = consumer ? isSubscribedTo(consumer, topic) : classic.isSubscribedTo(topic);
    for (const partition of partitions) {
      errorCodes.push(isRead ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE);
      if (!isRead) wanted.push({ topic, partition });
    }
  }
  const known = (): Gone[] =>
    wanted.filter(({ topic, partition }) => g.offsets.get(topic, partition) !== undefined);
  remove(g, known, (errorCode) => {
    if (errorCode === ErrorCode.NONE) g.out.reply(replyTo, { errorCodes });
    else refuse<"deleteOffsets">(g, replyTo, errorCode);
  });
}

/** The topics are gone, so their offsets mean nothing. */
export function forgetTopics(g: GroupState, topics: readonly DeletedTopic[]): void {
  const ofTopics = (): Gone[] =>
    topics.flatMap(({ name: topic, topicId }) =>
      [...(g.offsets.topics.get(topic) ?? [])]
        .filter(([, stored]) => stored.topicId === topicId || stored.topicId === ZERO_UUID)
        .map(([partition]) => ({ topic, partition })),
    );
  remove(g, ofTopics, (errorCode) => logFailure(g, "offsets of a deleted topic stay", errorCode));
}

/** Offsets that nobody needs by Kafka's rule (KIP-211), and the group when nothing is left of it. */
export function expireOffsets(g: GroupState): void {
  remove(
    g,
    () => tooOld(g),
    (errorCode) => {
      logFailure(g, "offsets that are too old stay", errorCode);
      if (errorCode === ErrorCode.NONE) endEmptyGroup(g);
    },
  );
}

function tooOld(g: GroupState): Gone[] {
  const nowMs = g.world.wallMs();
  const gone: Gone[] = [];
  for (const [topic, partitions] of g.offsets.topics) {
    for (const [partition, stored] of partitions) {
      if (isTooOld(g, topic, stored, nowMs)) gone.push({ topic, partition });
    }
  }
  return gone;
}

function isTooOld(g: GroupState, topic: string, stored: StoredOffset, nowMs: number): boolean {
  const { classic, consumer } = g;
  let sinceMs = stored.commitTimestampMs;
  if (consumer !== undefined) {
    if (isSubscribedTo(consumer, topic)) return false;
  } else if (classic.protocolType !== null) {
    if (classic.state === "Empty") {
      // Its consumers may be back any time; it counts from when the last of them left.
      if (classic.stateSinceMs >= 0) sinceMs = classic.stateSinceMs;
    } else if (classic.state !== "Stable" || classic.isSubscribedTo(topic)) return false;
    else if (!classic.usesConsumerProtocol || classic.subscribedTopics === undefined) return false;
  }
  if (stored.expireTimestampMs >= 0) return nowMs >= stored.expireTimestampMs;
  return nowMs - sinceMs >= g.config.offsetsRetentionMs;
}

function endEmptyGroup(g: GroupState): void {
  if (!isEmpty(g) || !g.offsets.isEmpty || isUnknown(g)) return;
  // Somebody is about to come in.
  if (g.classic.pendingJoins.size > 0) return;
  endGroup(g, (errorCode) => logFailure(g, "an empty group stays", errorCode));
}

export function deleteGroup(g: GroupState, replyTo: Reply<"deleteGroup">): void {
  const answer = (errorCode: ErrorCode): void => g.out.reply(replyTo, { errorCode });
  if (!isEmpty(g)) return answer(ErrorCode.NON_EMPTY_GROUP);
  if (isUnknown(g) && g.journal.isIdle) return answer(ErrorCode.GROUP_ID_NOT_FOUND);
  endGroup(g, answer);
}

function isEmpty({ classic, consumer }: GroupState): boolean {
  return classic.state === "Empty" && (consumer === undefined || consumer.members.size === 0);
}

/** Everything of the group in the log is made void. Nobody may come in meanwhile. */
function endGroup(g: GroupState, settle: (errorCode: ErrorCode) => void): void {
  g.isDeleting = true;
  let isGone = false;
  const records = (): GroupRecord[] => {
    // That its last member has left may have been taken back.
    isGone = isEmpty(g);
    if (!isGone) return [];
    const { groupId, consumer } = g;
    const offsets = [...g.offsets.topics].flatMap(([topic, partitions]) =>
      [...partitions.keys()].map((partition) => offsetTombstone(groupId, topic, partition)),
    );
    const members = (consumer ? groupTombstones(consumer) : []).map((record) =>
      encodeConsumerGroupRecord(groupId, record),
    );
    const classic = g.isStored ? [groupMetadataTombstone(groupId)] : [];
    return [...offsets, ...members, ...classic];
  };
  g.journal.appendAlone(records, (errorCode) => {
    g.isDeleting = false;
    if (errorCode !== ErrorCode.NONE) return settle(errorCode);
    if (!isGone) return settle(ErrorCode.NON_EMPTY_GROUP);
    becomeNew(g);
    settle(ErrorCode.NONE);
  });
}

function becomeNew(g: GroupState): void {
  for (const [topic, partitions] of [...g.offsets.topics]) {
    for (const partition of [...partitions.keys()]) g.offsets.remove(topic, partition);
  }
  g.isStored = false;
  g.consumer = undefined;
  g.classic.forget();
}

function remove(
  g: GroupState,
  find: () => readonly Gone[],
  settle: (errorCode: ErrorCode) => void,
): void {
  let gone: readonly Gone[] = [];
  const records = (): GroupRecord[] => {
    gone = find();
    return gone.map(({ topic, partition }) => offsetTombstone(g.groupId, topic, partition));
  };
  g.journal.appendAlone(records, (errorCode) => {
    if (errorCode === ErrorCode.NONE) {
      for (const { topic, partition } of gone) g.offsets.remove(topic, partition);
    }
    settle(errorCode);
  });
}

function logFailure(g: GroupState, event: string, errorCode: ErrorCode): void {
  if (errorCode === ErrorCode.NONE) return;
  g.out.log("warn", event, { groupId: g.groupId, errorCode });
}
