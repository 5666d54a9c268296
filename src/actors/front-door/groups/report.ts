// What a node knows of its groups, for the program that it runs in: who is in them, how far they are
// behind, and why they have rebalanced.
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import { ConsumerProtocolAssignment } from "../../../protocol/records/consumer-protocol/consumer-protocol-assignment.ts";
import { Reader, WireError } from "../../../protocol/wire.ts";
import type { MetadataImage } from "../../../metadata/image.ts";
import type { ReplyOf } from "../../../runtime/actor.ts";
import type { Effect, Routine } from "../../../runtime/routine.ts";
import { askAll, askEffect, sleep } from "../../../runtime/routine.ts";
import type {
  FetchOffsetsReply,
  GroupRequests,
  GroupSummary,
  Refused,
} from "../../group/messages.ts";
import { isRefused } from "../../group/messages.ts";
import type { GroupCoordinatorProtocol } from "../../group-coordinator/messages.ts";
import type { PartitionProtocol } from "../../partition/messages.ts";
import type { FrontDesk } from "../front-desk.ts";
import type { GroupMember, GroupPartition, GroupReport } from "../messages.ts";
import { askGroup, coordinatorsOf } from "./ask-group.ts";

const TIMEOUT_MS = 10_000;
/** A coordinator that is reading its log is asked again. */
const LOADING_PAUSE_MS = 20;
const LOADING_PAUSES_MAX = 500;
/** Newer ones begin with the same fields. */
const ASSIGNMENT_VERSION_MAX = 3;

const latest = { timestamp: -1, readCommitted: false, currentLeaderEpoch: -1, version: 11 };

type Members = {
  readonly summary: Omit<GroupSummary, "groupId">;
  readonly protocolName: string;
  readonly members: readonly GroupMember[];
  /** `topic-partition` -> member id. */
  readonly owners: ReadonlyMap<string, string>;
};

export function* listedGroups(desk: FrontDesk): Routine<readonly GroupSummary[]> {
  const all: GroupSummary[] = [];
  for (const ref of coordinatorsOf({ image: desk.image, desk })) {
    for (let pauses = 0; pauses <= LOADING_PAUSES_MAX; pauses++) {
      const question = askEffect(ref, "listGroups", { states: [], types: [] }, TIMEOUT_MS);
      const [listed] = yield* askAll<ReplyOf<GroupCoordinatorProtocol, "listGroups">>([question]);
      if (!listed!.ok) break;
      all.push(...listed!.value.groups);
      if (listed!.value.errorCode !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) break;
      yield* sleep(LOADING_PAUSE_MS);
    }
  }
  return all;
}

export function* reportGroup(desk: FrontDesk, groupId: string): Routine<GroupReport | null> {
  const described = yield* describe(desk, groupId);
  if (described === undefined) return null;
  const history = yield* ask(desk, "rebalances", { groupId });
  const stored = yield* ask(desk, "fetchOffsets", {
    groupId,
    memberId: null,
    memberEpoch: -1,
    requireStable: false,
    topics: null,
  });
  const { summary, protocolName, members, owners } = described;
  const known = progress(isRefused(stored) ? { topics: [] } : stored, owners);
  const partitions = yield* withLag(desk, known);
  return {
    groupId,
    ...summary,
    protocolName,
    members,
    partitions,
    lag: partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    rebalances: isRefused(history) ? [] : history.rebalances,
  };
}

