// Known bugs of clusters, planted to see whether the world of several nodes finds them.
//
// Lives on: the simulator's thread.

import { Answers } from "../actors/controller/answers.ts";
import { BrokerSessions } from "../actors/controller/broker-sessions.ts";
import { Forwarding } from "../actors/controller/forwarding.ts";
import type { Forwarded } from "../actors/controller/forwarding.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { Proposer } from "../actors/controller/proposer.ts";
import { RaftLog } from "../actors/raft-node/core/log.ts";
import type { ClusterOdds } from "./cluster-plan.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { raftBugs } from "./planted-raft-bugs.ts";
import { replaceGetter, replaceMethod } from "./replace-method.ts";
import { neverDone, pathOf, spoiltDisk } from "./spoil-disk.ts";

export type ClusterBug = Omit<PlantedBug, "provoke"> & {
  /** The smallest that is known to find it (`--zoo`): `npm test` runs no other. */
  readonly seed: number;
  /** A world of several nodes in which it shows soon. */
  readonly provoke: ClusterOdds;
};

function brokerIdIn(args: unknown): number {
  return (args as { readonly broker: { readonly brokerId: number } }).broker.brokerId;
}

function isDone(answer: unknown): boolean {
  return (answer as { readonly errorCode: ErrorCode }).errorCode === ErrorCode.NONE;
}

/** One of the nodes is slow to doubt that it leads. */
const slow = { electionMs: [10_000, 300, 300] };
const restless = { nodes: 3, administrators: 3, topics: 2, snapshotBytes: 20_000_000 };

export const clusterBugs: readonly ClusterBug[] = [
  {
    name: "metadata-not-synced",
    seed: 1,
    what: "syncs of the metadata log are answered and not carried out",
    provoke: { ...restless, means: { powerCut: 500 } },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        const path = pathOf(request);
        const isLog = path.includes("gofka-metadata") && path.endsWith(".log");
        return request.operation === "datasync" && isLog && neverDone(life, done);
      }),
    }),
  },
  {
    name: "given-up-counts-as-done",
    seed: 8,
    what: "a proposal that was given up is taken for one that was committed",
    provoke: { ...restless, electionMs: [2_000, 300, 300], means: { cutBoth: 1_500 } },
    plant: () =>
      replaceMethod(
        Answers.prototype,
        "proposed",
        (proposed: Answers["proposed"]) =>
          function believeAnything(this: Answers, lastOffset: number | null) {
            proposed.call(this, lastOffset ?? 0);
          },
      ),
  },
  {
    name: "appends-not-matched",
    seed: 1,
    what: "a follower takes every append to follow what it has",
    provoke: { ...restless, means: { powerCut: 1500, kill: 1500, cutBoth: 800 } },
    plant: () => replaceMethod(RaftLog.prototype, "has", () => () => true),
  },
  {
    name: "answered-before-commit",
    seed: 6,
    what: "a change is answered, here or to whoever sent it on, once it is proposed",
    provoke: { ...restless, ...slow, means: { cutBoth: 2_000, cutFrom: 2_000 } },
    plant: () => replaceGetter(Proposer.prototype, "answered", (proposer) => proposer.proposed),
  },
  {
    name: "gone-brokers-stay",
    seed: 1,
    what: "a broker that is gone is never fenced, and goes on to be told of as leader",
    provoke: { ...restless, means: { kill: 5_000 } },
    plant: () => replaceMethod(BrokerSessions.prototype, "overdue", () => () => []),
  },
  {
    name: "old-registration-taken",
    seed: 1,
    what: "a broker that starts anew is told that its former registration will do",
    provoke: { ...restless, means: { kill: 5_000 } },
    plant: () => {
      const known = new Set<number>();
      return replaceMethod(
        Forwarding.prototype,
        "forward",
        (forward: Forwarding["forward"]) =>
          function lazy(this: Forwarding, request: Forwarded) {
            const { name, args } = request;
            if (name !== "registerBroker") return forward.call(this, request);
            const brokerId = brokerIdIn(args);
            if (known.has(brokerId)) return request.answered({ errorCode: ErrorCode.NONE }, 0);
            const answered: Forwarded["answered"] = (value, offset) => {
              if (isDone(value)) known.add(brokerId);
              request.answered(value, offset);
            };
            forward.call(this, { ...request, answered });
          },
      );
    },
  },
  ...raftBugs,
];
