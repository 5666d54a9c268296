import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { ConfigDefinition } from "../../src/config/definition.ts";
import { parseConfigValue } from "../../src/config/config-value.ts";
import { deviations } from "../../src/config/deviations.ts";
import {
  brokerKeyOf,
  brokerKeys,
  kafkaBrokerKeys,
  kafkaTopicKeys,
  synonymsOf,
  topicKeys,
} from "../../src/config/keys.ts";

const vector = readFileSync(new URL("./kafka-4.3-keys.tsv", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .filter((line) => !line.startsWith("#"))
  .map((line) => line.split("\t"));

/** Dynamic quotas that Kafka knows only once they are set, and that its own table leaves out. */
const beyondKafkasTable = new Set([
  "follower.replication.throttled.rate",
  "leader.replication.throttled.rate",
  "replica.alter.log.dirs.io.max.bytes.per.second",
]);

function asVector(resource: string, definition: ConfigDefinition): readonly string[] {
  const { name, type, defaultValue, importance, scope, internal } = definition;
  return [
    resource,
    name,
    type.toUpperCase(),
    defaultValue === null ? "null" : `=${defaultValue}`,
    importance.toUpperCase(),
    resource === "broker" ? scope : "",
    internal ? "internal" : "",
  ];
}

function table(resource: string): readonly string[] {
  return vector
    .filter(([kind]) => kind === resource)
    .map(([kind, name, type, value, importance, scope = "", internal = ""]) =>
      // What Kafka demands has no default, and none is given it before the deviations.
      [kind, name, type, value === "required" ? "null" : value, importance, scope, internal].join(),
    );
}

describe("tables of keys", () => {
  test("the broker's are Kafka's, with Kafka's types, defaults and scopes", () => {
    const ours = [...kafkaBrokerKeys.values()].filter(({ name }) => !beyondKafkasTable.has(name));
    assert.deepEqual(
      ours.map((definition) => asVector("broker", definition).join()).sort(),
      [...table("broker")].sort(),
    );
  });

  test("a topic's are Kafka's", () => {
    assert.deepEqual(
      [...kafkaTopicKeys.values()].map((definition) => asVector("topic", definition).join()).sort(),
      [...table("topic")].sort(),
    );
  });

  test("what differs from Kafka is in the list of deviations and nowhere else", () => {
    const differing = [...brokerKeys.values()]
      .filter(({ name }) => kafkaBrokerKeys.has(name))
      .filter(({ name, defaultValue }) => kafkaBrokerKeys.get(name)?.defaultValue !== defaultValue)
      .map(({ name }) => name);
    assert.deepEqual(differing, deviations.map(({ key }) => key).sort());
    const own = [...brokerKeys.keys(), ...topicKeys.keys()].filter(
      (name) => !kafkaBrokerKeys.has(name) && !kafkaTopicKeys.has(name),
    );
    assert.deepEqual(own, ["gofka.cluster.id", "gofka.flush.policy", "gofka.flush.policy"]);
  });

  test("every default passes its own check, and every key is explained in one sentence", () => {
    for (const definition of [...brokerKeys.values(), ...topicKeys.values()]) {
      const { name, defaultValue, documentation } = definition;
      assert.match(documentation, /^[^.].*\.$/, name);
      if (defaultValue === null) continue;
      const checked = parseConfigValue(definition, defaultValue);
      assert.ok("value" in checked, `${name}: ${JSON.stringify(checked)}`);
    }
  });

  test("every topic key that has a broker key names one that exists and has its type", () => {
    for (const [name, definition] of topicKeys) {
      const brokerKey = brokerKeyOf(name);
      if (brokerKey === undefined) continue;
      assert.equal(brokerKeys.get(brokerKey)?.type, definition.type, `${name} <- ${brokerKey}`);
      for (const synonym of synonymsOf(brokerKey)) assert.ok(brokerKeys.has(synonym.name));
    }
  });
});

test("a value longer than a string of the protocol is refused, by name and size", () => {
  const definition = topicKeys.get("compression.type");
  assert.ok(definition !== undefined);
  const checked = parseConfigValue(definition, "é".repeat(16_384));
  assert.match(JSON.stringify(checked), /compression.type.*at most 32767 bytes fit/);
});