function* ask<K extends keyof GroupRequests>(
  desk: FrontDesk,
  kind: K,
  args: GroupRequests[K]["args"],
): Routine<GroupRequests[K]["reply"] | Refused> {
  for (let pauses = 0; ; pauses++) {
    const reply = yield* askGroup({ image: desk.image, desk }, kind, args, TIMEOUT_MS);
    if (!isRefused(reply as object) || pauses === LOADING_PAUSES_MAX) return reply;
    if ((reply as Refused).refused !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return reply;
    yield* sleep(LOADING_PAUSE_MS);
  }
}

/** By either protocol; undefined when there is no such group. */
function* describe(desk: FrontDesk, groupId: string): Routine<Members | undefined> {
  const classic = yield* ask(desk, "describeGroup", { groupId });
  if (!isRefused(classic)) {
    const { state, protocolType, protocolName, members } = classic;
    return {
      summary: { state, protocolType, groupType: "classic" },
      protocolName,
      members: members.map(memberOf),
      owners: owners(
        members.map(({ memberId, assignment }) => [memberId, assignedIn(protocolType, assignment)]),
      ),
    };
  }
  const consumers = yield* ask(desk, "describeConsumerGroup", { groupId });
  if (isRefused(consumers)) return undefined;
  const { state, assignorName: protocolName, members } = consumers;
  return {
    summary: { state, protocolType: "consumer", groupType: "consumer" },
    protocolName,
    members: members.map((each) => memberOf({ ...each, groupInstanceId: each.instanceId })),
    owners: owners(
      members.map(({ memberId, assigned }) => [
        memberId,
        assigned.map(({ topicId, partitions }) => ({
          topic: nameOf(desk.image, topicId),
          partitions,
        })),
      ]),
    ),
  };
}

function memberOf({ memberId, groupInstanceId, clientId, clientHost }: GroupMember): GroupMember {
  return { memberId, groupInstanceId, clientId, clientHost };
}

function nameOf(image: MetadataImage, topicId: string): string {
  return image.topicById(topicId)?.name ?? topicId;
}

type Assigned = readonly { readonly topic: string; readonly partitions: readonly number[] }[];

function owners(assigned: readonly (readonly [string, Assigned])[]): Map<string, string> {
  const byPartition = new Map<string, string>();
  for (const [memberId, topics] of assigned) {
    for (const { topic, partitions } of topics) {
      for (const partition of partitions) byPartition.set(`${topic}-${partition}`, memberId);
    }
  }
  return byPartition;
}

/** It is the clients' own format; what cannot be read tells nothing. */
function assignedIn(protocolType: string, assignment: Uint8Array): Assigned {
  if (protocolType !== "consumer" || assignment.byteLength === 0) return [];
  try {
    const reader = new Reader(assignment);
    const version = Math.min(Math.max(reader.int16(), 0), ASSIGNMENT_VERSION_MAX);
    return ConsumerProtocolAssignment.at(version).decode(reader).assignedPartitions;
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}

type Progress = Omit<GroupPartition, "logEndOffset" | "lag">;

/** What is committed, and what is assigned and has nothing committed yet. */
function progress(
  { topics }: FetchOffsetsReply,
  owned: ReadonlyMap<string, string>,
): readonly Progress[] {
  const left = new Map(owned);
  const known: Progress[] = [];
  for (const { name: topic, partitions } of topics) {
    for (const { partitionIndex: partition, offset, metadata } of partitions) {
      const key = `${topic}-${partition}`;
      const memberId = left.get(key) ?? null;
      left.delete(key);
      known.push({ topic, partition, committedOffset: Number(offset), metadata, memberId });
    }
  }
  for (const [key, memberId] of left) {
    const dash = key.lastIndexOf("-");
    const [topic, partition] = [key.slice(0, dash), Number(key.slice(dash + 1))];
    known.push({ topic, partition, committedOffset: null, metadata: "", memberId });
  }
  const byTopic = (a: Progress, b: Progress): number =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
  return known.toSorted(byTopic);
}

function* withLag(desk: FrontDesk, known: readonly Progress[]): Routine<GroupPartition[]> {
  const questions: Effect[] = [];
  const isAsked = known.map(({ topic: name, partition }) => {
    const topic = desk.image.topicByName(name);
    if (topic?.partitions[partition]?.leader !== desk.nodeId) return false;
    questions.push(askEffect(desk.refs.of(topic, partition), "listOffset", latest, TIMEOUT_MS));
    return true;
  });
  const ends = yield* askAll<ReplyOf<PartitionProtocol, "listOffset">>(questions);
  let place = 0;
  return known.map((each, i) => {
    const end = isAsked[i] === true ? ends[place++]! : undefined;
    const isKnown = end?.ok === true && end.value.errorCode === ErrorCode.NONE;
    const logEndOffset = isKnown ? end.value.offset : null;
    const { committedOffset } = each;
    const lag =
      logEndOffset === null || committedOffset === null
        ? null
        : Math.max(logEndOffset - committedOffset, 0);
    return { ...each, logEndOffset, lag };
  });
}
