// A classic group's members, generation and state, and the bookkeeping that keeps them consistent. It
// answers nobody and starts no timers: that is done by the rooms beside it, one per message.
//
//   Empty -> PreparingRebalance -> CompletingRebalance -> Stable
//              ^ any change of members     |                |
//              +---------------------------+----------------+
//
// Lives on: host thread (part of the group actor).

import { assert } from "../../../base/assert.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { JoinProtocol } from "../messages.ts";
import type { ClassicMember } from "./member.ts";
import { offersSame } from "./member.ts";
import { subscribedTopicsOf } from "./subscriptions.ts";

export type ClassicState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

export const CONSUMER_PROTOCOL_TYPE = "consumer";

type Renewal = Pick<ClassicMember, "protocols" | "rebalanceTimeoutMs" | "sessionTimeoutMs">;

export class ClassicGroup {
  readonly members = new Map<string, ClassicMember>();
  /** Instance id -> member id (KIP-345). */
  readonly #staticMembers = new Map<string, string>();
  /** Ids given out whose owners have not come again yet, and until when they may (KIP-394). */
  readonly pendingJoins = new Map<string, number>();
  /** Members of the generation that have not asked for their assignment. */
  readonly pendingSyncs = new Set<string>();
  generationId = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  /** By the subscriptions of all members; undefined when nobody can tell. */
  subscribedTopics: ReadonlySet<string> | undefined;
  /** Since when it is in this state; -1: not known, the record is an old one. */
  stateSinceMs = -1;
  /** Somebody joined while the first rebalance was waiting for more. */
  newMemberAdded = false;
  /** The protocols that all members know; undefined when it has to be found out anew. */
  #common: ReadonlySet<string> | undefined;
  #state: ClassicState = "Empty";
  #previousState: ClassicState = "Empty";

  get state(): ClassicState {
    return this.#state;
  }

  get previousState(): ClassicState {
    return this.#previousState;
  }

  enter(state: ClassicState, nowMs: number): void {
    this.#previousState = this.#state;
    this.#state = state;
    this.stateSinceMs = nowMs;
  }

