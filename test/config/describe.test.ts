import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { resolveBrokerSettings, withDynamicConfigs } from "../../src/config/broker-config.ts";
import {
  describeBrokerConfigs,
  describeBrokerDefaults,
  describeTopicConfigs,
} from "../../src/config/describe.ts";

function broker(properties: Record<string, string>) {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings;
}

const sourceNames = [
  "",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
];

describe("described configs", () => {
  test("of a topic are what Kafka describes", () => {
    const levels = withDynamicConfigs(
      broker({ "log.retention.hours": "100" }),
      { "log.retention.ms": "5000000" },
      { "log.retention.ms": "6000000", "min.insync.replicas": "1" },
    );
    const overrides = {
      "cleanup.policy": "compact",
      "leader.replication.throttled.replicas": "0:1",
      "follower.replication.throttled.replicas": "",
    };
    const rows = readFileSync(new URL("./kafka-4.3-described.tsv", import.meta.url), "utf8")
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    const ours = describeTopicConfigs(levels, overrides, null)
      .filter(({ name }) => name !== "gofka.flush.policy")
      .map(({ name, value, source, synonyms }) => {
        const said = synonyms.map((s) => `${s.name}=${s.value}@${sourceNames[s.source]}`);
        return [name, value, sourceNames[source], said.join(" ")].join("\t");
      });
    assert.deepEqual(ours, rows);
  });

  test("never hold a secret", () => {
    const levels = broker({ "ssl.keystore.password": "hunter2", "ssl.key.password": "hunter3" });
    const all = describeBrokerConfigs(levels, null);
    assert.ok(!JSON.stringify(all).includes("hunter"));
    const secret = all.find(({ name }) => name === "ssl.keystore.password");
    assert.equal(secret?.value, null);
    assert.equal(secret?.isSensitive, true);
    assert.equal(secret?.source, 4);
    assert.equal(secret?.type, 9);
  });

  test("of a broker say which may change", () => {
    const levels = broker({ "num.partitions": " 3 ", "log.preallocate": "TRUE" });
    const [partitions, threads, preallocate] = [
      "num.partitions",
      "num.io.threads",
      "log.preallocate",
    ].map((key) => describeBrokerConfigs(levels, [key])[0]);
    assert.equal(partitions?.readOnly, true);
    assert.equal(partitions?.value, "3");
    assert.equal(threads?.readOnly, false);
    assert.equal(threads?.source, 5);
    assert.equal(preallocate?.value, "true");
  });

  test("leave internal keys out until they are set", () => {
    const names = (properties: Record<string, string>): string[] =>
      describeBrokerConfigs(broker(properties), null).map(({ name }) => name);
    assert.ok(!names({}).includes("unstable.api.versions.enable"));
    assert.ok(
      names({ "unstable.api.versions.enable": "true" }).includes("unstable.api.versions.enable"),
    );
    assert.ok(
      names({ "listener.name.a.ssl.keystore.type": "PEM" }).includes(
        "listener.name.a.ssl.keystore.type",
      ),
    );
  });

  test("of all brokers are those that are set for all", () => {
    const described = describeBrokerDefaults({ "log.retention.ms": "6000000" }, null);
    assert.deepEqual(
      described.map(({ name, value, source }) => [name, value, source]),
      [["log.retention.ms", "6000000", 3]],
    );
  });

  test("of a coarser unit are its own, not those of the finer one", () => {
    const levels = broker({ "log.retention.hours": "100" });
    const [minutes, hours, ms] = ["minutes", "hours", "ms"].map(
      (unit) => describeBrokerConfigs(levels, [`log.retention.${unit}`])[0],
    );
    assert.deepEqual([minutes?.value, minutes?.source], [null, 5]);
    assert.deepEqual([hours?.value, hours?.source], ["100", 4]);
    assert.deepEqual([ms?.value, ms?.source], [null, 5], "unset, whatever stands in its place");
  });

  test("keep every digit of a 64-bit number", () => {
    const [flush] = describeTopicConfigs(broker({}), {}, ["flush.messages"]);
    assert.equal(flush?.value, "9223372036854775807");
  });

  test("pass over keys that are asked for and not known", () => {
    assert.deepEqual(describeTopicConfigs(broker({}), {}, ["no.such"]), []);
  });
});
