import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveBrokerSettings } from "../../src/config/broker-config.ts";
import type { QuorumSettings } from "../../src/config/quorum.ts";

function quorumOf(properties: Record<string, string>): QuorumSettings {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return resolved.settings.quorum;
}

function problemsOf(properties: Record<string, string>): string {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("problems" in resolved);
  return resolved.problems.join("\n");
}

const three = "1@one:9093,2@two:9093,3@[::1]:9093";

describe("controller.quorum.voters", () => {
  test("left out, or with this node alone, leaves it a quorum of its own", () => {
    for (const properties of [{}, { "controller.quorum.voters": "1@localhost:9093" }]) {
      const { voters, listen, clusterId } = quorumOf(properties);
      assert.deepEqual(
        voters.map(({ nodeId }) => nodeId),
        [1],
      );
      assert.deepEqual([listen, clusterId], [null, null]);
    }
  });

  test("names the others, and where this one listens for them", () => {
    const properties = { "node.id": "2", "controller.quorum.voters": three };
    const { voters, listen, clusterId } = quorumOf(properties);
    assert.deepEqual(voters[2], { nodeId: 3, host: "::1", port: 9093 });
    assert.deepEqual(listen, { host: "two", port: 9093 });
    const listeners = "PLAINTEXT://two:9092,CONTROLLER://:9093";
    const bound = quorumOf({ ...properties, listeners });
    assert.deepEqual(bound.listen, { host: "0.0.0.0", port: 9093 });
    // All of them have to come to the same, and others not.
    const first = {
      "node.id": "1",
      "controller.quorum.voters": "3@[::1]:9093,2@two:9093,1@one:9093",
    };
    assert.equal(quorumOf(first).clusterId, clusterId);
    const other = { "node.id": "1", "controller.quorum.voters": "1@one:9093,2@two:9093" };
    assert.notEqual(quorumOf(other).clusterId, clusterId);
  });

  test("is refused with one clear line when it is wrong", () => {
    const wrong = (voters: string, nodeId = "1"): string =>
      problemsOf({ "node.id": nodeId, "controller.quorum.voters": voters });
    assert.match(wrong("one:9093"), /one:9093 is not of the form id@host:port/);
    assert.match(wrong("1@one:0,2@two:9093"), /0 in 1@one:0 is no port number/);
    assert.match(wrong("1@one:70000,2@two:9093"), /70000 in .* is no port number/);
    assert.match(wrong("1@one:9093,1@two:9093"), /each voter must have a different id/);
    assert.match(
      wrong(three, "9"),
      /does not name node 9, which process\.roles makes a controller/,
    );
    const broker = { "process.roles": "broker", "controller.quorum.voters": three };
    assert.match(problemsOf(broker), /names node 1, and process\.roles does not make it a contr/);
  });

  test("does not name a broker that is no controller", () => {
    const properties = {
      "node.id": "9",
      "process.roles": "broker",
      "controller.quorum.voters": three,
    };
    const { voters, listen, clusterId, joins, begins } = quorumOf(properties);
    assert.equal(voters.length, 3);
    assert.deepEqual(listen, { host: "127.0.0.1", port: 0 });
    const first = { "node.id": "1", "controller.quorum.voters": three };
    assert.equal(clusterId, quorumOf(first).clusterId);
    assert.deepEqual([joins, begins], [false, true]);
  });
});

