// At most one member owns a partition: nobody is assigned in a generation what another was assigned in
// it, and nothing goes to another before its owner has given it up or is out of the group. A member that
// was out without knowing is no owner: the next thing it hears is that it is out.
//
// Lives on: the simulator's thread.

import type { Identity } from "../../client/group/membership.ts";
import type { TopicPartition } from "../../client/group/topic-partition.ts";
import { keyOf } from "../../client/group/topic-partition.ts";
import type { GroupHistory } from "../group-history.ts";
import { whoIs } from "../group-history.ts";
import type { Verdict } from "../verdict.ts";

/** The eyes of one member of a group. */
export class OwnershipChecker {
  private readonly verdict: Verdict;
  private readonly group: GroupHistory;
  private readonly protocol: "classic" | "consumer" | "mixed";
  private readonly nowMs: () => number;
  /** Under which it was in the group. */
  private readonly names = new Set<string>();
  /** Since when it is in the group, or tries to be. */
  private enteredAtMs: number;
  /** What it holds, and since when. */
  private readonly held = new Map<string, number>();

  constructor(
    verdict: Verdict,
    group: GroupHistory,
    protocol: "classic" | "consumer" | "mixed",
    nowMs: () => number,
  ) {
    this.protocol = protocol;
    this.verdict = verdict;
    this.group = group;
    this.nowMs = nowMs;
    this.enteredAtMs = nowMs();
  }

  /** The coordinator tells what is the member's from now on. */
  decided(
    identity: Identity,
    owned: readonly TopicPartition[],
    assigned: readonly TopicPartition[],
    askedAtMs: number,
  ): void {
    const { group } = this;
    const { generationId } = identity;
    const who = whoIs(identity);
    this.names.add(who);
    group.ended.delete(who);
    // What was decided before the group began anew may be heard late.
    if (this.isNext(identity) && askedAtMs < group.firstEnteredAtMs) return;
    this.checkGeneration(identity, askedAtMs);
    if (this.enteredAtMs <= group.beganAtMs) return;
    for (const key of assigned.map(keyOf)) {
      group.grants.set(key, { who, askedAtMs, atMs: this.nowMs() });
    }
    // A new group in the place of an empty one of the other protocol counts from 1 again, and nobody
    // can tell: there, what is held and given to another (`alive`) has to do.
    if (this.protocol === "mixed") return;
    const owners = entryOf(group.ownersIn, generationId);
    for (const key of assigned.map(keyOf)) {
      const other = owners.get(key);
      this.verdict.hold(
        other === undefined || other === who || group.ended.has(other),
        "a partition has one owner in a generation",
        () => `${group.groupId}, ${key} in ${generationId}: ${other} and ${who}`,
      );
      owners.set(key, who);
    }
    this.checkKept(who, generationId, owned);
  }

  /**
   * Whether it enters with the next generation, and so before anybody asks what is its in that. A static
   * member comes back into the generation that it left (KIP-345), and in the consumer protocol a new one
   * is in that of the last assignment until there is the next.
   */
  private isNext({ groupInstanceId }: Identity): boolean {
    return groupInstanceId === null && this.protocol === "classic";
  }

  /** Whoever enters comes into a later generation, unless nothing was left of the group. */
  private checkGeneration(identity: Identity, askedAtMs: number): void {
    const { group, verdict } = this;
    const { generationId } = identity;
    const isNext = this.isNext(identity);
    const least = group.latestGeneration + (isNext ? 1 : 0);
    if (this.enteredAtMs > group.latestAtMs && generationId < least) {
      // An empty group of the one protocol is replaced by a new one of the other.
      const mayBegin = this.protocol === "mixed" || !group.hasCommitted;
      verdict.hold(mayBegin, "generations only go forward", () => {
        return `${group.groupId}: ${generationId} after ${group.latestGeneration}`;
      });
      group.beginAnew(this.enteredAtMs - 0.001);
    }
    if (group.latestGeneration === -1) group.firstEnteredAtMs = this.enteredAtMs;
    if (generationId <= group.latestGeneration) return;
    group.latestGeneration = generationId;
    group.latestAtMs = isNext ? askedAtMs : this.nowMs();
  }

  /** What a member brought along into a generation is nobody else's in it (KIP-429). */
  private checkKept(who: string, generationId: number, owned: readonly TopicPartition[]): void {
    const { group } = this;
    const kept = entryOf(group.keptInto, generationId);
    for (const partition of owned) kept.set(keyOf(partition), who);
    for (const [key, owner] of entryOf(group.ownersIn, generationId)) {
      const keeper = kept.get(key);
      this.verdict.hold(
        keeper === undefined || keeper === owner,
        "a partition goes to another only when it was given up",
        () => `${group.groupId}, ${key} in ${generationId}: kept by ${keeper}, given to ${owner}`,
      );
    }
  }

  granted(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.held.set(keyOf(partition), this.nowMs());
  }

  released(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.held.delete(keyOf(partition));
  }

  expelled(): void {
    this.enteredAtMs = this.nowMs();
    this.ended();
  }

  ended(): void {
    for (const name of this.names) this.group.ended.add(name);
    this.names.clear();
  }

  /** The coordinator counted it among the members, after it was asked. */
  alive(identity: Identity, askedAtMs: number): void {
    const { group } = this;
    const who = whoIs(identity);
    for (const [key, sinceMs] of this.held) {
      const grant = group.grants.get(key);
      if (grant === undefined || grant.who === who) continue;
      // What was decided before may be heard late, by a process that stood still.
      const isTaken = sinceMs < grant.askedAtMs && grant.atMs < askedAtMs;
      this.verdict.hold(!isTaken, "a partition goes to another only when it was given up", () => {
        const when = `at ${grant.atMs.toFixed(3)}`;
        return `${group.groupId}, ${key}: held by ${who}, given to ${grant.who} ${when}`;
      });
    }
  }
}

function entryOf<V>(maps: Map<number, Map<string, V>>, generationId: number): Map<string, V> {
  let entry = maps.get(generationId);
  if (entry === undefined) {
    entry = new Map();
    maps.set(generationId, entry);
  }
  return entry;
}
