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
    assert.match(wrong(three, "9"), /does not name node 9/);
  });
});
