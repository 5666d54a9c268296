// Which topics a classic group of consumers is subscribed to, as far as the members' metadata can be
// read.
//
// Lives on: host thread (part of the group actor; pure).

import { readSubscription } from "../embedded-protocol.ts";
import type { ClassicMember } from "./member.ts";
import { metadataFor } from "./member.ts";

type Group = {
  readonly usesConsumerProtocol: boolean;
  readonly protocolName: string | null;
  readonly members: ReadonlyMap<string, ClassicMember>;
};

/** Undefined: not to be told. */
export function subscribedTopicsOf(group: Group): ReadonlySet<string> | undefined {
  if (!group.usesConsumerProtocol) return undefined;
  const topics = new Set<string>();
  if (group.members.size === 0) return topics;
  if (group.protocolName === null) return undefined;
  for (const member of group.members.values()) {
    const subscribed = readSubscription(metadataFor(member, group.protocolName))?.topics;
    if (subscribed === undefined) return undefined;
    for (const topic of subscribed) topics.add(topic);
  }
  return topics;
}
