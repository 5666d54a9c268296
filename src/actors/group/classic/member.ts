// A member of a classic group.
//
// Lives on: host thread (part of the group actor).

import type { ReplyTo } from "../../../runtime/actor.ts";
import type { GroupRequests, JoinProtocol } from "../messages.ts";

export type JoinReplyTo = ReplyTo<GroupRequests["joinGroup"]["reply"]>;
export type SyncReplyTo = ReplyTo<GroupRequests["syncGroup"]["reply"]>;

export type ClassicMember = {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly JoinProtocol[];
  assignment: Uint8Array;
  /** It has not had an answer to its first join. */
  isNew: boolean;
  /** Its parked join and sync; at most one of each. */
  awaitsJoin: JoinReplyTo | undefined;
  awaitsSync: SyncReplyTo | undefined;
  /** When it counts as gone if nothing is heard of it, on the monotonic clock. */
  deadlineMs: number;
};

export const noBytes = new Uint8Array(0);

export function metadataFor({ protocols }: ClassicMember, protocolName: string | null): Uint8Array {
  return protocols.find(({ name }) => name === protocolName)?.metadata ?? noBytes;
}

/** Whether it offers the same as before, in the same order (`ClassicGroupMember.matches`). */
export function offersSame(member: ClassicMember, protocols: readonly JoinProtocol[]): boolean {
  if (member.protocols.length !== protocols.length) return false;
  return member.protocols.every(({ name, metadata }, i) => {
    const other = protocols[i]!;
    return name === other.name && sameBytes(metadata, other.metadata);
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  for (let i = 0; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}
