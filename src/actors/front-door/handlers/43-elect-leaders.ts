// ElectLeaders: v0-2. Which replica leads: the preferred one, or any that is in sync.
//
// Version notes:
// - v0: the preferred one only
// - v1: the kind of election; an error of the whole request (KIP-460)
// - v2: flexible
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ElectLeadersRequest,
  ElectLeadersResponse,
} from "../../../protocol/messages/43-elect-leaders.ts";
import type { Routine } from "../../../runtime/routine.ts";
import type { ElectionResult, LeaderElection } from "../../controller/messages.ts";
import { askController, errorOfController } from "../ask-controller.ts";
import { errorText } from "../error-text.ts";
import { handler } from "./handler.ts";

const PREFERRED = 0;
const UNCLEAN = 1;
const KINDS_FROM_VERSION = 1;

export const electLeaders = handler({
  request: ElectLeadersRequest,
  response: ElectLeadersResponse,
  versions: [0, 2],

  *handle({ apiVersion }, request) {
    const knowsKinds = apiVersion >= KINDS_FROM_VERSION;
    const electionType = knowsKinds ? request.electionType : PREFERRED;
    const topics = request.topicPartitions?.map(({ topic, partitions }) => ({
      name: topic,
      partitionIds: partitions,
    }));
    const election = { electionType, topics: topics ?? null };
    const isKnown = electionType === PREFERRED || electionType === UNCLEAN;
    const elected = isKnown
      ? yield* elect(election, request.timeoutMs)
      : { errorCode: ErrorCode.INVALID_REQUEST };
    const { errorCode = ErrorCode.NONE, results = refuseAll(election, errorCode) } = elected;
    const replicaElectionResults = results.map(({ name, partitions }) => ({
      topic: name,
      partitionResult: partitions.map(({ errorMessage, ...result }) => ({
        ...result,
        errorMessage: errorText(errorMessage),
      })),
    }));
    // Before there was one error for all, each partition had it.
    return { throttleTimeMs: 0, replicaElectionResults, ...(knowsKinds && { errorCode }) };
  },
});

type Elected = {
  readonly errorCode?: ErrorCode;
  readonly results?: readonly ElectionResult[];
};

function* elect(election: LeaderElection, timeoutMs: number): Routine<Elected> {
  const answer = yield* askController("electLeaders", election, timeoutMs);
  if (!answer.ok) return { errorCode: errorOfController(answer) };
  const { results } = answer.value;
  // Where nobody leads that is so of the whole request.
  const isLed = results.every(({ partitions }) =>
    partitions.every(({ errorCode }) => errorCode !== ErrorCode.NOT_CONTROLLER),
  );
  return isLed ? { results } : { errorCode: ErrorCode.NOT_CONTROLLER };
}

function refuseAll({ topics }: LeaderElection, errorCode: ErrorCode): readonly ElectionResult[] {
  const why = { errorCode, errorMessage: null };
  return (topics ?? []).map(({ name, partitionIds }) => ({
    name,
    partitions: partitionIds.map((partitionId) => ({ partitionId, ...why })),
  }));
}
