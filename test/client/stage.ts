// A client and fake brokers on one simulated network, in virtual time.

import { Prng } from "../../src/base/prng.ts";
import type { ClientOptions } from "../../src/client/cluster.ts";
import { Cluster } from "../../src/client/cluster.ts";
import type { ClientPorts } from "../../src/client/connection.ts";
import { SimClock, SimWall } from "../../src/sim/clock.ts";
import { Life } from "../../src/sim/life.ts";
import { calmNetwork, SimNetwork } from "../../src/sim/network.ts";
import { Scheduler } from "../../src/sim/scheduler.ts";
import { SimMachine, SimSockets } from "../../src/sim/sockets.ts";
import { FakeBroker } from "./fake-broker.ts";

export class Stage {
  readonly scheduler: Scheduler;
  readonly prng: Prng;
  readonly ports: ClientPorts;
  readonly machines = new Map<string, SimMachine>();
  private readonly network: SimNetwork;

  constructor(seed = 1) {
    this.scheduler = new Scheduler(seed);
    this.prng = new Prng(seed, "test");
    this.network = new SimNetwork(this.scheduler, calmNetwork);
    const life = new Life(this.scheduler, "client");
    const sockets = new SimSockets(life, this.machine("client"), this.machines);
    const clock = new SimClock(life, new SimWall(1_700_000_000_000), this.prng.stream("clock"), 0);
    this.ports = { sockets, clock };
  }

  private machine(name: string): SimMachine {
    const machine = new SimMachine(this.network, name);
    this.machines.set(name, machine);
    return machine;
  }

  broker(nodeId = 1): FakeBroker {
    const host = `broker${nodeId}`;
    const life = new Life(this.scheduler, host);
    const sockets = new SimSockets(life, this.machine(host), this.machines);
    const after = (delayMs: number, run: () => void) => void life.after(delayMs, host, run);
    return new FakeBroker(sockets, { host, port: 9092 }, nodeId, after);
  }

  cluster(broker: FakeBroker, options: Partial<ClientOptions> = {}): Cluster {
    return new Cluster(this.ports, { bootstrap: [broker.address], ...options });
  }

  /** Fails when it does not come about within a minute of virtual time. */
  until(condition: () => boolean, withinMs = 60_000): void {
    if (!this.scheduler.runUntil(condition, withinMs)) {
      throw new Error(`never: ${condition.toString()}`);
    }
  }

  pass(ms: number): void {
    this.scheduler.runFor(ms);
  }

  /** Lets virtual time go by until a promise is settled. */
  async settled<T>(promise: Promise<T>, withinMs = 60_000): Promise<T> {
    let isSettled = false;
    const mark = () => void (isSettled = true);
    promise.then(mark, mark);
    for (let passed = 0; !isSettled && passed < withinMs; passed += 1) {
      // Continuations of promises run between two steps of the world.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!isSettled) this.pass(1);
    }
    if (!isSettled) throw new Error("the promise is still open");
    return promise;
  }
}
