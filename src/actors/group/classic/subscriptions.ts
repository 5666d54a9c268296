// Which topics a classic group of consumers is subscribed to, as far as the members' metadata can be
// read. It is the clients' own format: a broker looks into it for this alone.
//
// Lives on: host thread (part of the group actor; pure).

import { ConsumerProtocolSubscription } from "../../../protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { Reader, WireError } from "../../../protocol/wire.ts";
import type { ClassicMember } from "./member.ts";
import { metadataFor } from "./member.ts";

/** Newer ones begin with the same fields. */
const VERSION_MAX = 3;

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
    const subscribed = topicsIn(metadataFor(member, group.protocolName));
    if (subscribed === undefined) return undefined;
    for (const topic of subscribed) topics.add(topic);
  }
  return topics;
}

function topicsIn(metadata: Uint8Array): readonly string[] | undefined {
  try {
    const reader = new Reader(metadata);
    const version = reader.int16();
    if (version < 0) return undefined;
    return ConsumerProtocolSubscription.at(Math.min(version, VERSION_MAX)).decode(reader).topics;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
