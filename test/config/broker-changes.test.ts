import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brokerOverridesProblem } from "../../src/config/broker-changes.ts";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";

const resolved = resolveBrokerSettings({});
assert.ok("settings" in resolved);
const { settings } = resolved;

describe("dynamic configs of a broker", () => {
  // The words are those of Kafka 4.3.1, except that Kafka keeps keys it does not know.
  const refused: readonly (readonly [Record<string, string>, boolean, string])[] = [
    [{ "no.such.key": "1" }, false, "Unknown broker config name: no.such.key"],
    [{ "retention.ms": "1" }, false, "Unknown broker config name: retention.ms"],
    [{ "num.partitions": "3" }, false, "Cannot update these configs dynamically: [num.partitions]"],
    [
      { listeners: "PLAINTEXT://127.0.0.1:1" },
      true,
      "Cannot update these configs at default cluster level, broker id must be specified: [listeners]",
    ],
    [
      { "ssl.keystore.password": "5" },
      false,
      "These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.password]",
    ],
    [
      { "log.retention.ms": "x" },
      false,
      "Invalid value x for configuration log.retention.ms: Not a number of type LONG",
    ],
    [
      { "num.io.threads": "0" },
      true,
      "Invalid value 0 for configuration num.io.threads: Value must be at least 1",
    ],
    [
      { "log.retention.ms": "0" },
      true,
      "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
    ],
  ];
  for (const [overrides, allBrokers, words] of refused) {
    test(`refuse ${JSON.stringify(overrides)}${allBrokers ? " for all" : ""}`, () =>
      assert.equal(brokerOverridesProblem(settings, overrides, allBrokers), words));
  }

  test("take what may change", () => {
    const one = { "log.retention.ms": "5000", "listener.name.plaintext.ssl.keystore.type": "PEM" };
    assert.equal(brokerOverridesProblem(settings, one, false), undefined);
    const all = { "log.retention.ms": "-1", "gofka.flush.policy": "os" };
    assert.equal(brokerOverridesProblem(settings, all, true), undefined);
  });
});
