// What a group coordinator hears: the public face of actors/group-coordinator. There is one for each
// partition of the offsets topic, on the host of that partition and under its key.
//
// Lives on: anywhere (types and address helpers).

import type { GroupSettings } from "../../config/group-config.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorRef, Call, Cast, Spawnable } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { DeletedTopic, GroupRequests, GroupSummary, TopicList } from "../group/messages.ts";

export const groupCoordinatorKind = "group-coordinator";

export function groupCoordinatorRef(
  topicId: string,
  index: number,
): ActorRef<GroupCoordinatorProtocol> {
  return refTo(groupCoordinatorKind, `${topicId}-${index}`);
}

/** The partition of the offsets topic that keeps a group: Java's hash of its id (`Utils.abs`). */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0;
  // The one number without a positive twin counts as 0.
  return (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitionCount;
}

export type GroupCoordinatorSettings = {
  /** Of the offsets topic. */
  readonly topicId: string;
  readonly index: number;
  readonly config: GroupSettings;
  readonly overrides: GroupOverrides;
};

/** For the broker, which creates the coordinators of its host. */
export const spawnableGroupCoordinator: Spawnable<GroupCoordinatorSettings> = {
  kind: groupCoordinatorKind,
};

/** By group id: its configs as they were set. */
export type GroupOverrides = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type GroupCoordinatorProtocol = GroupRequests & {
  /** Empty filters let everything through. */
  listGroups: Call<
    { readonly states: readonly string[]; readonly types: readonly string[] },
    { readonly errorCode: ErrorCode; readonly groups: readonly GroupSummary[] }
  >;

  configure: Cast<{ readonly config: GroupSettings }>;
  /** What single groups are configured to; those that are not named are as the broker is. */
  configureGroups: Cast<{ readonly overrides: GroupOverrides }>;
  topicsChanged: Cast<{ readonly topics: TopicList }>;
  topicsDeleted: Cast<{ readonly topics: readonly DeletedTopic[] }>;
  /** Takes no more requests and lets nobody wait; what is being written still gets its answer. */
  drain: Cast<Record<string, never>>;
  /** Ends the coordinator's groups; after the answer it may be stopped. */
  resign: Call<Record<string, never>, Record<string, never>>;

  // From its groups.

  groupChanged: Cast<GroupSummary>;
  /**
   * There is nothing in the group, in memory or in the log. `heard` is how many messages it had got,
   * so that one that is on its way is not lost with the group.
   */
  groupIdle: Cast<{ readonly groupId: string; readonly heard: number }>;
};
