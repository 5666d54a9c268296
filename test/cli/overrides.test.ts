import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { withOverrides } from "../../src/cli/overrides.ts";

const nothing = { port: null, dataDirectory: null };

describe("what is said beside a configuration", () => {
  it("changes nothing when nothing is said", () => {
    const properties = { listeners: "PLAINTEXT://:9092", "log.dir": "/a" };
    assert.deepEqual(withOverrides(properties, nothing), properties);
  });

  it("replaces the log directories, by either name", () => {
    const properties = { "log.dir": "/a", "log.dirs": "/b,/c", "num.partitions": "2" };
    assert.deepEqual(withOverrides(properties, { ...nothing, dataDirectory: "/d" }), {
      "log.dirs": "/d",
      "num.partitions": "2",
    });
  });

  const ports: readonly [string, Record<string, string>, Record<string, string>][] = [
    ["of no listener", {}, { listeners: "PLAINTEXT://127.0.0.1:7" }],
    ["of one", { listeners: "PLAINTEXT://:9092" }, { listeners: "PLAINTEXT://:7" }],
    ["of an IPv6 one", { listeners: "A://[::1]:9092" }, { listeners: "A://[::1]:7" }],
    [
      "of the first that is no controller's",
      {
        listeners: "controller://:9093, PLAINTEXT://:9092, OTHER://:9094",
        "controller.listener.names": "CONTROLLER",
      },
      { listeners: "controller://:9093,PLAINTEXT://:7,OTHER://:9094" },
    ],
    [
      "where clients are told of it",
      {
        listeners: "PLAINTEXT://:9092",
        "advertised.listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
      },
      {
        listeners: "PLAINTEXT://:7",
        "advertised.listeners": "PLAINTEXT://localhost:7,CONTROLLER://localhost:9093",
      },
    ],
    [
      "but not where clients are told of another",
      { listeners: "PLAINTEXT://:9092", "advertised.listeners": "PLAINTEXT://example.com:29092" },
      { listeners: "PLAINTEXT://:7", "advertised.listeners": "PLAINTEXT://example.com:29092" },
    ],
    [
      "of none when all are controllers'",
      { listeners: "CONTROLLER://:9093", "controller.listener.names": "CONTROLLER" },
      { listeners: "CONTROLLER://:9093" },
    ],
  ];
  for (const [what, properties, expected] of ports) {
    it(`replaces the port ${what}`, () => {
      const changed = withOverrides(properties, { ...nothing, port: 7 });
      assert.deepEqual(changed, { ...properties, ...expected });
    });
  }
});
