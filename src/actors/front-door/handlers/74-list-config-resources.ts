// ListConfigResources: v0-1 (KIP-1142). Names of the resources that have, or may have, configs.
//
// Version notes:
// - v0: client metrics subscriptions only
// - v1: any kinds of resources; none named means all
//
// Lives on: anywhere (part of the front door).

import { ResourceType } from "../../../metadata/image.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from "../../../protocol/messages/74-list-config-resources.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

const BROKER_LOGGER = 8;
const ALL_TYPES: readonly number[] = [
  ResourceType.TOPIC,
  ResourceType.BROKER,
  BROKER_LOGGER,
  ResourceType.CLIENT_METRICS,
  ResourceType.GROUP,
];

export const listConfigResources = handler({
  request: ListConfigResourcesRequest,
  response: ListConfigResourcesResponse,
  versions: [0, 1],

  *handle(context, request) {
    const types = typesOf(context, request);
    const isKnown = types.every((type) => ALL_TYPES.includes(type));
    return {
      throttleTimeMs: 0,
      errorCode: isKnown ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION,
      configResources: isKnown ? types.flatMap((type) => resourcesOf(context, type)) : [],
    };
  },
});

function typesOf({ apiVersion }: RequestContext, request: ListConfigResourcesRequest) {
  if (apiVersion === 0) return [ResourceType.CLIENT_METRICS];
  const { resourceTypes } = request;
  return resourceTypes.length === 0 ? ALL_TYPES : [...new Set(resourceTypes)];
}

function resourcesOf({ image, desk }: RequestContext, resourceType: number) {
  const named = (names: Iterable<string>) =>
    [...names].map((resourceName) => ({ resourceName, resourceType }));
  switch (resourceType) {
    case ResourceType.TOPIC:
      return named(image.topics().map(({ name }) => name));
    case ResourceType.BROKER:
    case BROKER_LOGGER:
      return named([...new Set([desk.nodeId, ...image.brokers().keys()])].map(String));
    default:
      return named(image.configuredResources(resourceType));
  }
}
