// One voter more or less, as the controller that leads says (`KafkaRaftClient.handleAddVoterRequest`).
//
// Lives on: anywhere (part of the front door).

import { ZERO_UUID } from "../../base/uuid.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Routine } from "../../runtime/routine.ts";
import type { VoterChange, VoterChangeResult } from "../raft-node/messages.ts";
import { askController, errorOfController } from "./ask-controller.ts";
import type { RequestContext } from "./request-context.ts";

type Told = {
  readonly throttleTimeMs: number;
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
};

const told: Readonly<Record<VoterChangeResult, readonly [ErrorCode, string | null]>> = {
  done: [ErrorCode.NONE, null],
  notLeading: [ErrorCode.NOT_CONTROLLER, null],
  busy: [ErrorCode.REQUEST_TIMED_OUT, "Another change of the voters is not committed yet."],
  duplicate: [ErrorCode.DUPLICATE_VOTER, "The node is a voter already."],
  unknown: [ErrorCode.VOTER_NOT_FOUND, "There is no such voter."],
  notCaughtUp: [ErrorCode.REQUEST_TIMED_OUT, "The node is not heard of, or has not caught up."],
  lastVoter: [ErrorCode.INVALID_REQUEST, "The last voter cannot be removed."],
};

export function* changeVoters(
  { desk }: RequestContext,
  clusterId: string | null,
  change: VoterChange,
  timeoutMs: number,
): Routine<Told> {
  if (clusterId !== null && clusterId !== desk.clusterId) {
    const errorMessage = `This is cluster ${desk.clusterId}.`;
    return { throttleTimeMs: 0, errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID, errorMessage };
  }
  const wrong = whatIsWrong(change);
  if (wrong !== null) {
    return { throttleTimeMs: 0, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: wrong };
  }
  const answer = yield* askController("changeVoters", change, timeoutMs);
  if (!answer.ok) {
    return { throttleTimeMs: 0, errorCode: errorOfController(answer), errorMessage: null };
  }
  const [errorCode, errorMessage] = told[answer.value.result];
  return { throttleTimeMs: 0, errorCode, errorMessage };
}

/** A voter is a node with its disk (KIP-853), and one to be added is to be reached somewhere. */
function whatIsWrong({ kind, voter }: VoterChange): string | null {
  const { nodeId, directoryId, endpoints } = voter;
  if (nodeId < 0) return `${nodeId} is no node's id.`;
  if (directoryId === ZERO_UUID) return "The voter's directory is missing.";
  return kind === "add" && endpoints.length === 0 ? "The voter's listener is missing." : null;
}
