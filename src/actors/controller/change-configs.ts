// AlterConfigs and IncrementalAlterConfigs: checks in Kafka's order, with Kafka's codes and words
// (`ConfigAdminManager`, `ConfigurationControlManager`, `ControllerConfigurationValidator`). A resource
// is changed as a whole or not at all.
//
// Lives on: anywhere (pure).

import { brokerOverridesProblem } from "../../config/broker-changes.ts";
import { groupOverridesProblem } from "../../config/group-overrides.ts";
import { groupKeys, topicKeys } from "../../config/keys.ts";
import { brokerDefinitionOf } from "../../config/known-keys.ts";
import type { Properties } from "../../config/sources.ts";
import { brokerText, topicText } from "../../config/sources.ts";
import { topicOverridesProblem } from "../../config/topic-config.ts";
import { ResourceType } from "../../metadata/image.ts";
import { topicNameProblem } from "../../metadata/topic-names.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type {
  ConfigChange,
  ConfigEdits,
  ConfigReplacement,
  ConfigResource,
  ResourceResult,
} from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { accepted, duplicates, isRefusal, recordsPerRequestMax, refusal } from "./plan.ts";

/** `AlterConfigOp.OpType`. */
const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

type Results = readonly ResourceResult[];

export function planReplaceConfigs(
  context: PlanContext,
  resources: readonly ConfigReplacement[],
): Plan<Results> {
  return planEach(context, resources, ({ resource, configs }) => {
    const names = configs.map(({ name }) => name);
    const unset = configs.filter(({ value }) => value === null).map(({ name }) => name);
    const problem = entriesProblem(names, unset) ?? resourceProblem(context, resource);
    if (problem !== undefined) return problem;
    return Object.fromEntries(configs.map(({ name, value }) => [name, value ?? ""]));
  });
}

export function planChangeConfigs(
  context: PlanContext,
  resources: readonly ConfigEdits[],
): Plan<Results> {
  return planEach(context, resources, ({ resource, changes }) => {
    const names = changes.map(({ name }) => name);
    const unset = changes
      .filter(({ operation, value }) => operation !== Operation.DELETE && value === null)
      .map(({ name }) => name);
    const problem = entriesProblem(names, unset) ?? resourceProblem(context, resource);
    return problem ?? edited(context, resource, changes);
  });
}

