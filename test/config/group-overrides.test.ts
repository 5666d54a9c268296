import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BrokerSettings } from "../../src/config/broker-config.ts";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";
import { describeGroupConfigs } from "../../src/config/describe.ts";
import { groupOverridesProblem, withGroupOverrides } from "../../src/config/group-overrides.ts";

function broker(properties: Record<string, string> = {}): BrokerSettings {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings;
}

describe("configs of a single group", () => {
  test("take the place of the broker's", () => {
    const overrides = {
      "consumer.session.timeout.ms": "50000",
      "consumer.heartbeat.interval.ms": "6000",
      "consumer.assignment.interval.ms": "0",
    };
    const levels = broker();
    assert.equal(groupOverridesProblem(levels, overrides), undefined);
    const { consumer } = withGroupOverrides(levels.group, overrides);
    assert.equal(consumer.sessionTimeoutMs, 50_000);
    assert.equal(consumer.heartbeatIntervalMs, 6_000);
    assert.equal(consumer.assignmentIntervalMs, 0);
    assert.equal(consumer.membersMax, levels.group.consumer.membersMax);
  });

  test("know Kafka's assignors by name and by class, and no others", () => {
    const kafkas = "org.apache.kafka.coordinator.group.assignor.RangeAssignor,uniform";
    const { consumer } = broker({ "group.consumer.assignors": kafkas }).group;
    assert.deepEqual(consumer.assignors, ["range", "uniform"]);
    for (const unknown of ["", "sticky"]) {
      assert.ok("problems" in resolveBrokerSettings({ "group.consumer.assignors": unknown }));
    }
  });

  test("stay within bounds that were narrowed since", () => {
    const levels = broker({ "group.consumer.max.session.timeout.ms": "48000" });
    const overrides = { "consumer.session.timeout.ms": "50000" };
    assert.equal(withGroupOverrides(levels.group, overrides).consumer.sessionTimeoutMs, 48_000);
  });

  test("must leave room for a heartbeat in a session", () => {
    const levels = broker({
      "group.consumer.min.session.timeout.ms": "1000",
      "group.consumer.max.heartbeat.interval.ms": "60000",
    });
    const overrides = { "consumer.heartbeat.interval.ms": "45000" };
    assert.equal(
      groupOverridesProblem(levels, overrides),
      "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms",
    );
  });

  test("are described with where they come from", () => {
    const levels = broker({ "group.consumer.heartbeat.interval.ms": "7000" });
    const overrides = { "consumer.session.timeout.ms": "50000" };
    const described = describeGroupConfigs(levels, overrides, null);
    assert.deepEqual(
      described.map(({ name, value, source, synonyms }) => ({
        [name]: value,
        source,
        synonyms: synonyms.map((each) => `${each.name}=${each.value}@${each.source}`),
      })),
      [
        {
          "consumer.assignment.interval.ms": "1000",
          source: 5,
          synonyms: ["group.consumer.assignment.interval.ms=1000@5"],
        },
        {
          "consumer.heartbeat.interval.ms": "7000",
          source: 4,
          synonyms: [
            "group.consumer.heartbeat.interval.ms=7000@4",
            "group.consumer.heartbeat.interval.ms=5000@5",
          ],
        },
        {
          "consumer.session.timeout.ms": "50000",
          source: 8,
          synonyms: [
            "consumer.session.timeout.ms=50000@8",
            "group.consumer.session.timeout.ms=45000@5",
          ],
        },
      ],
    );
  });
});
