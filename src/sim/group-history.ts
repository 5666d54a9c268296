// What the members of a world's groups did and were told: commits and what came of them, and what was
// assigned to whom. The checkers read it; nobody else does.
//
// Lives on: the simulator's thread.

import type { Identity } from "../client/group/membership.ts";

/** One partition's part of a commit. */
export type Commit = {
  readonly offset: number;
  readonly sentAtMs: number;
  /** `unknown`: it may have been carried out, or may be yet. */
  outcome: "pending" | "ok" | "refused" | "unknown";
  settledAtMs: number;
};

/** `who`: the same for a static member before and after it was away. */
export type Grant = {
  readonly who: string;
  /** It was decided between these. */
  readonly askedAtMs: number;
  readonly atMs: number;
};

export class GroupHistory {
  readonly groupId: string;
  /** By the key of the partition, in the order sent. */
  readonly commits = new Map<string, Commit[]>();
  /** Generation or member epoch -> partition -> to whom it was assigned in it. */
  readonly ownersIn = new Map<number, Map<string, string>>();
  /** Partition -> to whom it was last assigned, and when. */
  readonly grants = new Map<string, Grant>();
  /** Generation -> what its members still owned when they entered it. */
  readonly keptInto = new Map<number, Map<string, string>>();
  /** Whoever left, died, or heard that it is out. */
  readonly ended = new Set<string>();
  latestGeneration = -1;
  /** When it had begun already. */
  latestAtMs = -1;
  /** Of whoever is first known to be in the group, or in it anew: what was asked before is over. */
  firstEnteredAtMs = -1;
  /** When the group began anew, as one does of which nothing was left: from its first generation on. */
  beganAtMs = -1;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get hasCommitted(): boolean {
    return [...this.commits.values()].some((all) => all.some(({ outcome }) => outcome === "ok"));
  }

  beginAnew(atMs: number): void {
    this.ownersIn.clear();
    this.keptInto.clear();
    this.latestGeneration = -1;
    this.beganAtMs = atMs;
  }

  commitSent(partitionKey: string, offset: number, sentAtMs: number): Commit {
    const commit: Commit = { offset, sentAtMs, outcome: "pending", settledAtMs: Infinity };
    const commits = this.commits.get(partitionKey);
    if (commits === undefined) this.commits.set(partitionKey, [commit]);
    else commits.push(commit);
    return commit;
  }
}

export class GroupHistories {
  private readonly groups = new Map<string, GroupHistory>();

  of(groupId: string): GroupHistory {
    let group = this.groups.get(groupId);
    if (group === undefined) {
      group = new GroupHistory(groupId);
      this.groups.set(groupId, group);
    }
    return group;
  }
}

export function whoIs({ memberId, groupInstanceId }: Identity): string {
  return groupInstanceId ?? memberId;
}
