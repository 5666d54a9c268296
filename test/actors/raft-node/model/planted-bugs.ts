// Known bugs of Raft implementations, put into modelled nodes from outside: a disk that lies, a message
// that is changed, a state that is bent before a step. The steps themselves have no hook for any of it.
//
// Lives on: tests.

import type { ModelNode } from "./node.ts";
import type { Spoil } from "./world.ts";

function whenLeading(
  spoil: (role: Extract<ModelNode["state"]["role"], { name: "leader" }>) => void,
) {
  return ({ state }: ModelNode): void => {
    if (state.role.name === "leader") spoil(state.role);
  };
}

function mutable<T>(value: T): { -readonly [K in keyof T]: T[K] } {
  return value;
}

export const plantedBugs: Readonly<Record<string, Spoil>> = {
  /** A power cut then lets it vote for another. */
  "the vote is told of before it is on disk": {
    saveVote: (node) => {
      const latest = node.saves.shift();
      if (latest !== undefined) node.step({ event: "voteSaved", save: latest.save });
    },
  },
  /** Figure 8 of the Raft paper. */
  "an entry of an older term is committed by count": {
    beforeStep: whenLeading((role) => {
      mutable(role).termStart = 0;
    }),
  },
  "a read is answered by lease": {
    read: (node) => node.state.highWatermark,
  },
  "a sync is skipped": {
    sync: (node) => {
      const { generation } = node.state;
      node.step({ event: "synced", end: node.log.end, generation });
    },
  },
  "a leader counts what it has not synced": {
    beforeStep: (node) => {
      if (node.state.role.name === "leader") node.state.durableEnd = node.state.log.end;
    },
  },
  "voters are changed before a commit in the own term": {
    beforeStep: whenLeading((role) => {
      role.announced = true;
    }),
  },
  "an append that comes late cuts off what followed it": {
    beforeStep: (node, envelope) => {
      if (envelope?.message.kind !== "append") return;
      const { from, term, prevEpoch, batches } = envelope.message;
      const { state } = node;
      const end = batches.at(-1)?.nextOffset ?? from;
      const agrees = state.log.has({ offset: from, epoch: prevEpoch });
      if (term !== state.term || state.role.name !== "follower" || !agrees) return;
      if (end < state.log.end) node.cutOff(end);
    },
  },
  "a snapshot does not say who votes": { forgetsVoters: true },
  "whoever asks gets the vote, whatever its log": {
    message: (message) =>
      message.kind === "voteRequest" || message.kind === "preVoteRequest"
        ? { ...message, lastEpoch: 1_000_000 }
        : message,
  },
};
