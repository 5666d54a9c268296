// The vote file, `quorum-state`: the latest term this node has seen and whom it has voted for in it.
// JSON with Kafka's field names (`FileQuorumStateStore`), replaced as a whole.
//
// Lives on: the metadata host (over the Disk port).

import type { VoterSet } from "../../metadata/control-records.ts";
import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { Routine } from "../../runtime/routine.ts";
import { readSmallFile } from "../../storage/disk-steps.ts";
import { replaceFile } from "../../storage/replace-file.ts";

export const VOTE_FILE = "quorum-state";
const FILE_BYTES_MAX = 64 * 1024;
const nobody = -1;

export type Vote = { readonly term: number; readonly votedFor: number | null };

export function encodeVote({ term, votedFor }: Vote, voters: readonly number[]): Uint8Array {
  const state = {
    clusterId: "",
    leaderId: nobody,
    leaderEpoch: term,
    votedId: votedFor ?? nobody,
    appliedOffset: 0,
    currentVoters: voters.map((voterId) => ({ voterId })),
    data_version: 0,
  };
  return new TextEncoder().encode(JSON.stringify(state));
}

/** Reads Kafka's versions 0 and 1. */
export function decodeVote(bytes: Uint8Array): Outcome<Vote> {
  let state: unknown;
  try {
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return failure("corrupt", `${VOTE_FILE} is not JSON`);
  }
  if (typeof state !== "object" || state === null) {
    return failure("corrupt", `${VOTE_FILE} is no object`);
  }
  const { leaderEpoch, votedId } = state as Record<string, unknown>;
  if (!isInt32(leaderEpoch) || leaderEpoch < 0 || !isInt32(votedId)) {
    return failure("corrupt", `${VOTE_FILE} holds no term and vote`);
  }
  return success({ term: leaderEpoch, votedFor: votedId < 0 ? null : votedId });
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}

/** Null when there is none. */
export function* readVote(directory: string): Routine<Outcome<Vote> | null> {
  const bytes = yield* readSmallFile(`${directory}/${VOTE_FILE}`, FILE_BYTES_MAX);
  return bytes === null ? null : decodeVote(bytes);
}

/** On disk when the routine ends. */
export function* writeVote(directory: string, vote: Vote, voters: VoterSet): Routine<void> {
  const voterIds = voters.map(({ nodeId }) => nodeId);
  yield* replaceFile(`${directory}/${VOTE_FILE}`, encodeVote(vote, voterIds));
}
