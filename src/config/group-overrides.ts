// The configs of single groups: what they may be, and what a group's settings come to with them.
//
// Lives on: anywhere (pure).

import { ConfigReader, parseConfigValue } from "./config-value.ts";
import type { ConsumerGroupSettings, GroupSettings } from "./group-config.ts";
import { brokerKeyOfGroupKey, brokerKeys, groupKeys } from "./keys.ts";
import type { BrokerLevels, Properties } from "./sources.ts";
import { brokerText } from "./sources.ts";

/** Each with the setting that it is, in the order in which Kafka checks them. */
const bounded = [
  { name: "consumer.heartbeat.interval.ms", setting: "heartbeatIntervalMs" },
  { name: "consumer.session.timeout.ms", setting: "sessionTimeoutMs" },
  { name: "consumer.assignment.interval.ms", setting: "assignmentIntervalMs" },
] as const;

/** `consumer.x` may not leave what the broker's `group.consumer.min.x` and `.max.x` say. */
function boundKey(name: string, which: "min" | "max"): string {
  return name.replace("consumer.", `group.consumer.${which}.`);
}

/** Why a group may not have these configs: the first reason, in Kafka's words (`GroupConfig.validate`). */
export function groupOverridesProblem(
  levels: BrokerLevels,
  overrides: Properties,
): string | undefined {
  const values = new Map<string, number>();
  for (const [name, text] of Object.entries(overrides)) {
    const definition = groupKeys.get(name);
    if (definition === undefined) return `Unknown group config name: ${name}`;
    const checked = parseConfigValue(definition, text);
    if ("problem" in checked) return checked.problem;
    values.set(name, Number(checked.value));
  }
  const reader = new ConfigReader(
    (name) => brokerKeys.get(name),
    (name) => brokerText(levels, name),
  );
  const valueOf = (name: string): number =>
    values.get(name) ?? reader.number(brokerKeyOfGroupKey(name)!);
  for (const { name } of bounded) {
    const [min, max] = [boundKey(name, "min"), boundKey(name, "max")];
    if (valueOf(name) < reader.number(min))
      return `${name} must be greater than or equal to ${min}`;
    if (valueOf(name) > reader.number(max)) return `${name} must be less than or equal to ${max}`;
  }
  const [session, heartbeat] = ["consumer.session.timeout.ms", "consumer.heartbeat.interval.ms"];
  if (valueOf(session) > valueOf(heartbeat)) return undefined;
  return `${session} must be greater than ${heartbeat}`;
}

/** With the group's own configs; what the broker's bounds have been narrowed to since holds. */
export function withGroupOverrides(settings: GroupSettings, overrides: Properties): GroupSettings {
  const own: { -readonly [S in keyof ConsumerGroupSettings["bounds"]]?: number } = {};
  for (const { name, setting } of bounded) {
    const text = overrides[name];
    if (text === undefined) continue;
    const { min, max } = settings.consumer.bounds[setting];
    own[setting] = Math.max(min, Math.min(max, Number(text.trim())));
  }
  return { ...settings, consumer: { ...settings.consumer, ...own } };
}
