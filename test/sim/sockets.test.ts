import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type { Connection } from "../../src/runtime/ports.ts";
import { Life } from "../../src/sim/life.ts";
import { calmNetwork, SimNetwork } from "../../src/sim/network.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { SimMachine, SimSockets } from "../../src/sim/sockets.ts";

function joined(seed: number) {
  const scheduler = new Scheduler(seed);
  const network = new SimNetwork(scheduler, calmNetwork);
  const machines = new Map(
    ["server", "client"].map((name) => [name, new SimMachine(network, name)] as const),
  );
  const serverLife = new Life(scheduler, "server");
  const clientLife = new Life(scheduler, "client");
  const heard: Outcome<null>[] = [];
  let received = 0;
  new SimSockets(serverLife, machines.get("server")!, machines).listen(
    { host: "server", port: 9092, shared: true },
    {
      listening: () => {},
      failed: () => {},
      connection: () => ({
        bytes: (chunk) => (received += chunk.byteLength),
        drained: () => {},
        closed: () => {},
      }),
    },
  );
  let client: Connection | undefined;
  const sockets = new SimSockets(clientLife, machines.get("client")!, machines);
  const connect = (): void =>
    sockets.connect(
      { host: "server", port: 9092 },
      {
        opened: (connection) => (client = connection),
        bytes: () => {},
        drained: () => {},
        closed: (fault) => heard.push(fault),
      },
    );
  connect();
  scheduler.runFor(100);
  assert.ok(client !== undefined);
  return {
    scheduler,
    network,
    machines,
    serverLife,
    client,
    connect,
    heard,
    received: () => received,
  };
}

function faultOf(outcome: Outcome<null> | undefined): string {
  assert.ok(outcome !== undefined, "nothing was heard");
  return outcome.ok ? "none" : outcome.fault;
}

describe("simulated network", () => {
  it("delays what crosses a cut wire until it is mended, and loses nothing", () => {
    const { scheduler, network, client, received } = joined(1);
    network.cut("client", "server");
    client.write([new Uint8Array(100_000)]);
    scheduler.runFor(5_000);
    assert.equal(received(), 0);
    network.mendAll();
    scheduler.runFor(100);
    assert.equal(received(), 100_000);
  });

  it("closes the connections of a process that dies", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { scheduler, serverLife, client, heard, connect } = joined(seed);
      client.write([new Uint8Array(10)]);
      serverLife.end();
      scheduler.runFor(100);
      assert.ok(["none", "ECONNRESET"].includes(faultOf(heard[0])));
      connect();
      scheduler.runFor(100);
      assert.equal(faultOf(heard[1]), "ECONNREFUSED");
    }
  });

  it("leaves connections half-open when a machine loses its power", () => {
    let silent = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { scheduler, machines, serverLife, client, heard } = joined(seed);
      machines.get("server")!.powerOff();
      serverLife.end();
      client.write([new Uint8Array(10)]);
      scheduler.runFor(2_500);
      if (heard.length === 0) silent += 1;
      machines.get("server")!.powerOn();
      scheduler.runFor(61_000);
      assert.equal(faultOf(heard[0]), "ECONNRESET");
    }
    assert.ok(silent > 3, `${silent} of 20 were silent for a while`);
  });

  it("is the same network for the same seed", () => {
    const hashOf = (seed: number): string => {
      const { scheduler, client } = joined(seed);
      client.write([new Uint8Array(50_000)]);
      scheduler.runFor(1_000);
      return scheduler.trace.hash();
    };
    assert.equal(hashOf(3), hashOf(3));
    assert.notEqual(hashOf(3), hashOf(4));
  });
});
