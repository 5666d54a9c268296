// An acknowledged commit is never lost and never goes back: what a group is said to have committed is
// what somebody did commit, and nobody is known to have committed something else after it. A commit
// without an answer may be carried out at any later time.
//
// Lives on: the simulator's thread.

import type { Commit, GroupHistory } from "../group-history.ts";
import type { Verdict } from "../verdict.ts";

/** `offset`: undefined when the group has none. */
export type ToldOffset = { readonly key: string; readonly offset: number | undefined };

export function checkCommitted(
  verdict: Verdict,
  group: GroupHistory,
  { key, offset }: ToldOffset,
  askedAtMs: number,
): void {
  const commits = group.commits.get(key) ?? [];
  const possible =
    offset === undefined
      ? !commits.some((commit) => wasInForce(commit, askedAtMs))
      : commits.some((commit) => {
          return commit.offset === offset && mayBeInForce(commit, commits, askedAtMs);
        });
  verdict.hold(possible, "an acknowledged commit is neither lost nor goes back", () => {
    const last = commits.findLast((commit) => wasInForce(commit, askedAtMs));
    const when = `acknowledged at ${last?.settledAtMs.toFixed(3)}`;
    return `${group.groupId}, ${key}: ${offset ?? "nothing"} at ${askedAtMs.toFixed(3)}, after ${last?.offset}, ${when}`;
  });
}

function wasInForce({ outcome, settledAtMs }: Commit, askedAtMs: number): boolean {
  return outcome === "ok" && settledAtMs < askedAtMs;
}

function mayBeInForce(commit: Commit, all: readonly Commit[], askedAtMs: number): boolean {
  if (commit.outcome === "refused") return false;
  if (commit.outcome !== "ok") return true;
  return !all.some((other) => {
    return wasInForce(other, askedAtMs) && other.sentAtMs > commit.settledAtMs;
  });
}
