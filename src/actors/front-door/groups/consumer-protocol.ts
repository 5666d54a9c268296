// Whether groups may speak the consumer protocol here (`KafkaApis.isConsumerGroupProtocolEnabled`).
//
// Lives on: anywhere (part of the front door).

import type { RequestContext } from "../request-context.ts";

export function isConsumerProtocolServed({ image, config }: RequestContext): boolean {
  const level = image.features().get("group.version") ?? 0;
  return level > 0 && config.group.rebalanceProtocols.includes("consumer");
}
