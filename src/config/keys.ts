// Every configuration key by name, and how keys stand for one another: a topic key falls back to its
// broker key, a broker key in milliseconds to the one in minutes or hours.
//
// Lives on: anywhere (pure).

import type { ConfigDefinition } from "./definition.ts";
import { groupDefinitions } from "./definitions/group.ts";
import { groupKeyDefinitions } from "./definitions/group-keys.ts";
import { gofkaBrokerDefinitions, gofkaTopicDefinitions } from "./definitions/gofka.ts";
import { logDefinitions } from "./definitions/log.ts";
import { networkDefinitions } from "./definitions/network.ts";
import { nodeDefinitions } from "./definitions/node.ts";
import { quorumDefinitions } from "./definitions/quorum.ts";
import { replicationDefinitions } from "./definitions/replication.ts";
import { saslDefinitions } from "./definitions/sasl.ts";
import { shareDefinitions } from "./definitions/share.ts";
import { tieredDefinitions } from "./definitions/tiered.ts";
import { tlsDefinitions } from "./definitions/tls.ts";
import { topicDefaultDefinitions } from "./definitions/topic-defaults.ts";
import { topicKeyDefinitions } from "./definitions/topic-keys.ts";
import { transactionDefinitions } from "./definitions/transaction.ts";
import { deviations } from "./deviations.ts";

function byName(definitions: readonly ConfigDefinition[]): ReadonlyMap<string, ConfigDefinition> {
  const sorted = [...definitions].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(sorted.map((definition) => [definition.name, definition]));
}

const gofkaDefaults = new Map(deviations.map(({ key, value }) => [key, value]));

function withOurDefault(definition: ConfigDefinition): ConfigDefinition {
  const defaultValue = gofkaDefaults.get(definition.name) ?? definition.defaultValue;
  return { ...definition, defaultValue };
}

/** Kafka's broker keys with Kafka's defaults. */
export const kafkaBrokerKeys: ReadonlyMap<string, ConfigDefinition> = byName([
  ...nodeDefinitions,
  ...networkDefinitions,
  ...logDefinitions,
  ...topicDefaultDefinitions,
  ...replicationDefinitions,
  ...quorumDefinitions,
  ...groupDefinitions,
  ...shareDefinitions,
  ...transactionDefinitions,
  ...tieredDefinitions,
  ...tlsDefinitions,
  ...saslDefinitions,
]);

/** Kafka's topic keys. */
export const kafkaTopicKeys: ReadonlyMap<string, ConfigDefinition> = byName(topicKeyDefinitions);

/** Every broker key, with the defaults that hold here; sorted by name. */
export const brokerKeys: ReadonlyMap<string, ConfigDefinition> = byName([
  ...[...kafkaBrokerKeys.values()].map(withOurDefault),
  ...gofkaBrokerDefinitions,
]);

/** Every topic key; sorted by name. */
export const topicKeys: ReadonlyMap<string, ConfigDefinition> = byName([
  ...topicKeyDefinitions,
  ...gofkaTopicDefinitions,
]);

/** Every key of a single group; sorted by name. */
export const groupKeys: ReadonlyMap<string, ConfigDefinition> = byName(groupKeyDefinitions);

// ------------------------------------------------------------------ synonyms

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A broker key that stands for another, and how many of the other's units one of its own is. */
export type Synonym = { readonly name: string; readonly factor: number };

const brokerSynonyms: readonly (readonly Synonym[])[] = [
  [
    { name: "log.retention.ms", factor: 1 },
    { name: "log.retention.minutes", factor: minuteMs },
    { name: "log.retention.hours", factor: hourMs },
  ],
  [
    { name: "log.roll.ms", factor: 1 },
    { name: "log.roll.hours", factor: hourMs },
  ],
  [
    { name: "log.roll.jitter.ms", factor: 1 },
    { name: "log.roll.jitter.hours", factor: hourMs },
  ],
  [
    { name: "log.flush.interval.ms", factor: 1 },
    { name: "log.flush.scheduler.interval.ms", factor: 1 },
  ],
];

/** The key itself and what stands for it when it is unset, the first to be looked at first. */
export function synonymsOf(brokerKey: string): readonly Synonym[] {
  const family = brokerSynonyms.find(([first]) => first?.name === brokerKey);
  return family ?? [{ name: brokerKey, factor: 1 }];
}

const sameName = [
  "compression.gzip.level",
  "compression.lz4.level",
  "compression.type",
  "compression.zstd.level",
  "gofka.flush.policy",
  "min.insync.replicas",
  "unclean.leader.election.enable",
];

/** Topic key -> broker key that is its default (`ServerTopicConfigSynonyms`). */
const topicToBroker: ReadonlyMap<string, string> = new Map([
  ...sameName.map((name) => [name, name] as const),
  ["cleanup.policy", "log.cleanup.policy"],
  ["delete.retention.ms", "log.cleaner.delete.retention.ms"],
  ["file.delete.delay.ms", "log.segment.delete.delay.ms"],
  ["flush.messages", "log.flush.interval.messages"],
  ["flush.ms", "log.flush.interval.ms"],
  ["index.interval.bytes", "log.index.interval.bytes"],
  ["local.retention.bytes", "log.local.retention.bytes"],
  ["local.retention.ms", "log.local.retention.ms"],
  ["max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"],
  ["max.message.bytes", "message.max.bytes"],
  ["message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"],
  ["message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"],
  ["message.timestamp.type", "log.message.timestamp.type"],
  ["min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"],
  ["min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"],
  ["preallocate", "log.preallocate"],
  ["retention.bytes", "log.retention.bytes"],
  ["retention.ms", "log.retention.ms"],
  ["segment.bytes", "log.segment.bytes"],
  ["segment.index.bytes", "log.index.size.max.bytes"],
  ["segment.jitter.ms", "log.roll.jitter.ms"],
  ["segment.ms", "log.roll.ms"],
]);

export function brokerKeyOf(topicKey: string): string | undefined {
  return topicToBroker.get(topicKey);
}

/** The broker key that is a group key's default. */
export function brokerKeyOfGroupKey(groupKey: string): string | undefined {
  return groupKeys.has(groupKey) ? `group.${groupKey}` : undefined;
}
