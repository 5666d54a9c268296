// Runs the contract of Peers against gRPC and the simulator.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { grpcPeers } from "../../src/net/peers.ts";
import { Life } from "../../src/sim/life.ts";
import { calmNetwork, SimNetwork } from "../../src/sim/network.ts";
import { SimPeerNetwork, SimPeers } from "../../src/sim/peers.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { testTls } from "../support/certificates.ts";
import { peersContract } from "./peers.contract.ts";
import { realProgress, simProgress } from "./support.ts";

for (const tls of [null, testTls("authority")]) {
  peersContract(tls === null ? "gRPC" : "gRPC with TLS", () => ({
    server: grpcPeers(tls),
    client: grpcPeers(tls),
    host: "127.0.0.1",
    progress: realProgress,
  }));
}

function simulated(seed: number) {
  const scheduler = new Scheduler(seed);
  const network = new SimNetwork(scheduler, { ...calmNetwork, stragglersPerMille: 50 });
  const peers = new SimPeerNetwork(network);
  const serverLife = new Life(scheduler, "server");
  return {
    scheduler,
    network,
    peers,
    serverLife,
    server: new SimPeers(peers, "server", serverLife),
    client: new SimPeers(peers, "client", new Life(scheduler, "client")),
    host: "server",
    progress: simProgress(scheduler),
  };
}

for (const seed of [1, 2, 3, 4]) peersContract(`simulated, seed ${seed}`, () => simulated(seed));

describe("simulated peers", () => {
  it("lose what was on its way when a stream breaks or a process dies", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { scheduler, server, client, serverLife } = simulated(seed);
      const options = {
        hello: { clusterId: "c", nodeId: 1, directoryId: null, hostIndex: 0 },
        messageBytesMax: 100,
      };
      let port = 0;
      let heard = 0;
      const closings: boolean[] = [];
      server.listen({ host: "server", port: 0 }, options, {
        listening: (address) => (port = address.port),
        failed: () => assert.fail(),
        accepted: () => ({ message: () => (heard += 1), drained: () => {}, closed: () => {} }),
      });
      scheduler.runFor(10);
      client.connect({ host: "server", port }, "bulk", options, {
        opened: (_, stream) => {
          for (let number = 0; number < 50; number++) stream.send(new Uint8Array(10));
        },
        message: () => {},
        drained: () => {},
        closed: ({ ok }) => closings.push(ok),
      });
      scheduler.runUntil(() => heard >= 10, 1_000);
      serverLife.end();
      scheduler.runFor(1_000);
      assert.deepEqual(closings, [false]);
      assert.ok(heard < 50);
    }
  });
});
