import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";

function problems(properties: Record<string, string>): readonly string[] {
  const resolved = resolveBrokerSettings(properties);
  return "problems" in resolved ? resolved.problems : [];
}

function settings(properties: Record<string, string>, hostName?: string) {
  const resolved = resolveBrokerSettings(properties, hostName);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings;
}

/** What Kafka 4.3 ships as config/server.properties. */
const kafkasOwnFile = {
  "process.roles": "broker,controller",
  "node.id": "1",
  "controller.quorum.bootstrap.servers": "localhost:9093",
  listeners: "PLAINTEXT://:9092,CONTROLLER://:9093",
  "inter.broker.listener.name": "PLAINTEXT",
  "advertised.listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
  "controller.listener.names": "CONTROLLER",
  "listener.security.protocol.map":
    "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
  "num.network.threads": "3",
  "num.io.threads": "8",
  "socket.send.buffer.bytes": "102400",
  "socket.receive.buffer.bytes": "102400",
  "socket.request.max.bytes": "104857600",
  "log.dirs": "/tmp/kraft-combined-logs",
  "num.partitions": "1",
  "num.recovery.threads.per.data.dir": "2",
  "offsets.topic.replication.factor": "1",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "log.retention.hours": "168",
  "log.segment.bytes": "1073741824",
  "log.retention.check.interval.ms": "300000",
};

