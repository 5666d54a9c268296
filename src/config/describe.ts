// What DescribeConfigs tells of a topic or a broker: every key with its value, where that comes from,
// what it would otherwise be, its type and its meaning (`ConfigHelper`).
//
// Lives on: anywhere (pure).

import { parseConfigValue } from "./config-value.ts";
import type { ConfigDefinition, ConfigType } from "./definition.ts";
import { brokerKeys, topicKeys } from "./keys.ts";
import { brokerDefinitionOf } from "./known-keys.ts";
import type { BrokerLevels, Properties, Sourced } from "./sources.ts";
import { brokerSources, ConfigSource, topicSources } from "./sources.ts";

/** `DescribeConfigsResponse.ConfigType`. */
const typeCodes: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

export type ConfigSynonym = {
  readonly name: string;
  /** null: a secret. */
  readonly value: string | null;
  readonly source: ConfigSource;
};

export type DescribedConfig = {
  readonly name: string;
  /** null: unset, or a secret. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly source: ConfigSource;
  readonly isSensitive: boolean;
  /** All that is said about the key, what holds first. */
  readonly synonyms: readonly ConfigSynonym[];
  readonly type: number;
  readonly documentation: string;
};

/** `keys` null: all of them. Unknown keys are passed over, as Kafka does. */
export function describeTopicConfigs(
  levels: BrokerLevels,
  overrides: Properties,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  return chosen(topicKeys, keys, overrides).map((definition) =>
    described(definition, topicSources(levels, overrides, definition.name), false),
  );
}

export function describeBrokerConfigs(
  levels: BrokerLevels,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const set = {
    ...levels.staticProperties,
    ...levels.dynamicDefaultProperties,
    ...levels.dynamicProperties,
  };
  return chosen(brokerKeys, keys, set).map((definition) =>
    described(definition, brokerSources(levels, definition.name), definition.scope === "read-only"),
  );
}

/** The configs for all brokers of the cluster: only those that are set. */
export function describeBrokerDefaults(
  dynamicDefaultProperties: Properties,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  const levels: BrokerLevels = {
    staticProperties: {},
    dynamicProperties: {},
    dynamicDefaultProperties,
  };
  return describeBrokerConfigs(levels, keys ?? Object.keys(dynamicDefaultProperties)).filter(
    ({ name }) => Object.hasOwn(dynamicDefaultProperties, name),
  );
}

/** Internal keys show once they are set; so do keys set for one listener. */
function chosen(
  definitions: ReadonlyMap<string, ConfigDefinition>,
  keys: readonly string[] | null,
  set: Properties,
): readonly ConfigDefinition[] {
  const shown = [...definitions.values()].filter(
    ({ name, internal }) => !internal || Object.hasOwn(set, name),
  );
  if (definitions === brokerKeys) {
    for (const name of Object.keys(set)) {
      const definition = brokerKeys.has(name) ? undefined : brokerDefinitionOf(name);
      if (definition !== undefined) shown.push({ ...definition, name });
    }
  }
  if (keys === null) return shown;
  const wanted = new Set(keys);
  return shown.filter(({ name }) => wanted.has(name));
}

function described(
  definition: ConfigDefinition,
  sources: readonly Sourced[],
  readOnly: boolean,
): DescribedConfig {
  const isSensitive = definition.type === "password";
  const [first] = sources;
  const text = first === undefined ? definition.defaultValue : first.value;
  return {
    name: definition.name,
    value: text === null || isSensitive ? null : canonical(definition, inUnits(text, first)),
    readOnly,
    source: first?.source ?? ConfigSource.DEFAULT,
    isSensitive,
    synonyms: sources.map(({ name, value, source }) => ({
      name,
      value: isSensitive ? null : value,
      source,
    })),
    type: typeCodes[definition.type],
    documentation: definition.documentation,
  };
}

function inUnits(text: string, source: Sourced | undefined): string {
  if (source === undefined || source.factor === 1) return text;
  const own = Number(text.trim());
  return String(own < 0 ? own : own * source.factor);
}

/** The text as Kafka prints the parsed value: blanks gone, booleans in lower case. */
function canonical(definition: ConfigDefinition, text: string): string {
  const checked = parseConfigValue(definition, text);
  if ("problem" in checked || checked.value === null) return text;
  const { value } = checked;
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.join(",");
  const trimmed = text.trim();
  // Digits are kept as they are: a 64-bit number is not always a JavaScript number.
  return definition.type === "double" ? trimmed : trimmed.replace(/^\+/, "");
}
