// What a member has and does whichever protocol it speaks.
//
// Lives on: anywhere (ports passed in).

import { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import type { Identity, MembershipEvents, MembershipObserver } from "./membership.ts";
import type { TopicPartition } from "./topic-partition.ts";

export type MemberSurroundings = {
  readonly cluster: Cluster;
  readonly link: CoordinatorLink;
  readonly subscription: () => readonly string[];
  /** For the coordinator to match, in the consumer protocol. */
  readonly pattern: () => string | null;
  readonly events: MembershipEvents;
  readonly observer: MembershipObserver;
};

export const NOT_IN_GROUP = -1;

type Named = { readonly groupId: string; readonly groupInstanceId: string | null };

export abstract class MemberBase<Options extends Named> {
  identity: Identity;
  protected readonly cluster: Cluster;
  protected readonly link: CoordinatorLink;
  protected readonly options: Options;
  protected readonly subscription: () => readonly string[];
  protected readonly pattern: () => string | null;
  protected readonly events: MembershipEvents;
  protected readonly observer: MembershipObserver;
  protected readonly owned = new Map<string, TopicPartition>();
  protected isExpelled = false;
  protected isSuspended = true;
  protected isOver = false;

  constructor(around: MemberSurroundings, options: Options, memberId: string) {
    this.cluster = around.cluster;
    this.link = around.link;
    this.options = options;
    this.subscription = around.subscription;
    this.pattern = around.pattern;
    this.events = around.events;
    this.observer = around.observer;
    const { groupInstanceId } = options;
    this.identity = { memberId, generationId: NOT_IN_GROUP, groupInstanceId };
  }

  protected abstract end(): void;

  /** Nothing mends it. */
  protected fail(code: string, about: string): void {
    this.end();
    this.identity = { ...this.identity, generationId: NOT_IN_GROUP };
    this.events.failed(new ClientError("refused", code, `${this.options.groupId}: ${about}`));
  }
}
