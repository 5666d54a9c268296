// What DescribeConfigs tells of a topic or a broker: every key with its value, where that comes from,
// what it would otherwise be, its type and its meaning (`ConfigHelper`).
//
// Lives on: anywhere (pure).

import { parseConfigValue } from "./config-value.ts";
import type { ConfigDefinition, ConfigType } from "./definition.ts";
import { brokerKeyOf, brokerKeyOfGroupKey, brokerKeys, groupKeys, topicKeys } from "./keys.ts";
import { brokerDefinitionOf } from "./known-keys.ts";
import type { BrokerLevels, Properties, Sourced } from "./sources.ts";
import { brokerSources, ConfigSource, groupSources, topicSources } from "./sources.ts";

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
  return chosen(topicKeys, keys, overrides).map((definition) => {
    const sources = topicSources(levels, overrides, definition.name);
    const [first] = sources;
    const text = first === undefined ? definition.defaultValue : inUnits(first);
    return described(definition, told(sources, brokerKeyOf(definition.name)), text, false);
  });
}

/** `keys` as above. */
export function describeGroupConfigs(
  levels: BrokerLevels,
  overrides: Properties,
  keys: readonly string[] | null,
): readonly DescribedConfig[] {
  return chosen(groupKeys, keys, overrides).map((definition) => {
    const { name, defaultValue } = definition;
    const sources = groupSources(levels, overrides, name);
    const text = sources[0]?.value ?? defaultValue;
    return described(definition, told(sources, brokerKeyOfGroupKey(name)), text, false);
  });
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
  return chosen(brokerKeys, keys, set).map((definition) => {
    const sources = brokerSources(levels, definition.name);
    // A broker key shows what is said of itself, in its own units; synonyms have a line each.
    const text = sources.find(({ name }) => name === definition.name)?.value;
    const readOnly = definition.scope === "read-only";
    const value = text ?? definition.defaultValue;
    return described(definition, told(sources, definition.name), value, readOnly);
  });
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
  return describeBrokerConfigs(levels, keys ?? Object.keys(dynamicDefaultProperties))
    .filter(({ name }) => Object.hasOwn(dynamicDefaultProperties, name))
    .map((config) => ({
      ...config,
      synonyms: config.synonyms.filter(
        ({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER,
      ),
    }));
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

/** What could stand in a key's place is told only behind the key itself (`ConfigHelper`). */
function told(sources: readonly Sourced[], brokerKey: string | undefined): readonly Sourced[] {
  const first = sources.findIndex(({ name, source }) => name === brokerKey || isOverride(source));
  if (first < 0) return [];
  if (!isOverride(sources[first]!.source)) return sources.slice(first);
  return [...sources.slice(0, first + 1), ...told(sources.slice(first + 1), brokerKey)];
}

function isOverride(source: ConfigSource): boolean {
  return source === ConfigSource.TOPIC || source === ConfigSource.GROUP;
}

function described(
  definition: ConfigDefinition,
  sources: readonly Sourced[],
  text: string | null,
  readOnly: boolean,
): DescribedConfig {
  const isSensitive = definition.type === "password";
  return {
    name: definition.name,
    value: text === null || isSensitive ? null : canonical(definition, text),
    readOnly,
    source: sources[0]?.source ?? ConfigSource.DEFAULT,
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

function inUnits({ value, factor }: Sourced): string {
  if (factor === 1) return value;
  const own = Number(value.trim());
  return String(own < 0 ? own : own * factor);
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
