// Nodes that prove themselves to one another by certificates: they are a cluster, and one that another
// authority has signed does not come to it.

import { strict as assert } from "node:assert";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Gofka } from "../../src/index.ts";
import { certificateFile } from "../support/certificates.ts";
import { TestClient } from "../support/kafka-client.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

function secured(authority: "authority" | "stranger"): Record<string, string> {
  return {
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:SSL",
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": certificateFile(`${authority}-node`),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": certificateFile(authority),
  };
}

describe("a cluster with TLS between its nodes", () => {
  it("takes changes, and lets nobody in whom another authority has signed", async (t) => {
    await using cluster = await Gofka.startCluster({ nodes: 2, config: secured("authority") });
    using client = new TestClient(cluster.bootstrapServers.split(",")[0]!);
    await client.createTopic("secured", 2);
    await client.produce("secured", 0, ["a"]);

    const voters = cluster.controllerServers.split(",").map((at, index) => `${index + 1}@${at}`);
    const settings = {
      ...secured("stranger"),
      "node.id": "9",
      "process.roles": "broker",
      "controller.quorum.voters": voters.join(),
      listeners: "PLAINTEXT://127.0.0.1:0",
      "log.dirs": join(scratchDirectory(t), "data"),
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const stranger = runGofka(t, ["start", "--hosts", "0", ...set]);
    await stranger.heard(/"fault":"[^"]*certificate[^"]*","msg":"no stream to node"/);
    const view = await cluster.describe();
    assert.ok(view?.members.every(({ nodeId }) => nodeId !== 9));
  });

  it("is not begun without a key", async (t) => {
    const config = { ...secured("authority"), "ssl.keystore.location": "/nowhere/node.pem" };
    const dataDir = join(scratchDirectory(t), "keyless");
    await assert.rejects(Gofka.startCluster({ nodes: 2, config, dataDir }), {
      name: "StartRefused",
      message: /^node \d did not start: ssl\.keystore\.location: ENOENT/,
    });
  });
});
