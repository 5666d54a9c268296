// Carries out the faults of a plan on the nodes of a world, and mends everything in the end, or of some
// nodes only.
//
// Envelopes between nodes come in order and once as long as their stream lasts (the Peers port's
// contract). Late, doubled or out of order they can only be across a stream that breaks: `tear`.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { ClusterFault, ClusterPlan, Moment } from "./cluster-plan.ts";
import type { SimDisk, SimDiskOptions } from "./disk.ts";
import type { SimNetwork } from "./network.ts";
import type { SimPeerNetwork } from "./peers.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimNode } from "./sim-node.ts";
import { pathOf } from "./spoil-disk.ts";

/** A moment bad enough comes within this time, or any other will do. */
const MOMENT_WITHIN_MS = 300;
const STOP_WITHIN_MS = 5_000;
const LINGER_MS = 1_500;

export type ClusterVictims = {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly peers: SimPeerNetwork;
  readonly nodes: readonly SimNode[];
  /** Whether the cluster can do without the disk of this node, once and for all. */
  mayLoseDisk(node: SimNode): boolean;
  newDisk(node: SimNode): SimDisk;
};

export class ClusterFaults {
  happened = 0;
  private readonly victims: ClusterVictims;
  private readonly prng: Prng;
  private readonly calmDisk: SimDiskOptions;
  private isOver = false;
  /** Nodes that are well. */
  private readonly spared = new Set<SimNode>();

  constructor(victims: ClusterVictims, calmDisk: SimDiskOptions) {
    this.victims = victims;
    this.calmDisk = calmDisk;
    this.prng = victims.scheduler.stream("faults");
  }

  begin({ faults }: ClusterPlan): void {
    const { scheduler, nodes } = this.victims;
    for (const fault of faults) {
      const node = nodes[fault.node - 1];
      if (node === undefined) continue;
      scheduler.after(fault.atMs, `fault ${fault.kind}`, () => this.begins(fault, node));
    }
  }

  /**
   * These are as they should be, and stay so; what is between them as well. What is broken of the others
   * stays broken.
   */
  heal(nodes: readonly SimNode[]): void {
    const { network } = this.victims;
    this.isOver = true;
    for (const node of nodes) {
      node.staysDown = false;
      this.spared.add(node);
      node.disk.beforeOperation = undefined;
      node.disk.forgetInjections();
      node.disk.options = this.calmDisk;
      node.wall.reset();
      node.machine.powerOn();
      node.resume();
    }
    network.mendWhere((from, to) => this.isSpared(from) && this.isSpared(to));
  }

  isSpared(name: string): boolean {
    const node = this.victims.nodes.find((each) => each.name === name);
    return node === undefined || this.spared.has(node);
  }

  private begins(fault: ClusterFault, node: SimNode): void {
    const { scheduler } = this.victims;
    const about = `${fault.kind} of ${node.name} for ${fault.forMs} ms, ${fault.moment}`;
    this.when(fault.moment, node, () => {
      if (this.isOver) return;
      scheduler.trace.line(scheduler.nowMs(), `*** fault: ${about}`);
      this.happened += 1;
      this.happen(fault, node);
    });
  }

  private when(moment: Moment, { disk }: SimNode, run: () => void): void {
    if (moment === "now") return run();
    let isDue = true;
    const once = (): void => {
      if (!isDue) return;
      isDue = false;
      disk.beforeOperation = undefined;
      run();
    };
    disk.beforeOperation = (_, request) => {
      const { operation } = request;
      const isIt = {
        sync: operation === "datasync",
        rename: operation === "rename" || operation === "syncDirectory",
        vote: pathOf(request).includes("quorum-state") || operation === "syncDirectory",
      }[moment];
      if (isIt) once();
    };
    this.victims.scheduler.after(MOMENT_WITHIN_MS * this.prng.float(), "moment over", once);
  }

  private happen(fault: ClusterFault, node: SimNode): void {
    const { kind, forMs, amount } = fault;
    switch (kind) {
      case "kill":
        node.kill();
        return this.later(forMs, () => node.restartSoon());
      case "powerCut":
        node.powerCut();
        return this.later(forMs, () => node.restartSoon());
      case "wipe":
        if (!this.victims.mayLoseDisk(node)) return;
        node.loseDisk(this.victims.newDisk(node));
        return this.later(forMs, () => node.restartSoon());
      case "restart":
        return node.stop(STOP_WITHIN_MS, () => node.restartSoon());
      case "pause":
        node.pause();
        return this.later(forMs, () => node.resume());
      case "cutBoth":
      case "cutFrom":
      case "cutTo":
        return this.cut(fault, node);
      case "tear":
        return this.tear(node, this.namesOf(fault));
      case "slowDisk": {
        const { disk } = node;
        disk.options = {
          ...this.calmDisk,
          syncLatencyMs: amount,
          stallsPerMille: 50,
          stallMs: 1000,
        };
        return this.later(forMs, () => (disk.options = this.calmDisk));
      }
      case "diskError":
        return node.disk.failNext(({ operation }) => operation === "datasync", "EIO");
      case "clockJump":
        return node.wall.jump(amount);
    }
  }

  private namesOf({ others }: ClusterFault): string[] {
    const { nodes } = this.victims;
    return others.flatMap((other) => nodes[other - 1]?.name ?? []);
  }

  private cut(fault: ClusterFault, { name }: SimNode): void {
    const { network } = this.victims;
    const names = this.namesOf(fault);
    for (const other of names) {
      if (fault.kind !== "cutTo") network.cut(name, other);
      if (fault.kind !== "cutFrom") network.cut(other, name);
    }
    this.later(fault.forMs, () => {
      for (const other of names) {
        network.mend(name, other);
        network.mend(other, name);
      }
    });
  }

  private tear({ name }: SimNode, others: readonly string[]): void {
    const isBetween = (a: string, b: string | undefined): boolean =>
      (a === name && b !== undefined && others.includes(b)) || (b === name && others.includes(a));
    for (const stream of [...this.victims.peers.streams]) {
      if (!isBetween(stream.machine, stream.peer?.machine) || this.prng.chance(0.5)) continue;
      stream.tear(LINGER_MS * this.prng.float());
    }
  }

  private later(afterMs: number, run: () => void): void {
    this.victims.scheduler.after(afterMs, "fault over", () => {
      if (!this.isOver) run();
    });
  }
}
