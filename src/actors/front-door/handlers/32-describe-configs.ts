// DescribeConfigs: v1-4. Keys with their values, where those come from, and what they mean, out of the
// image and this broker's settings.
//
// Version notes:
// - v1: sources and synonyms (KIP-226)
// - v3: types and documentation (KIP-569)
//
// Lives on: anywhere (part of the front door).

import type { DescribedConfig } from "../../../config/describe.ts";
import {
  describeBrokerConfigs,
  describeBrokerDefaults,
  describeGroupConfigs,
  describeTopicConfigs,
} from "../../../config/describe.ts";
import { ResourceType } from "../../../metadata/image.ts";
import { topicNameProblem } from "../../../metadata/topic-names.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from "../../../protocol/messages/32-describe-configs.ts";
import { problemOfBrokerId } from "../config-resources.ts";
import { errorText } from "../error-text.ts";
import type { RequestContext } from "../request-context.ts";
import { handler } from "./handler.ts";

type Asked = DescribeConfigsRequest["resources"][number];
type Described =
  | { readonly configs: readonly DescribedConfig[] }
  | { readonly errorCode: ErrorCode; readonly errorMessage: string | null };

export const describeConfigs = handler({
  request: DescribeConfigsRequest,
  response: DescribeConfigsResponse,
  versions: [1, 4],

  *handle(context, request) {
    const { includeSynonyms, includeDocumentation } = request;
    const results = request.resources.map((resource) => {
      const { resourceType, resourceName } = resource;
      const { configurationKeys } = resource;
      // Kafka takes an empty list for all of them as well (`ConfigHelper`).
      const keys = configurationKeys?.length === 0 ? null : configurationKeys;
      const described = describe(context, { ...resource, configurationKeys: keys });
      if ("errorCode" in described) {
        const errorMessage = errorText(described.errorMessage);
        const { errorCode } = described;
        return { errorCode, errorMessage, resourceType, resourceName, configs: [] };
      }
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: "",
        resourceType,
        resourceName,
        configs: described.configs.map((config) => ({
          name: config.name,
          value: config.value,
          readOnly: config.readOnly,
          configSource: config.source,
          isSensitive: config.isSensitive,
          synonyms: includeSynonyms ? config.synonyms : [],
          configType: config.type,
          documentation: includeDocumentation ? config.documentation : null,
        })),
      };
    });
    return { throttleTimeMs: 0, results };
  },
});

function describe(context: RequestContext, resource: Asked): Described {
  switch (resource.resourceType) {
    case ResourceType.TOPIC:
      return describeTopic(context, resource);
    case ResourceType.BROKER:
      return describeBroker(context, resource);
    case ResourceType.GROUP:
      return describeGroup(context, resource);
    default:
      return refusal(
        ErrorCode.INVALID_REQUEST,
        `Unsupported resource type: ${resource.resourceType}`,
      );
  }
}

function describeTopic({ image, config }: RequestContext, resource: Asked): Described {
  const { resourceName: name, configurationKeys } = resource;
  const problem = topicNameProblem(name);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  if (image.topicByName(name) === undefined) {
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "");
  }
  const overrides = image.configsOf(ResourceType.TOPIC, name);
  return { configs: describeTopicConfigs(config, overrides, configurationKeys) };
}

function describeBroker({ desk, config }: RequestContext, resource: Asked): Described {
  const { resourceName: name, configurationKeys } = resource;
  if (name === "") {
    return { configs: describeBrokerDefaults(config.dynamicDefaultProperties, configurationKeys) };
  }
  const problem = problemOfBrokerId(desk.nodeId, name);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem);
  return { configs: describeBrokerConfigs(config, configurationKeys) };
}

function describeGroup({ image, config }: RequestContext, resource: Asked): Described {
  const { resourceName: name, configurationKeys } = resource;
  if (name === "") return refusal(ErrorCode.INVALID_REQUEST, "Group name must not be empty");
  const overrides = image.configsOf(ResourceType.GROUP, name);
  return { configs: describeGroupConfigs(config, overrides, configurationKeys) };
}

function refusal(errorCode: ErrorCode, errorMessage: string | null): Described {
  return { errorCode, errorMessage };
}
