// What a group consumer knows of its membership, whichever protocol it speaks, and what it hears of it.
//
//   classic-membership.ts    join, sync, heartbeat, leave (KIP-62)
//   consumer-membership.ts   heartbeats alone (KIP-848)
//
// Lives on: anywhere (types only).

import type { ClientError } from "../client-error.ts";
import type { TopicPartition } from "./topic-partition.ts";

/** By what a member proves to the coordinator that it may commit. */
export type Identity = {
  readonly memberId: string;
  /** The member epoch in the consumer protocol. -1: not in the group. */
  readonly generationId: number;
  readonly groupInstanceId: string | null;
};

/** `revoked`: still ours until we say so. `lost`: others may have them already. */
export type ReleaseKind = "revoked" | "lost";

export type MembershipEvents = {
  /** They are given up as soon as `done` is called, and not before. */
  release(partitions: readonly TopicPartition[], kind: ReleaseKind, done: () => void): void;
  /** What has come to what was owned before; it may be nothing. */
  granted(partitions: readonly TopicPartition[], done: () => void): void;
  /** Nothing mends it; the membership is over. */
  failed(failure: ClientError): void;
};

/** For those who watch a group: what the coordinator has told, as it is told. */
export type MembershipObserver = {
  /** `owned` until now, `assigned` from now on; decided some time after it was asked for. */
  decided?(
    identity: Identity,
    owned: readonly TopicPartition[],
    assigned: readonly TopicPartition[],
    askedAtMs: number,
  ): void;
  /** The coordinator counted it among the members, some time after it was asked. */
  alive?(identity: Identity, askedAtMs: number): void;
  /** It is out of the group, or has never been in it. */
  expelled?(): void;
};

export interface Membership {
  readonly identity: Identity;
  /** In the group, with everything taken over and given up that was to be. */
  readonly isSettled: boolean;
  /** Topics beyond its own subscription that it must know of. */
  readonly watchedTopics: readonly string[];
  /** The subscription or the picture of the topics may have changed. */
  refreshed(): void;
  /** A commit in this name was refused with this error. */
  commitRefused(errorCode: number, by: Identity): void;
  /** Out of the group for now, because the application does not ask for records any more. */
  suspend(): void;
  /** Back into the group. */
  resume(): void;
  /** What it owns has been given up. `done` when the coordinator knows, or cannot be told. */
  leave(done: () => void): void;
}
