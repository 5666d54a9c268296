// Where the value of a key comes from. A broker key is looked for in the dynamic configs of this
// broker, then in those of all brokers, then in what the node was started with, then it has its
// default; a topic key is first looked for in the topic's own overrides (KIP-226).
//
// Lives on: anywhere (pure).

import { brokerKeyOf, brokerKeyOfGroupKey, brokerKeys, synonymsOf, topicKeys } from "./keys.ts";

/** `DescribeConfigsResponse.ConfigSource`. */
export const ConfigSource = {
  TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
  GROUP: 8,
} as const;
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource];

export type Properties = Readonly<Record<string, string>>;

/** The three levels at which broker keys are set. `BrokerSettings` holds them. */
export type BrokerLevels = {
  readonly staticProperties: Properties;
  readonly dynamicProperties: Properties;
  readonly dynamicDefaultProperties: Properties;
};

/** One place that names a value. `factor`: units of the asked key in one unit of this one. */
export type Sourced = {
  readonly name: string;
  readonly value: string;
  readonly source: ConfigSource;
  readonly factor: number;
};

function own(properties: Properties, name: string): string | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** All that is said about a broker key, what holds first. */
export function brokerSources(levels: BrokerLevels, name: string): readonly Sourced[] {
  const sources: Sourced[] = [];
  for (const { name: synonym, factor } of synonymsOf(name)) {
    const add = (value: string | null | undefined, source: ConfigSource): void => {
      if (value !== undefined && value !== null)
        sources.push({ name: synonym, value, source, factor });
    };
    add(own(levels.dynamicProperties, synonym), ConfigSource.DYNAMIC_BROKER);
    add(own(levels.dynamicDefaultProperties, synonym), ConfigSource.DYNAMIC_DEFAULT_BROKER);
    add(own(levels.staticProperties, synonym), ConfigSource.STATIC_BROKER);
    add(brokerKeys.get(synonym)?.defaultValue, ConfigSource.DEFAULT);
  }
  return sources;
}

/** All that is said about a topic key, what holds first. */
export function topicSources(
  levels: BrokerLevels,
  overrides: Properties,
  name: string,
): readonly Sourced[] {
  const { TOPIC } = ConfigSource;
  return overriddenSources(levels, own(overrides, name), TOPIC, name, brokerKeyOf(name));
}

/** All that is said about a key of a group, what holds first. */
export function groupSources(
  levels: BrokerLevels,
  overrides: Properties,
  name: string,
): readonly Sourced[] {
  const { GROUP } = ConfigSource;
  return overriddenSources(levels, own(overrides, name), GROUP, name, brokerKeyOfGroupKey(name));
}

function overriddenSources(
  levels: BrokerLevels,
  override: string | undefined,
  source: ConfigSource,
  name: string,
  brokerKey: string | undefined,
): readonly Sourced[] {
  const first = override === undefined ? [] : [{ name, value: override, source, factor: 1 }];
  return brokerKey === undefined ? first : [...first, ...brokerSources(levels, brokerKey)];
}

/** The text that holds, in the units of the asked key. */
function textOf({ value, factor }: Sourced): string {
  if (factor === 1) return value;
  const own = Number(value.trim());
  // -1 hours means, as -1 ms does: no limit.
  return String(own < 0 ? own : own * factor);
}

export function brokerText(levels: BrokerLevels, name: string): string | null {
  const [first] = brokerSources(levels, name);
  return first === undefined ? null : textOf(first);
}

export function topicText(
  levels: BrokerLevels,
  overrides: Properties,
  name: string,
): string | null {
  const [first] = topicSources(levels, overrides, name);
  return first === undefined ? (topicKeys.get(name)?.defaultValue ?? null) : textOf(first);
}

/** Whether anything but a built-in default speaks of the broker key. */
export function isBrokerKeySet(levels: BrokerLevels, name: string): boolean {
  return brokerSources(levels, name)[0]?.source !== ConfigSource.DEFAULT;
}
