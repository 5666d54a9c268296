// The faults of a world: each kind comes again and again after random times, as long as the world is
// in its faulty part; then everything is mended.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { DiskRequest } from "../runtime/ports.ts";
import type { SimDisk, SimDiskOptions } from "./disk.ts";
import type { History } from "./history.ts";
import type { SimNetwork } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimNode } from "./sim-node.ts";
import { faultNames } from "./swarm.ts";
import type { FaultName } from "./swarm.ts";

/** A moment bad enough comes within this time, or any other will do. */
const BAD_MOMENT_MS = 200;
const turningPoints = ["rename", "syncDirectory", "truncate", "unlink", "create"] as const;

/** What faults may reach for. */
export type Victims = {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly node: SimNode;
  readonly disk: SimDisk;
  readonly history: History;
  readonly hosts: number;
  clientMachines(): string[];
  replaceClient(prng: Prng): void;
};

export class Faults {
  /** How often each kind has happened. */
  readonly counts = new Map<FaultName, number>();
  private readonly victims: Victims;
  private readonly prng: Prng;
  /** The disk as it is when nothing is wrong with it. */
  private readonly calmDisk: SimDiskOptions;
  private active = true;

  constructor(victims: Victims, means: Readonly<Record<FaultName, number>>) {
    this.victims = victims;
    this.prng = victims.scheduler.stream("faults");
    this.calmDisk = victims.disk.options;
    for (const name of faultNames) if (means[name] > 0) this.again(name, means[name]);
  }

  get diskFailed(): boolean {
    return this.counts.has("diskError") || this.counts.has("diskFull");
  }

  /** No more faults; what they broke is whole again, but for what nobody can mend. */
  heal(): void {
    this.active = false;
    const { network, disk, node } = this.victims;
    network.mendAll();
    disk.quotaBytes = null;
    disk.beforeOperation = undefined;
    disk.options = this.calmDisk;
    disk.forgetInjections();
    node.wall.reset();
    node.machine.powerOn();
    node.machine.endHalfOpen();
    if (node.state === "down") node.restartSoon();
  }

  /**
   * A sync that fails loses what was not synced, for those who did not wait for it: what they were
   * told before it failed, and what they still heard after.
   */
  hostStarts(): void {
    if (this.diskFailed) this.maybeLost();
  }

  private maybeLost(): void {
    const { history, scheduler } = this.victims;
    for (const partition of history.all()) partition.maybeLost(scheduler.nowMs());
  }

  private again(name: FaultName, meanMs: number): void {
    const delayMs = meanMs * (0.1 + 1.8 * this.prng.float());
    this.victims.scheduler.after(delayMs, `fault ${name}`, () => {
      if (!this.active) return;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      const { trace } = this.victims.scheduler;
      trace.line(this.victims.scheduler.nowMs(), `*** fault: ${name}`);
      this.happen(name);
      this.again(name, meanMs);
    });
  }

  private happen(name: FaultName): void {
    const { node, disk, history, scheduler, hosts } = this.victims;
    const { prng } = this;
    switch (name) {
      case "kill":
        return this.atBadMoment(() => {
          node.kill();
          node.restartSoon();
        });
      case "powerCut":
        return this.atBadMoment(() => {
          this.maybeLost();
          node.powerCut();
          node.restartSoon();
        });
      case "restart":
        return node.stop(5_000, () => node.restartSoon());
      case "hostEscape":
        return node.killHost(prng.below(hosts), "escaped");
      case "hostCrash":
        return node.killHost(prng.below(hosts), "crashed");
      case "cutWire":
        return this.cutWire();
      case "resetConnection": {
        const connections = node.machine.connections();
        if (connections.length > 0) prng.pick(connections).reset();
        return;
      }
      case "clientDeath":
        return this.victims.replaceClient(prng);
      case "wallJump":
        for (const partition of history.all()) partition.clockMoved = true;
        if (prng.chance(0.5)) node.wall.jump(prng.between(-3_600_000, 3_600_000));
        else node.wall.drift(scheduler.nowMs(), prng.pick([0.5, 1, 2]));
        return;
      case "diskStall":
        disk.options = {
          ...this.calmDisk,
          stallsPerMille: 100,
          stallMs: prng.pick([100, 1_000, 5_000]),
        };
        return this.later(prng.between(50, 2_000), () => (disk.options = this.calmDisk));
      case "diskError":
        return this.failDisk();
      case "diskFull":
        disk.quotaBytes = disk.usedBytes + prng.below(5_000);
        return this.later(prng.between(50, 3_000), () => (disk.quotaBytes = null));
    }
  }

  /** Now, or right before the disk would have done the next thing that order is made of. */
  private atBadMoment(run: () => void): void {
    const { disk } = this.victims;
    if (this.prng.chance(0.3)) return run();
    const operations = this.prng.pick([["datasync"], ["datasync"], turningPoints] as const);
    let due = true;
    const once = (): void => {
      if (!due || !this.active) return;
      due = false;
      disk.beforeOperation = undefined;
      run();
    };
    disk.beforeOperation = (_count, { operation }) => {
      if ((operations as readonly string[]).includes(operation)) once();
    };
    this.later(this.prng.between(1, BAD_MOMENT_MS), once);
  }

  /** One operation of one kind fails, anywhere. */
  private failDisk(): void {
    const { disk } = this.victims;
    const kind = this.prng.pick(["datasync", "datasync", "write", "read"] as const);
    disk.failNext(({ operation }: DiskRequest) => {
      if (operation !== kind) return false;
      this.maybeLost();
      return true;
    }, "EIO");
  }

  private cutWire(): void {
    const { network, node } = this.victims;
    const machine = this.prng.pick(this.victims.clientMachines());
    const both = this.prng.chance(0.5);
    const inward = this.prng.chance(0.5);
    if (both || inward) network.cut(machine, node.name);
    if (both || !inward) network.cut(node.name, machine);
    this.later(this.prng.between(10, 5_000), () => {
      network.mend(machine, node.name);
      network.mend(node.name, machine);
    });
  }

  private later(delayMs: number, run: () => void): void {
    this.victims.scheduler.after(delayMs, "fault over", run);
  }
}