  /** Somebody is in it, or about to come in. */
  get isInUse(): boolean {
    return this.#state !== "Empty" || this.members.size > 0 || this.pendingJoins.size > 0;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE;
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  staticMemberId(groupInstanceId: string): string | undefined {
    return this.#staticMembers.get(groupInstanceId);
  }

  // ------------------------------------------------------------ who may speak

  /** What is wrong with one who calls itself a member (`ClassicGroup.validateMember`). */
  memberError(memberId: string, groupInstanceId: string | null): ErrorCode {
    if (groupInstanceId !== null) {
      const owner = this.#staticMembers.get(groupInstanceId);
      if (owner === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (owner !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** Whether somebody who offers these can join: there must be one that all members know. */
  supports(protocolType: string, protocols: readonly JoinProtocol[]): boolean {
    if (protocolType === "" || protocols.length === 0) return false;
    if (this.members.size === 0) return true;
    if (this.protocolType !== protocolType) return false;
    const common = this.#commonProtocols();
    return protocols.some(({ name }) => common.has(name));
  }

  // ------------------------------------------------------------ members come and go

  add(member: ClassicMember, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    assert(this.protocolType === protocolType, "members of one group have one protocol type");
    this.pendingJoins.delete(member.memberId);
    this.#common = this.members.size === 0 ? undefined : this.#commonWith(member);
    this.members.set(member.memberId, member);
    if (member.groupInstanceId !== null) {
      this.#staticMembers.set(member.groupInstanceId, member.memberId);
    }
    this.leaderId ??= member.memberId;
  }

  remove(member: ClassicMember): void {
    const { memberId, groupInstanceId } = member;
    this.#common = undefined;
    this.members.delete(memberId);
    this.pendingSyncs.delete(memberId);
    if (groupInstanceId !== null && this.#staticMembers.get(groupInstanceId) === memberId) {
      this.#staticMembers.delete(groupInstanceId);
    }
    if (!this.isLeader(memberId)) return;
    const [heir] = this.members.keys();
    this.leaderId = heir ?? null;
  }

  /** The same static member under a new id, in the old one's place. */
  replace(old: ClassicMember, memberId: string): ClassicMember {
    const member = { ...old, memberId, awaitsJoin: undefined, awaitsSync: undefined };
    const wasLeader = this.isLeader(old.memberId);
    const all = [...this.members.values()];
    this.members.clear();
    for (const each of all) {
      const kept = each === old ? member : each;
      this.members.set(kept.memberId, kept);
    }
    if (this.pendingSyncs.delete(old.memberId)) this.pendingSyncs.add(memberId);
    this.#staticMembers.set(old.groupInstanceId!, memberId);
    if (wasLeader) this.leaderId = memberId;
    return member;
  }

  /** What it says of itself when it joins again. */
  renew(member: ClassicMember, now: Renewal): void {
    if (!offersSame(member, now.protocols)) this.#common = undefined;
    member.protocols = now.protocols;
    member.rebalanceTimeoutMs = now.rebalanceTimeoutMs;
    member.sessionTimeoutMs = now.sessionTimeoutMs;
  }

  /** As if it had never been; only when nobody is in it. */
  forget(): void {
    assert(this.members.size === 0, "a group with members is not forgotten");
    this.pendingJoins.clear();
    this.generationId = 0;
    this.protocolType = null;
    this.protocolName = null;
    this.subscribedTopics = undefined;
    this.stateSinceMs = -1;
  }

  // ------------------------------------------------------------ a rebalance

  /** The longest that any member wants to be waited for. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const { rebalanceTimeoutMs } of this.members.values()) {
      if (rebalanceTimeoutMs > longest) longest = rebalanceTimeoutMs;
    }
    return longest;
  }

  get awaitingJoinCount(): number {
    let count = 0;
    for (const { awaitsJoin } of this.members.values()) if (awaitsJoin !== undefined) count += 1;
    return count;
  }

  get allHaveJoined(): boolean {
    if (this.pendingJoins.size > 0) return false;
    for (const { awaitsJoin } of this.members.values()) if (awaitsJoin === undefined) return false;
    return true;
  }

  /** Keeps the leader if it has joined, else takes one that has. False: nobody has. */
  electJoinedLeader(): boolean {
    const leader = this.leaderId === null ? undefined : this.members.get(this.leaderId);
    if (leader === undefined) return false;
    if (leader.awaitsJoin !== undefined) return true;
    for (const { memberId, awaitsJoin } of this.members.values()) {
      if (awaitsJoin === undefined) continue;
      this.leaderId = memberId;
      return true;
    }
    return false;
  }

  nextGeneration(nowMs: number): void {
    this.generationId += 1;
    this.pendingSyncs.clear();
    this.newMemberAdded = false;
    if (this.members.size === 0) {
      this.protocolName = null;
      this.enter("Empty", nowMs);
    } else {
      this.protocolName = this.selectProtocol();
      this.enter("CompletingRebalance", nowMs);
    }
    this.findSubscribedTopics();
  }

  /** Of the protocols that all members know, the one that most of them like best. */
  selectProtocol(): string | null {
    const common = this.#commonProtocols();
    const votes = new Map<string, number>();
    for (const { protocols } of this.members.values()) {
      const vote = protocols.find(({ name }) => common.has(name))?.name;
      if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    let chosen: string | null = null;
    let most = 0;
    for (const [name, count] of votes) {
      if (count <= most) continue;
      chosen = name;
      most = count;
    }
    return chosen;
  }

  #commonProtocols(): ReadonlySet<string> {
    return (this.#common ??= this.#findCommonProtocols());
  }

  /** A hundred that join one after another are not gone through a hundred times. */
  #commonWith({ protocols }: ClassicMember): ReadonlySet<string> {
    const common = this.#commonProtocols();
    return new Set(protocols.map(({ name }) => name).filter((name) => common.has(name)));
  }

  #findCommonProtocols(): ReadonlySet<string> {
    const counts = new Map<string, number>();
    for (const { protocols } of this.members.values()) {
      for (const name of new Set(protocols.map((protocol) => protocol.name))) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    const all = [...counts].filter(([, count]) => count === this.members.size);
    return new Set(all.map(([name]) => name));
  }

  findSubscribedTopics(): void {
    this.subscribedTopics = subscribedTopicsOf(this);
  }

  /** Whoever cannot be understood may be subscribed to anything. */
  isSubscribedTo(topic: string): boolean {
    return this.usesConsumerProtocol && (this.subscribedTopics?.has(topic) ?? true);
  }
}
