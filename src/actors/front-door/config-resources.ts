// What AlterConfigs and IncrementalAlterConfigs have in common: which resources may be changed here at
// all, and how the controller's results become the response (ConfigAdminManager of Kafka).
//
// Lives on: anywhere (part of the front door).

import type { Outcome } from "../../base/outcome.ts";
import { ResourceType } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ResourceResult } from "../controller/messages.ts";
import { errorOfController } from "./ask-controller.ts";
import { duplicatesAmong } from "./duplicates.ts";
import { errorText } from "./error-text.ts";
import type { RequestContext } from "./request-context.ts";

export type AlteredResource<C> = {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly C[];
};
type Config = { readonly name: string; readonly value: string | null };

export type AlterResponse = {
  readonly errorCode: ErrorCode;
  readonly errorMessage: string | null;
  readonly resourceType: number;
  readonly resourceName: string;
};

export type SortedResources<C> = {
  readonly acceptable: readonly AlteredResource<C>[];
  readonly refused: readonly AlterResponse[];
};

/** `needsValue`: whether a change of a key must bring a value. */
export function sortResources<C extends Config>(
  context: RequestContext,
  resources: readonly AlteredResource<C>[],
  needsValue: (config: C) => boolean,
): SortedResources<C> {
  const keyOf = ({ resourceType, resourceName }: AlteredResource<C>) =>
    `${resourceType}/${resourceName}`;
  const repeated = duplicatesAmong(resources.map(keyOf));
  const acceptable: AlteredResource<C>[] = [];
  const refused = new Map<string, AlterResponse>();
  for (const resource of resources) {
    const problem = repeated.has(keyOf(resource))
      ? "Each resource must appear at most once."
      : (problemOfConfigs(resource, needsValue) ?? problemOfResource(context, resource));
    if (problem === undefined) acceptable.push(resource);
    else refused.set(keyOf(resource), refusal(resource, ErrorCode.INVALID_REQUEST, problem));
  }
  return { acceptable, refused: [...refused.values()] };
}

function problemOfConfigs<C extends Config>(
  { configs }: AlteredResource<C>,
  needsValue: (config: C) => boolean,
): string | undefined {
  if (duplicatesAmong(configs.map(({ name }) => name)).size > 0) {
    return "Error due to duplicate config keys";
  }
  const missing = configs.filter((config) => config.value === null && needsValue(config));
  if (missing.length === 0) return undefined;
  return `Null value not supported for : ${missing.map(({ name }) => name).join(", ")}`;
}

function problemOfResource(
  { desk }: RequestContext,
  { resourceType, resourceName }: AlteredResource<unknown>,
): string | undefined {
  switch (resourceType) {
    case ResourceType.TOPIC:
      return undefined;
    case ResourceType.BROKER:
      return resourceName === "" ? undefined : problemOfBrokerId(desk.nodeId, resourceName);
    default:
      return `Unknown resource type ${resourceType}`;
  }
}

/** A broker is asked about itself, or (by no name at all) about every broker. */
export function problemOfBrokerId(nodeId: number, resourceName: string): string | undefined {
  if (!/^[+-]?\d+$/.test(resourceName)) {
    return `Node id must be an integer, but it is: ${resourceName}`;
  }
  if (Number(resourceName) !== nodeId) {
    return `Unexpected broker id, expected ${nodeId}, but received ${resourceName}`;
  }
  return undefined;
}

export function alterResponses<C>(
  { acceptable, refused }: SortedResources<C>,
  answer: Outcome<{ readonly results: readonly ResourceResult[] }>,
): readonly AlterResponse[] {
  const responses = answer.ok
    ? answer.value.results.map(({ resource, errorCode, errorMessage }) => ({
        errorCode,
        errorMessage: errorText(errorMessage),
        resourceType: resource.type,
        resourceName: resource.name,
      }))
    : acceptable.map((resource) => refusal(resource, errorOfController(answer), null));
  return [...responses, ...refused];
}

function refusal(
  { resourceType, resourceName }: AlteredResource<unknown>,
  errorCode: ErrorCode,
  errorMessage: string | null,
): AlterResponse {
  return { errorCode, errorMessage: errorText(errorMessage), resourceType, resourceName };
}
