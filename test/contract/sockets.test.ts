// Runs the contract of Sockets against TCP and the simulator.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { tcpSockets } from "../../src/net/sockets.ts";
import { Life } from "../../src/sim/life.ts";
import { calmNetwork, SimNetwork } from "../../src/sim/network.ts";
import type { NetworkOptions } from "../../src/sim/network.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { SimMachine, SimSockets } from "../../src/sim/sockets.ts";
import { socketsContract } from "./sockets.contract.ts";
import type { SocketsUnderTest } from "./sockets.contract.ts";
import { realProgress, simProgress } from "./support.ts";

socketsContract("TCP", () => ({
  server: tcpSockets,
  client: tcpSockets,
  host: "127.0.0.1",
  progress: realProgress,
  shares: process.platform === "linux",
}));

function simulated(seed: number, options: NetworkOptions): SocketsUnderTest {
  const scheduler = new Scheduler(seed);
  const network = new SimNetwork(scheduler, options);
  const machines = new Map(
    ["server", "client"].map((name) => [name, new SimMachine(network, name)] as const),
  );
  const socketsOf = (name: string): SimSockets =>
    new SimSockets(new Life(scheduler, name), machines.get(name)!, machines);
  return {
    server: socketsOf("server"),
    client: socketsOf("client"),
    host: "server",
    progress: simProgress(scheduler),
    shares: true,
  };
}

for (const seed of [1, 2, 3, 4]) {
  socketsContract(`simulated, seed ${seed}`, () => simulated(seed, calmNetwork));
}
const rough = { latencyMs: 2, windowBytes: 50_000, segmentBytesMax: 1500, stragglersPerMille: 100 };
for (const seed of [5, 6]) {
  socketsContract(`simulated, rough, seed ${seed}`, () => simulated(seed, rough));
}

describe("TCP", () => {
  it("lets a destroyed peer's reset be heard as a fault", async () => {
    const closings: unknown[] = [];
    let port = 0;
    const listener = tcpSockets.listen(
      { host: "127.0.0.1", port: 0, shared: false },
      {
        listening: (address) => (port = address.port),
        failed: () => {},
        connection: () => ({
          bytes: () => {},
          drained: () => {},
          closed: (fault) => closings.push(fault),
        }),
      },
    );
    await realProgress.until(() => port !== 0);
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => socket.resetAndDestroy());
    await realProgress.until(() => closings.length > 0);
    assert.equal((closings[0] as { fault: string }).fault, "ECONNRESET");
    await new Promise<void>((resolve) => listener.close(resolve));
  });
});