/** What every resource is to have afterwards, and the records that bring it there. */
function planEach<T extends { readonly resource: ConfigResource }>(
  context: PlanContext,
  resources: readonly T[],
  wanted: (entry: T) => Properties | Refusal,
): Plan<Results> {
  const keyOf = ({ type, name }: ConfigResource): string => `${type}/${name}`;
  const twice = duplicates(resources.map(({ resource }) => keyOf(resource)));
  const records: MetadataRecord[] = [];
  const results = resources.map((entry): ResourceResult => {
    const { resource } = entry;
    const after = twice.has(keyOf(resource))
      ? refusal(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")
      : wanted(entry);
    if (isRefusalOf(after)) return { resource, ...after };
    const problem = propertiesProblem(context, resource, after);
    if (problem !== undefined) return { resource, ...problem };
    const difference = recordsTo(context, resource, after);
    if (records.length + difference.length > recordsPerRequestMax) {
      const message = "Excessively large number of changes per request.";
      return { resource, ...refusal(ErrorCode.POLICY_VIOLATION, message) };
    }
    records.push(...difference);
    return { resource, ...accepted };
  });
  return { records, results };
}

/** No configuration key is spelt so. */
function isRefusalOf(value: Properties | Refusal): value is Refusal {
  return isRefusal(value) && typeof value.errorCode === "number";
}

function entriesProblem(names: readonly string[], unset: readonly string[]): Refusal | undefined {
  if (duplicates(names).size > 0) {
    return refusal(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys");
  }
  if (unset.length === 0) return undefined;
  return refusal(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${unset.join(", ")}`);
}

/** What is wrong with the resource itself, before anyone looks at its configs. */
function resourceProblem(
  { nodeId, image }: PlanContext,
  { type, name }: ConfigResource,
): Refusal | undefined {
  const invalid = (message: string): Refusal => refusal(ErrorCode.INVALID_REQUEST, message);
  if (type === ResourceType.TOPIC || type === ResourceType.GROUP) return undefined;
  if (type !== ResourceType.BROKER) return invalid(`Unknown resource type ${type}`);
  if (name === "" || name === String(nodeId)) return undefined;
  if (!/^[+-]?\d+$/.test(name)) return invalid(`Node id must be an integer, but it is: ${name}`);
  // The broker that it is for has passed it on.
  if (image.brokers().has(Number(name))) return undefined;
  return invalid(`Unexpected broker id, expected ${nodeId}, but received ${name}`);
}

function edited(
  context: PlanContext,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
): Properties | Refusal {
  const now = context.image.configsOf(resource.type, resource.name);
  const after = new Map(Object.entries(now));
  for (const { name, operation, value } of changes) {
    switch (operation) {
      case Operation.SET:
        after.set(name, value ?? "");
        break;
      case Operation.DELETE:
        after.delete(name);
        break;
      case Operation.APPEND:
      case Operation.SUBTRACT: {
        const problem = listProblem(resource, name, operation);
        if (problem !== undefined) return problem;
        const old = after.get(name) ?? inherited(context, resource, name);
        after.set(name, combined(old, value ?? "", operation === Operation.APPEND));
        break;
      }
      default:
        return refusal(ErrorCode.INVALID_REQUEST, `Unknown operations type ${operation}`);
    }
  }
  return Object.fromEntries(after);
}

function listProblem(
  { type }: ConfigResource,
  name: string,
  operation: number,
): Refusal | undefined {
  const isBroker = type === ResourceType.BROKER;
  const keys = type === ResourceType.TOPIC ? topicKeys : groupKeys;
  const definition = isBroker ? brokerDefinitionOf(name) : keys.get(name);
  if (definition?.type === "list") return undefined;
  const word = operation === Operation.APPEND ? "append" : "subtract";
  return refusal(
    ErrorCode.INVALID_CONFIG,
    isBroker
      ? `Config value ${word} is not allowed for config key: ${name}`
      : `Can't ${word.toUpperCase()} to key ${name} because its type is not LIST.`,
  );
}

/** What an unset list holds: additions are made to that. */
function inherited({ config }: PlanContext, { type }: ConfigResource, name: string): string {
  const text = type === ResourceType.TOPIC ? topicText(config, {}, name) : brokerText(config, name);
  return text ?? "";
}

function combined(old: string, value: string, append: boolean): string {
  const parts = (text: string): string[] =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  const operand = new Set(parts(value));
  const kept = parts(old);
  if (!append) return kept.filter((part) => !operand.has(part)).join(",");
  return [...kept, ...[...operand].filter((part) => !kept.includes(part))].join(",");
}

/** Whether the resource may have these configs, all of them together. */
function propertiesProblem(
  { image, config }: PlanContext,
  { type, name }: ConfigResource,
  properties: Properties,
): Refusal | undefined {
  if (type === ResourceType.BROKER) {
    const problem = brokerOverridesProblem(config, properties, name === "");
    // INVALID_REQUEST where INVALID_CONFIG would be meant: clients are used to it (KAFKA-13609).
    return problem === undefined ? undefined : refusal(ErrorCode.INVALID_REQUEST, problem);
  }
  if (type === ResourceType.GROUP) {
    if (name === "") {
      return refusal(ErrorCode.INVALID_REQUEST, "Default group resources are not allowed.");
    }
    const problem = groupOverridesProblem(config, properties);
    return problem === undefined ? undefined : refusal(ErrorCode.INVALID_CONFIG, problem);
  }
  if (name === "") {
    return refusal(ErrorCode.INVALID_REQUEST, "Default topic resources are not allowed.");
  }
  const illegal = topicNameProblem(name);
  if (illegal !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, illegal);
  const problem = topicOverridesProblem(config, properties);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_CONFIG, problem);
  if (image.topicByName(name) !== undefined) return undefined;
  const message = `The topic '${name}' does not exist.`;
  return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message);
}

function recordsTo(
  { image }: PlanContext,
  { type: resourceType, name: resourceName }: ConfigResource,
  after: Properties,
): readonly MetadataRecord[] {
  const now = image.configsOf(resourceType, resourceName);
  const record = (name: string, value: string | null): MetadataRecord => ({
    kind: "ConfigRecord",
    value: { resourceType, resourceName, name, value },
  });
  const changed = Object.entries(after).filter(([name, value]) => now[name] !== value);
  const removed = Object.keys(now).filter((name) => !Object.hasOwn(after, name));
  return [
    ...changed.map(([name, value]) => record(name, value)),
    ...removed.map((name) => record(name, null)),
  ];
}