describe("broker settings", () => {
  test("start from nothing", () => {
    const defaults = settings({});
    assert.equal(defaults.nodeId, 1);
    assert.equal(defaults.listenerHost, "127.0.0.1");
    assert.equal(defaults.listenerPort, 9092);
    assert.equal(defaults.advertisedHost, "127.0.0.1");
    assert.equal(defaults.autoCreateTopics, true);
    assert.equal(defaults.numPartitions, 1);
    assert.equal(defaults.fetchMaxBytes, 57_671_680);
    assert.equal(defaults.socketRequestMaxBytes, 104_857_600);
    assert.ok(defaults.queuedMaxRequestBytes < 2 ** 30, "bounded");
    assert.equal(defaults.topicDefaults.flushPolicy, "group");
  });

  test("take the file that Kafka ships", () => {
    const kafka = settings(kafkasOwnFile, "box");
    assert.equal(kafka.listenerHost, "0.0.0.0");
    assert.equal(kafka.advertisedHost, "localhost");
    assert.equal(kafka.logDirectory, "/tmp/kraft-combined-logs");
    assert.equal(kafka.metadataLogDirectory, "/tmp/kraft-combined-logs");
  });

  test("survive a structured clone: they cross to every host", () => {
    const kafka = settings(kafkasOwnFile);
    assert.deepEqual(structuredClone(kafka), kafka);
  });

  test("name the nearest key for each unknown one, all in one go", () => {
    assert.deepEqual(
      problems({
        "num.partitons": "3",
        "retention.ms": "5",
        auto_create_topics_enable: "true",
        "utterly.unheard.of": "1",
        "remote.storage.enable": "true",
      }),
      [
        "unknown configuration num.partitons; did you mean num.partitions?",
        "unknown configuration retention.ms: it is a topic's; did you mean log.retention.ms?",
        "unknown configuration auto_create_topics_enable; did you mean auto.create.topics.enable?",
        "unknown configuration utterly.unheard.of",
        "unknown configuration remote.storage.enable: it is a topic's, and cannot be set for the whole broker",
      ],
    );
  });

  test("warn of keys that older releases had, and go on", () => {
    const resolved = resolveBrokerSettings({
      "zookeeper.connect": "localhost:2181",
      "inter.broker.protocol.version": "3.5",
    });
    assert.ok("settings" in resolved);
    assert.equal(resolved.warnings.length, 2);
    assert.match(resolved.warnings[0]!, /^zookeeper.connect has no effect: /);
  });

  test("take keys of one listener, and of plug-ins, for what they are", () => {
    const properties = {
      "listener.name.internal.ssl.keystore.type": "PEM",
      "listener.name.internal.plain.sasl.jaas.config": "x",
      "rsm.config.bucket": "b",
      "config.providers.file.class": "c",
    };
    assert.deepEqual(problems(properties), []);
    assert.equal(problems({ "listener.name.internal.nonsense": "1" }).length, 1);
    assert.equal(problems({ "listener.name.internal.max.connections": "x" }).length, 1);
  });

  const refused: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ["a number that is none", { "num.partitions": "many" }, /Not a number of type INT/],
    ["no partitions", { "num.partitions": "0" }, /Value must be at least 1/],
    [
      "a listener of no form",
      { listeners: "127.0.0.1:9092" },
      /not of the form NAME:\/\/host:port/,
    ],
    ["a port beyond the last", { listeners: "PLAINTEXT://h:70000" }, /no port number/],
    ["a name without protocol", { listeners: "OUTSIDE://h:1" }, /no security protocol/],
    ["TLS, which is not served", { listeners: "SSL://h:1" }, /only PLAINTEXT is served/],
    ["no listener for clients", { listeners: "CONTROLLER://h:1" }, /none for clients/],
    [
      "two listeners on one port",
      { listeners: "PLAINTEXT://h:1,CONTROLLER://h:1" },
      /a different port/,
    ],
    [
      "an address nobody can reach",
      { "advertised.listeners": "PLAINTEXT://0.0.0.0:1" },
      /0\.0\.0\.0/,
    ],
    ["a listener not advertised", { "advertised.listeners": "CONTROLLER://h:1" }, /is missing/],
    ["a queue below one request", { "queued.max.request.bytes": "1000" }, /larger or equal/],
    ["two ids that differ", { "node.id": "1", "broker.id": "2" }, /differ/],
    ["retention of nothing", { "log.retention.ms": "0" }, /unlimited \(-1\)/],
    ["jitter beyond the age", { "log.roll.ms": "5", "log.roll.jitter.ms": "6" }, /jitter/],
    ["a controller alone", { "process.roles": "controller" }, /process\.roles/],
    ["no directory", { "log.dirs": "," }, /no directory/],
    ["a limit without count", { "max.connections.per.ip.overrides": "1.2.3.4" }, /address:count/],
    [
      "a flush policy of no meaning",
      { "gofka.flush.policy": "interval:0" },
      /String must be one of/,
    ],
  ];
  for (const [what, properties, line] of refused) {
    test(`refuse ${what}`, () => {
      const found = problems(properties);
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.match(found[0]!, line);
    });
  }

  test("take IPv6 addresses, named listeners and the older name of the id", () => {
    const six = settings({
      "broker.id": "7",
      listeners: "inside://[::1]:9000",
      "listener.security.protocol.map": "INSIDE:PLAINTEXT",
      "max.connections.per.ip.overrides": "127.0.0.1:200, ::1:5",
    });
    assert.equal(six.nodeId, 7);
    assert.equal(six.listenerName, "INSIDE");
    assert.equal(six.listenerHost, "::1");
    assert.equal(six.advertisedPort, 9000);
    assert.deepEqual(six.maxConnectionsPerIpOverrides, { "127.0.0.1": 200, "::1": 5 });
  });

  test("tell clients the host name when listening everywhere", () => {
    assert.equal(settings({ listeners: "PLAINTEXT://:9092" }, "box").advertisedHost, "box");
    assert.equal(settings({ listeners: "PLAINTEXT://0.0.0.0:0" }, "box").advertisedHost, "box");
  });

  test("make room for the largest request, whatever the default", () => {
    const large = settings({ "socket.request.max.bytes": "300000000" });
    assert.equal(large.queuedMaxRequestBytes, 300_000_000);
    const unbounded = settings({ "queued.max.request.bytes": "-1" });
    assert.equal(unbounded.queuedMaxRequestBytes, Number.MAX_SAFE_INTEGER);
  });
});
