// One simulated client process: its life, its clock, its watched sockets and its picture of the
// cluster. Whatever it does ends with it.
//
// Lives on: the simulator's thread.

import { Cluster } from "../../client/cluster.ts";
import type { ClientPorts } from "../../client/connection.ts";
import type { Prng } from "../../base/prng.ts";
import type { Clock, SocketAddress } from "../../runtime/ports.ts";
import type { WireWatch } from "../checkers/wire-watch.ts";
import { SimClock } from "../clock.ts";
import { Freezer } from "../freezer.ts";
import type { GroupHistories } from "../group-history.ts";
import type { SimWall } from "../clock.ts";
import type { History } from "../history.ts";
import { Life } from "../life.ts";
import { SimRandom } from "../random.ts";
import type { Scheduler } from "../scheduler.ts";
import { SimSockets } from "../sockets.ts";
import type { SimMachine } from "../sockets.ts";
import type { Verdict } from "../verdict.ts";

/** What all clients of a world share. */
export type Stage = {
  readonly scheduler: Scheduler;
  readonly machines: Map<string, SimMachine>;
  readonly wall: SimWall;
  readonly watch: WireWatch;
  readonly verdict: Verdict;
  readonly history: History;
  readonly groups: GroupHistories;
  readonly broker: SocketAddress;
  readonly requestTimeoutMs: number;
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  /** How often a host or the whole node has died so far. */
  deaths(): number;
  /** Whether something is broken at the moment, or was and may still be felt. */
  troubled(): boolean;
};

export class SimClient {
  readonly name: string;
  readonly stage: Stage;
  readonly life: Life;
  readonly prng: Prng;
  readonly ports: ClientPorts;
  readonly clock: Clock;
  readonly freezer = new Freezer();
  private made: Cluster | undefined;

  constructor(stage: Stage, machine: SimMachine, name: string) {
    const { scheduler, machines, wall, watch } = stage;
    this.name = name;
    this.stage = stage;
    this.life = new Life(scheduler, name);
    this.prng = scheduler.stream(`client ${name}`);
    const { freezer } = this;
    const clock = new SimClock(this.life, wall, this.prng.stream("clock"), 0.5);
    this.clock = freezer.clock(clock);
    const sockets = watch.watch(new SimSockets(this.life, machine, machines), this.life);
    const random = new SimRandom(this.prng.stream("random"));
    this.ports = { sockets: freezer.sockets(sockets), clock: this.clock, random };
  }

  get cluster(): Cluster {
    this.made ??= new Cluster(this.ports, {
      bootstrap: [this.stage.broker],
      clientId: this.name,
      requestTimeoutMs: this.stage.requestTimeoutMs,
      allowAutoTopicCreation: false,
    });
    return this.made;
  }

  nowMs(): number {
    return this.stage.scheduler.nowMs();
  }

  /** Again and again, after random times of this mean, until `run` answers false. */
  every(meanMs: number, run: () => boolean | void): void {
    this.clock.startTimer(meanMs * (0.1 + 1.8 * this.prng.float()), () => {
      if (run() !== false) this.every(meanMs, run);
    });
  }

  /** The picture of the world's topics, asked for until it is there. */
  learn(done: () => void): void {
    const names = this.stage.topics.map(({ name }) => name);
    this.cluster.refresh(names, () => {
      if (names.every((name) => this.cluster.topic(name) !== undefined)) done();
      else this.clock.startTimer(100, () => this.learn(done));
    });
  }

  end(): void {
    this.life.end();
  }
}
