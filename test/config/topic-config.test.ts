import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { BrokerSettings } from "../../src/config/broker-config.ts";
import { resolveBrokerSettings, withDynamicConfigs } from "../../src/config/broker-config.ts";
import { brokerKeyOf, topicKeys } from "../../src/config/keys.ts";
import { resolveTopicSettings, topicOverridesProblem } from "../../src/config/topic-config.ts";

function broker(properties: Record<string, string> = {}): BrokerSettings {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings;
}

describe("topic settings", () => {
  test("without overrides are Kafka's defaults", () => {
    const settings = broker().topicDefaults;
    assert.deepEqual(
      {
        segmentBytes: settings.segmentBytes,
        segmentMs: settings.segmentMs,
        retentionMs: settings.retentionMs,
        retentionBytes: settings.retentionBytes,
        maxMessageBytes: settings.maxMessageBytes,
        cleanupPolicy: settings.cleanupPolicy,
        before: settings.messageTimestampBeforeMaxMs,
        after: settings.messageTimestampAfterMaxMs,
        flushMessages: settings.flushMessages,
        minCleanableDirtyRatio: settings.minCleanableDirtyRatio,
      },
      {
        segmentBytes: 1_073_741_824,
        segmentMs: 604_800_000,
        retentionMs: 604_800_000,
        retentionBytes: -1,
        maxMessageBytes: 1_048_588,
        cleanupPolicy: ["delete"],
        before: Number.MAX_SAFE_INTEGER,
        after: 3_600_000,
        flushMessages: Number.MAX_SAFE_INTEGER,
        minCleanableDirtyRatio: 0.5,
      },
    );
  });

  test("retention is found in milliseconds, minutes or hours, the finer unit first", () => {
    const retention = (properties: Record<string, string>): number =>
      broker(properties).topicDefaults.retentionMs;
    assert.equal(retention({ "log.retention.hours": "2" }), 7_200_000);
    assert.equal(retention({ "log.retention.hours": "2", "log.retention.minutes": "5" }), 300_000);
    assert.equal(retention({ "log.retention.minutes": "5", "log.retention.ms": "77" }), 77);
    assert.equal(retention({ "log.retention.hours": "-1" }), -1);
    assert.equal(broker({ "log.roll.hours": "1" }).topicDefaults.segmentMs, 3_600_000);
    assert.equal(broker({ "log.flush.scheduler.interval.ms": "9" }).topicDefaults.flushMs, 9);
  });

  test("an override wins over dynamic configs, these over the file", () => {
    const settings = withDynamicConfigs(
      broker({ "log.retention.ms": "1000" }),
      {},
      { "log.retention.ms": "2000", "num.partitions": "9" },
    );
    assert.equal(settings.numPartitions, 1, "a key that may not change does not");
    assert.equal(settings.topicDefaults.retentionMs, 2000);
    assert.equal(resolveTopicSettings(settings, { "retention.ms": "3000" }).retentionMs, 3000);
    const own = withDynamicConfigs(
      settings,
      { "log.retention.ms": "4000" },
      settings.dynamicDefaultProperties,
    );
    assert.equal(own.topicDefaults.retentionMs, 4000, "this broker's before all brokers'");
  });

  test("an override that today's rules refuse counts as unset", () => {
    const overrides = { "retention.ms": "soon", "no.such.key": "1" };
    assert.equal(resolveTopicSettings(broker(), overrides).retentionMs, 604_800_000);
  });

  test("a policy said at one level wins over all of the next", () => {
    const policy = (
      properties: Record<string, string>,
      overrides: Record<string, string>,
      replicas = 1,
    ): unknown => resolveTopicSettings(broker(properties), overrides, replicas).flushPolicy;
    assert.equal(policy({}, {}), "group");
    assert.equal(policy({}, {}, 3), "os");
    assert.equal(policy({ "gofka.flush.policy": "os" }, {}), "os");
    assert.equal(policy({ "gofka.flush.policy": "os" }, { "gofka.flush.policy": "each" }), "each");
    assert.equal(policy({ "gofka.flush.policy": "os" }, { "flush.messages": "1" }, 3), "group");
    assert.deepEqual(policy({ "gofka.flush.policy": "os" }, { "flush.ms": "50" }), {
      intervalMs: 50,
    });
    assert.equal(policy({ "log.flush.interval.messages": "10000" }, {}), "os");
    assert.deepEqual(policy({ "log.flush.interval.ms": "1000" }, {}), { intervalMs: 1000 });
    assert.deepEqual(policy({ "gofka.flush.policy": "interval:20" }, {}), { intervalMs: 20 });
    assert.equal(
      policy({ "log.flush.interval.ms": "7" }, { "gofka.flush.policy": "group" }),
      "group",
    );
  });

  test("segments smaller than a topic may have are for tests", () => {
    const settings = resolveTopicSettings(broker(), { "internal.segment.bytes": "4096" });
    assert.equal(settings.segmentBytes, 4096);
  });
});

describe("refusals of topic overrides", () => {
  const vector = readFileSync(new URL("./kafka-4.3-refusals.tsv", import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .map((line) => line.split("\t"));
  // Known to be refused by the whole of Kafka, though not by the one method the vector was taken from.
  const refusedElsewhere = new Set(["remote.storage.enable"]);

  for (const [key = "", value = "", verdict = ""] of vector) {
    test(`${key}=${value}`, () => {
      const [first = "", second] = value.split("|");
      const [otherKey = "", otherValue = ""] = second?.split("=") ?? [];
      const overrides = {
        [key]: first,
        ...(second === undefined ? {} : { [otherKey]: otherValue }),
      };
      const problem = topicOverridesProblem(broker(), overrides);
      if (refusedElsewhere.has(key)) assert.match(problem ?? "", /Tiered Storage/);
      else assert.equal(problem ?? "ok", verdict);
    });
  }

  test("whatever is accepted can be resolved, and then holds", () => {
    const names = [...topicKeys.keys()];
    const values = fc.oneof(
      fc.integer().map(String),
      fc.constantFrom("true", "false", "delete", "compact", "gzip", "0.5", "os", "each", "0:1", ""),
      fc.string(),
    );
    const property = fc.property(
      fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 4 }),
      (overrides) => {
        const settings = resolveTopicSettings(broker(), overrides);
        if (topicOverridesProblem(broker(), overrides) !== undefined) return;
        const bytes = overrides["max.message.bytes"];
        if (bytes !== undefined) assert.equal(settings.maxMessageBytes, Number(bytes));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  test("a value means the same as a topic's override and as the broker's default", () => {
    const property = fc.property(fc.integer({ min: 1_048_576, max: 2 ** 30 }), (value) => {
      for (const key of ["segment.bytes", "retention.ms", "flush.ms", "segment.jitter.ms"]) {
        const { flushPolicy: _, ...asOverride } = resolveTopicSettings(broker(), {
          [key]: String(value),
        });
        const dynamic = { [brokerKeyOf(key)!]: String(value) };
        const { flushPolicy: __, ...asDefault } = withDynamicConfigs(
          broker(),
          {},
          dynamic,
        ).topicDefaults;
        assert.deepEqual(asOverride, asDefault);
      }
    });
    fc.assert(property, { numRuns: 20 });
  });
});
