// DescribeQuorum: v0-2. Who keeps the metadata, who leads, and how far each of the others is. Answered by
// the controller that leads, whichever node is asked.
//
// Version notes:
// - v1: when a replica was last heard of and last had everything, as the leader saw it
// - v2: directory ids, error messages, and where the voters listen
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../../base/uuid.ts";
import { describeError, ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from "../../../protocol/messages/55-describe-quorum.ts";
import type { QuorumDescription, QuorumMember } from "../../raft-node/messages.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { handler } from "./handler.ts";

const TOPIC = "__cluster_metadata";
const WITHIN_MS = 10_000;
const DISKS_FROM_VERSION = 2;

export const describeQuorum = handler({
  request: DescribeQuorumRequest,
  response: DescribeQuorumResponse,
  versions: [0, 2],

  *handle({ apiVersion }, { topics }) {
    const hasDisks = apiVersion >= DISKS_FROM_VERSION;
    const answer = yield* askController("describeQuorum", {}, WITHIN_MS);
    // All or nothing: only the metadata log alone is described (KafkaRaftClient).
    const quorum = answer.ok && asksForMetadataAlone(topics) ? answer.value : undefined;
    const errorCode = answer.ok ? ErrorCode.NONE : errorOfController(answer);
    return {
      errorCode,
      errorMessage: "",
      topics: topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          ...partitionOf(quorum, hasDisks),
        })),
      })),
      ...(hasDisks ? { nodes: nodesOf(quorum) } : {}),
    };
  },
});

function asksForMetadataAlone(topics: DescribeQuorumRequest["topics"]): boolean {
  const [topic, ...others] = topics;
  if (topic?.topicName !== TOPIC || others.length > 0) return false;
  return topic.partitions.length === 1 && topic.partitions[0]!.partitionIndex === 0;
}

function nodesOf(quorum: QuorumDescription | undefined) {
  return (quorum?.voters ?? []).map(({ nodeId, endpoints }) => ({
    nodeId,
    listeners: endpoints.map(({ name, host, port }) => ({ name, host, port })),
  }));
}

function partitionOf(quorum: QuorumDescription | undefined, hasDisks: boolean) {
  if (quorum === undefined) return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (quorum.leaderId < 0) return refusal(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: "",
    leaderId: quorum.leaderId,
    leaderEpoch: quorum.term,
    highWatermark: quorum.highWatermark,
    currentVoters: quorum.voters.map((member) => replicaOf(member, hasDisks)),
    observers: quorum.observers.map((member) => replicaOf(member, hasDisks)),
  };
}

/** Beside an error the rest is as it is unset (`DescribeQuorumResponse.singletonErrorResponse`). */
function refusal(errorCode: ErrorCode) {
  const errorMessage = describeError(errorCode).meaning;
  return {
    ...{ errorCode, errorMessage, leaderId: 0, leaderEpoch: 0, highWatermark: 0 },
    ...{ currentVoters: [], observers: [] },
  };
}

function replicaOf(member: QuorumMember, hasDisks: boolean) {
  const { nodeId, directoryId, logEndOffset, lastFetchMs, lastCaughtUpMs } = member;
  return {
    replicaId: nodeId,
    ...(hasDisks ? { replicaDirectoryId: directoryId ?? ZERO_UUID } : {}),
    logEndOffset,
    lastFetchTimestamp: lastFetchMs,
    lastCaughtUpTimestamp: lastCaughtUpMs,
  };
}