describe("SSL of the controller's listener", () => {
  const secured = {
    "controller.quorum.voters": three,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:SSL",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": "/node.pem",
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": "/authority.pem",
  };

  test("takes keys and certificates from files or from the settings themselves", () => {
    assert.deepEqual(quorumOf(secured).tls, {
      key: { file: "/node.pem" },
      certificates: { file: "/node.pem" },
      authorities: { file: "/authority.pem" },
      keyPassword: null,
      checksHost: true,
    });
    const inline = quorumOf({
      ...secured,
      "ssl.keystore.key": "key",
      "ssl.keystore.certificate.chain": "chain",
      "ssl.truststore.certificates": "authority",
      "ssl.key.password": "secret",
      "ssl.endpoint.identification.algorithm": "",
    });
    assert.deepEqual(inline.tls, {
      key: { text: "key" },
      certificates: { text: "chain" },
      authorities: { text: "authority" },
      keyPassword: "secret",
      checksHost: false,
    });
    const plain = quorumOf({ ...secured, "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT" });
    assert.equal(plain.tls, null);
  });

  test("is that listener's own where it says so, each setting by itself", () => {
    const own = quorumOf({
      ...secured,
      "ssl.key.password": "everybody's",
      "listener.name.controller.ssl.keystore.location": "/controller.pem",
      "listener.name.controller.ssl.key.password": "its own",
      "listener.name.controller.ssl.endpoint.identification.algorithm": "",
      "listener.name.plaintext.ssl.truststore.location": "/somebody-else's.pem",
    });
    assert.deepEqual(own.tls, {
      key: { file: "/controller.pem" },
      certificates: { file: "/controller.pem" },
      authorities: { file: "/authority.pem" },
      keyPassword: "its own",
      checksHost: false,
    });
    const named = quorumOf({
      "controller.quorum.voters": three,
      "controller.listener.names": "Inner",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INNER:SSL",
      "listener.name.inner.ssl.keystore.type": "PEM",
      "listener.name.inner.ssl.keystore.location": "/node.pem",
      "listener.name.inner.ssl.truststore.type": "PEM",
      "listener.name.inner.ssl.truststore.location": "/authority.pem",
      "ssl.keystore.type": "JKS",
    });
    assert.deepEqual(named.tls?.key, { file: "/node.pem" });
  });

  test("is refused with one clear line for each thing that is missing", () => {
    const { "ssl.keystore.location": _, ...keyless } = secured;
    assert.match(problemsOf(keyless), /ssl\.keystore\.location is not set/);
    const { "ssl.truststore.location": __, ...trustless } = secured;
    assert.match(problemsOf(trustless), /ssl\.truststore\.location is not set/);
    const java = { ...secured, "ssl.keystore.type": "PKCS12" };
    assert.match(problemsOf(java), /ssl\.keystore\.type must be PEM/);
    const map = "PLAINTEXT:PLAINTEXT,CONTROLLER:SASL_SSL";
    const other = { ...secured, "listener.security.protocol.map": map };
    assert.match(
      problemsOf(other),
      /controllers are to speak SASL_SSL, and only PLAINTEXT and SSL/,
    );
  });
});

const id = "4-4snPokD9ekjrkuec-S8Q";

describe("controller.quorum.bootstrap.servers", () => {
  const servers = { "controller.quorum.bootstrap.servers": "one:9093,[::1]:9094" };

  test("as in Kafka's own server.properties leave a controller a quorum of its own", () => {
    const { voters, listen, bootstrap } = quorumOf(servers);
    assert.equal(voters.length, 1);
    assert.deepEqual([listen, bootstrap], [null, []]);
  });

  test("are not needed by one that is alone, whose listener others may come to", () => {
    const listeners = "PLAINTEXT://10.0.0.4:9092,CONTROLLER://:9093";
    const names = { "controller.listener.names": "CONTROLLER" };
    const { voters, listen, begins, joins } = quorumOf({ ...servers, ...names, listeners });
    assert.deepEqual(voters, [{ nodeId: voters[0]!.nodeId, host: "127.0.0.1", port: 9093 }]);
    assert.deepEqual([listen, begins, joins], [{ host: "0.0.0.0", port: 9093 }, true, false]);
  });

  test("are where a broker, or a controller that joins by itself, finds the others", () => {
    const broker = { ...servers, "process.roles": "broker" };
    const joining = { ...servers, "controller.quorum.auto.join.enable": "true" };
    for (const properties of [broker, joining]) {
      const { voters, bootstrap, begins } = quorumOf(properties);
      assert.deepEqual([voters, begins], [[], false]);
      assert.deepEqual(bootstrap, [
        { host: "one", port: 9093 },
        { host: "::1", port: 9094 },
      ]);
      const named = quorumOf({ ...properties, "gofka.cluster.id": id });
      assert.deepEqual([named.clusterId, named.isNamed, named.begins], [id, true, true]);
    }
    assert.equal(quorumOf(broker).joins, false);
    assert.equal(quorumOf(joining).joins, true);
  });

  test("tell the others where one that joins is to be found", () => {
    const listeners = "PLAINTEXT://10.0.0.4:9092,CONTROLLER://:9093";
    const joining = { ...servers, "controller.quorum.auto.join.enable": "true", listeners };
    assert.deepEqual(quorumOf(joining).advertised, { host: "127.0.0.1", port: 9093 });
    const advertised = "PLAINTEXT://10.0.0.4:9092,CONTROLLER://10.0.0.4:19093";
    const told = quorumOf({ ...joining, "advertised.listeners": advertised });
    assert.deepEqual(told.advertised, { host: "10.0.0.4", port: 19093 });
    assert.deepEqual(told.listen, { host: "0.0.0.0", port: 9093 });
  });

  test("are refused with one clear line when something is wrong", () => {
    const at = (text: string) => problemsOf({ "controller.quorum.bootstrap.servers": text });
    assert.match(at("1@one:9093x"), /1@one:9093x is not of the form host:port/);
    assert.match(at("one:0"), /0 in one:0 is no port number/);
    const broker = { ...servers, "process.roles": "broker" };
    const joining = { ...broker, "controller.quorum.auto.join.enable": "true" };
    assert.match(problemsOf(joining), /only a controller votes/);
    assert.match(problemsOf({ "gofka.cluster.id": "short" }), /the 22 characters of an id/);
  });
});
