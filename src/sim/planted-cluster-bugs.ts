// Known bugs of clusters, planted to see whether the world of several nodes finds them.
//
// Lives on: the simulator's thread.

import { Answers } from "../actors/controller/answers.ts";
import { RaftLog } from "../actors/raft-node/core/log.ts";
import type { ClusterConfig } from "./cluster-world.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { replaceMethod } from "./replace-method.ts";
import { neverDone, pathOf, spoiltDisk } from "./spoil-disk.ts";

export type ClusterBug = Omit<PlantedBug, "provoke"> & {
  /** A world of several nodes in which it shows soon. */
  readonly provoke: Partial<ClusterConfig>;
};

/** One of the nodes is slow to doubt that it leads. */
const slow = { electionMs: [10_000, 300, 300] };
const restless = { nodes: 3, administrators: 3, topics: 2, snapshotBytes: 20_000_000 };

export const clusterBugs: readonly ClusterBug[] = [
  {
    name: "metadata-not-synced",
    what: "syncs of the metadata log are answered and not carried out",
    provoke: { ...restless, powerCut: 150, kill: 0, cut: 0 },
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
    what: "a proposal that was given up is taken for one that was committed",
    provoke: { ...restless, ...slow, powerCut: 0, kill: 0, cut: 40 },
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
    what: "a follower takes every append to follow what it has",
    provoke: { ...restless, powerCut: 60, kill: 60, cut: 100 },
    plant: () => replaceMethod(RaftLog.prototype, "has", () => () => true),
  },
];
