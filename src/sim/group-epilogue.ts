// What is asked of groups once nothing is broken any more: each becomes stable within a bound, reads to
// the end, and stays as it is; and when the node ends and starts again under it, in good order or not,
// nobody in it notices and what is told of it is the same.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import { keyOf } from "../client/group/topic-partition.ts";
import type { GroupDraw } from "./group-draw.ts";
import { LONG_SESSION_MS } from "./group-draw.ts";
import type { WorldConfig } from "./swarm.ts";
import type { Verdict } from "./verdict.ts";
import { allPartitions } from "./workload/all-partitions.ts";
import type { GroupMember } from "./workload/group-member.ts";
import { GroupPortraits } from "./workload/group-portrait.ts";
import type { SimClient } from "./workload/sim-client.ts";
import type { Workforce } from "./workload/workforce.ts";

/** Longer than it takes a member that stood still to hear that it is out, or one assignment to come
 * after another. */
const STABLE_FOR_MS = 1_500;
const MARGIN_MS = 15_000;
const READ_WITHIN_MS = 120_000;
const STILL_WITHIN_MS = 65_000;
const TOLD_WITHIN_MS = 30_000;

/** What the world lends. */
export type Epilogue = {
  readonly config: WorldConfig;
  readonly workforce: Workforce;
  readonly verdict: Verdict;
  readonly prng: Prng;
  nowMs(): number;
  newClient(): SimClient;
  mustHappen(what: string, condition: () => boolean, withinMs: number): void;
  pass(spanMs: number): void;
  restart(how: "orderly" | "killed"): void;
  /** Where a partition must have been read to. */
  endOf(topic: string, partition: number): number;
};

export function groupEpilogue(epilogue: Epilogue): void {
  const { config, verdict, workforce } = epilogue;
  if (config.groups.length === 0) return;
  let sinceMs = Infinity;
  const areStable = (): boolean => {
    if (!config.groups.every((draw) => isStable(epilogue, draw))) sinceMs = Infinity;
    else if (sinceMs === Infinity) sinceMs = epilogue.nowMs();
    return epilogue.nowMs() - sinceMs >= STABLE_FOR_MS;
  };
  const withinMs = Math.max(...config.groups.map((draw) => boundOf(config, draw)));
  epilogue.mustHappen("every group becomes stable", areStable, withinMs);
  const haveRead = (): boolean => config.groups.every((draw) => hasReadAll(epilogue, draw));
  epilogue.mustHappen("every group reads to the end", haveRead, READ_WITHIN_MS);
  if (verdict.violation !== undefined) return;
  for (const member of workforce.groupMembers()) member.still = true;
  const areStill = (): boolean => workforce.groupMembers().every(({ commits }) => commits === 0);
  epilogue.mustHappen("every commit is settled", areStill, STILL_WITHIN_MS);
  // Who had begun to stand still before all was quiet may have been put out meanwhile, and comes back.
  epilogue.mustHappen("every group is stable once nobody commits", areStable, withinMs);
  if (verdict.violation !== undefined) return;
  const before = generations(workforce);
  const sessions = config.groups.map(({ options }) => options.sessionTimeoutMs);
  stayAsTheyAre(epilogue, before, 1.5 * Math.max(...sessions));
  if (verdict.violation !== undefined || Math.min(...sessions) < LONG_SESSION_MS) return;
  const portraits = takePortraits(epilogue);
  epilogue.restart(epilogue.prng.pick(["orderly", "killed"]));
  const after = takePortraits(epilogue);
  for (const [groupId, portrait] of portraits) {
    verdict.hold(after.get(groupId) === portrait, "a replayed group is the one that lived", () => {
      return `${groupId}: ${portrait}\n  is now ${after.get(groupId)}`;
    });
  }
  stayAsTheyAre(epilogue, before, Math.max(...sessions));
}

function stayAsTheyAre(epilogue: Epilogue, before: string, forMs: number): void {
  epilogue.pass(forMs);
  const now = generations(epilogue.workforce);
  epilogue.verdict.hold(now === before, "a stable group stays as it is", () => {
    return `${before}\n  is now ${now}`;
  });
}

function takePortraits(epilogue: Epilogue): ReadonlyMap<string, string> {
  const { config } = epilogue;
  const client = epilogue.newClient();
  const portraits = new GroupPortraits(client, config.groups);
  const areTaken = (): boolean => portraits.taken.size === config.groups.length;
  epilogue.mustHappen("a healed node tells of its groups", areTaken, TOLD_WITHIN_MS);
  client.end();
  return portraits.taken;
}

/** A lost answer is noticed, a dead member's session ends, and there may be two rebalances. */
function boundOf({ requestTimeoutMs }: WorldConfig, { options }: GroupDraw): number {
  const { sessionTimeoutMs, maxPollIntervalMs } = options;
  return requestTimeoutMs + 4 * sessionTimeoutMs + 4 * maxPollIntervalMs + MARGIN_MS;
}

function membersOf({ workforce }: Epilogue, draw: GroupDraw): GroupMember[] {
  return workforce.groupMembers().filter((member) => member.draw === draw);
}

/** All are in, and every partition is somebody's. */
function isStable(epilogue: Epilogue, draw: GroupDraw): boolean {
  const members = membersOf(epilogue, draw);
  if (!members.every(({ isSettled }) => isSettled)) return false;
  const owned = members.flatMap(({ consumer }) => consumer!.assignment().map(keyOf));
  const count = allPartitions(epilogue.config.topics).length;
  const generationIds = new Set(members.map(({ consumer }) => consumer!.identity.generationId));
  return owned.length === count && new Set(owned).size === count && generationIds.size === 1;
}

function hasReadAll(epilogue: Epilogue, draw: GroupDraw): boolean {
  const members = membersOf(epilogue, draw);
  return allPartitions(epilogue.config.topics).every((partition) => {
    const end = epilogue.endOf(partition.topic, partition.partition);
    return members.some(({ consumer }) => (consumer?.position(partition) ?? -1) >= end);
  });
}

function generations(workforce: Workforce): string {
  const members = workforce.groupMembers().map(({ draw, consumer }) => {
    const { memberId, generationId } = consumer?.identity ?? { memberId: "away", generationId: -1 };
    return `${draw.options.groupId} ${memberId} ${generationId}`;
  });
  return members.join("; ");
}
