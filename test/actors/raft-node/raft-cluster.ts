// Several whole Raft nodes (the actor, its log, its vote, its streams) on simulated machines: disks that
// lose what was not synced, streams that break, wires that can be cut. Their controllers are played.
//
// Lives on: tests.

import { controllerKind } from "../../../src/actors/controller/messages.ts";
import type { RaftNodeProtocol, RaftNodeSettings } from "../../../src/actors/raft-node/messages.ts";
import { raftNodeRef } from "../../../src/actors/raft-node/messages.ts";
import { raftNodeActor } from "../../../src/actors/raft-node/raft-node.ts";
import { assert } from "../../../src/base/assert.ts";
import type { Outcome } from "../../../src/base/outcome.ts";
import type { Calls } from "../../../src/runtime/actor.ts";
import type { AnyKind } from "../../../src/runtime/cell.ts";
import { Host } from "../../../src/runtime/host.ts";
import { SimClock, SimWall } from "../../../src/sim/clock.ts";
import { SimDisk } from "../../../src/sim/disk.ts";
import { Life } from "../../../src/sim/life.ts";
import { LifeDisk } from "../../../src/sim/life-disk.ts";
import { calmNetwork, SimNetwork } from "../../../src/sim/network.ts";
import { SimPeerNetwork, SimPeers } from "../../../src/sim/peers.ts";
import { SimRandom } from "../../../src/sim/random.ts";
import { Scheduler } from "../../../src/sim/scheduler.ts";

const PORT = 9093;
export const TIMEOUT_MS = 1000;

type Told = { snapshot: boolean; entries: { record: Uint8Array }[]; lastOffset: number };
type Asked<R> = { outcome: Outcome<R> | undefined };

/** What a controller has been told. */
class Listener {
  texts: string[] = [];
  lastOffset = -1;
  snapshots = 0;
  term: number | undefined;

  onCommitted({ snapshot, entries, lastOffset }: Told): void {
    if (snapshot) {
      this.texts = [];
      this.snapshots += 1;
    } else {
      assert(lastOffset > this.lastOffset, "what is committed only moves forward");
    }
    this.texts.push(...entries.map(({ record }) => new TextDecoder().decode(record)));
    this.lastOffset = lastOffset;
  }

  onBecameLeader({ term }: { term: number }): void {
    this.term = term;
  }

  onLostLeadership(): void {
    this.term = undefined;
  }
}

export class ClusterNode {
  readonly nodeId: number;
  readonly disk: SimDisk;
  directoryId: string;
  readonly #cluster: RaftCluster;
  #life: Life | undefined;
  #host: Host | undefined;
  told = new Listener();
  stopped: string | undefined;
  readonly logged: string[] = [];
  #starts = 0;

  constructor(cluster: RaftCluster, nodeId: number) {
    this.#cluster = cluster;
    this.nodeId = nodeId;
    this.directoryId = diskOf(nodeId);
    this.disk = new SimDisk(cluster.scheduler.stream(`disk ${nodeId}`));
  }

  get isUp(): boolean {
    return this.#host !== undefined;
  }

  get machine(): string {
    return `node-${this.nodeId}`;
  }

  start(more: Partial<RaftNodeSettings> = {}): void {
    const { scheduler, peers } = this.#cluster;
    const life = new Life(scheduler, `${this.machine}#${++this.#starts}`);
    const prng = scheduler.stream(life.name);
    const told = new Listener();
    const kinds = [raftNodeActor, playedBy(told)] as readonly unknown[] as readonly AnyKind[];
    const disk = this.disk.port((delayMs, run) => void life.after(delayMs, "disk", run));
    const host = new Host(
      {
        clock: new SimClock(life, new SimWall(1_700_000_000_000), prng.stream("clock"), 1),
        random: new SimRandom(prng.stream("random")),
        disk: new LifeDisk(disk, life),
        sockets: { listen: () => unused(), connect: () => unused() },
        links: {
          hostIndex: 0,
          hostCount: 1,
          asideIndex: 0,
          isUp: () => true,
          post: () => unused(),
          subscribe: () => {},
        },
        jobs: { run: () => unused() },
        peers: new SimPeers(peers, this.machine, life),
        log: {
          write: (_level, event, fields) => this.logged.push(`${event} ${JSON.stringify(fields)}`),
        },
      },
      kinds,
      {
        ended: ({ kind, detail }) => {
          if (kind !== "stopped") this.stopped = detail;
        },
        stopNode: (reason) => {
          this.stopped = reason;
        },
      },
    );
    this.told = told;
    this.#life = life;
    this.#host = host;
    host.spawn(raftNodeActor, "0", { ...this.#cluster.settingsOf(this), ...more });
    host.spawn({ kind: controllerKind }, "0", {});
  }

  ask<K extends Calls<RaftNodeProtocol>>(
    kind: K,
    args: RaftNodeProtocol[K]["args"],
  ): Asked<NonNullable<RaftNodeProtocol[K]["reply"]>> {
    const asked: Asked<NonNullable<RaftNodeProtocol[K]["reply"]>> = { outcome: undefined };
    this.#host?.askFromOutside<NonNullable<RaftNodeProtocol[K]["reply"]>>(
      raftNodeRef(),
      kind,
      args,
      Infinity,
      (outcome) => {
        asked.outcome = outcome;
      },
    );
    return asked;
  }

  propose(...texts: string[]): Asked<Outcome<{ lastOffset: number }>> {
    const records = texts.map((text) => new TextEncoder().encode(text));
    return this.ask("propose", { term: this.told.term ?? -1, records });
  }

  takeSnapshot(): void {
    const { texts, lastOffset } = this.told;
    const records = texts.map((text) => new TextEncoder().encode(text));
    const asked = this.#host;
    asked?.askFromOutside(
      { kind: controllerKind, key: "0" },
      "tellRaft",
      { offset: lastOffset, records },
      1000,
      () => {},
    );
  }

  kill(): void {
    this.#life?.end();
    this.#host = undefined;
    this.disk.kill();
  }

  powerCut(): void {
    this.kill();
    this.disk.powerCut();
  }
}

function unused(): never {
  throw new Error("a Raft node needs no such thing");
}

function playedBy(told: Listener): AnyKind {
  return {
    kind: controllerKind,
    create: (_settings, out) => {
      out.tell(raftNodeRef() as never, "follow" as never, {} as never);
      return {
        onCommitted: (args: Told) => told.onCommitted(args),
        onBecameLeader: (args: { term: number }) => told.onBecameLeader(args),
        onLostLeadership: () => told.onLostLeadership(),
        onLeaderIs: () => {},
        onTellRaft: (args: unknown) =>
          out.tell(raftNodeRef() as never, "snapshotTaken" as never, args as never),
      } as never;
    },
    placeOn: () => 0,
    mailbox: { messagesMax: 10_000, bytesMax: 1_000_000_000 },
  };
}

export class RaftCluster {
  readonly scheduler: Scheduler;
  readonly network: SimNetwork;
  readonly peers: SimPeerNetwork;
  readonly nodes: ClusterNode[] = [];
  readonly voters: RaftNodeSettings["voters"];

  constructor(seed: number, voterCount: number) {
    this.scheduler = new Scheduler(seed);
    this.network = new SimNetwork(this.scheduler, calmNetwork);
    this.peers = new SimPeerNetwork(this.network);
    this.voters = Array.from({ length: voterCount }, (_, at) => ({
      nodeId: at + 1,
      directoryId: null,
      endpoints: [{ name: "CONTROLLER", host: `node-${at + 1}`, port: PORT }],
    }));
    for (const { nodeId } of this.voters) this.add(nodeId);
  }

  add(nodeId: number): ClusterNode {
    const node = new ClusterNode(this, nodeId);
    this.nodes.push(node);
    return node;
  }

  settingsOf({ nodeId, directoryId, machine }: ClusterNode): RaftNodeSettings {
    return {
      nodeId,
      clusterId: "cluster",
      directoryId,
      voters: this.voters,
      joins: false,
      bootstrap: [],
      endpoints: [],
      listen: { host: machine, port: PORT },
      directory: "/data/gofka-metadata-0",
      segmentBytes: 4096,
      electionTimeoutMs: TIMEOUT_MS,
    };
  }

  startAll(): this {
    for (const node of this.nodes) node.start();
    return this;
  }

  until(what: string, condition: () => boolean, withinMs = 60_000): void {
    const reached = this.scheduler.runUntil(condition, withinMs);
    for (const { stopped, nodeId } of this.nodes)
      assert(stopped === undefined, `node ${nodeId}: ${stopped}`);
    assert(reached, `${what}: ${this.nodes.map((node) => this.portrait(node)).join("; ")}`);
  }

  run(spanMs: number): void {
    this.scheduler.runFor(spanMs);
  }

  private portrait({ nodeId, told, isUp }: ClusterNode): string {
    return `${nodeId} ${isUp ? "up" : "down"} term ${told.term} told ${told.texts.length}`;
  }

  /** The one that leads, waiting for it. */
  leader(): ClusterNode {
    const leads = (): ClusterNode | undefined => {
      const leading = this.nodes.filter(({ isUp, told }) => isUp && told.term !== undefined);
      return leading.sort((a, b) => b.told.term! - a.told.term!)[0];
    };
    this.until("somebody leads", () => leads() !== undefined);
    return leads()!;
  }

  /** Proposes at whoever leads until it is committed. */
  commit(...texts: string[]): void {
    for (let attempt = 0; attempt < 20; attempt++) {
      const asked = this.leader().propose(...texts);
      const answered = (): boolean => asked.outcome !== undefined;
      if (!this.scheduler.runUntil(answered, 30_000)) continue;
      if (asked.outcome?.ok === true && asked.outcome.value.ok) return;
      this.run(100);
    }
    assert(false, `${texts.join()} was not committed`);
  }

  allHave(texts: readonly string[]): void {
    const up = this.nodes.filter(({ isUp }) => isUp);
    this.until(`all have ${texts.length} entries`, () =>
      up.every(({ told }) => told.texts.join() === texts.join()),
    );
  }
}

/** A directory id that is easily told from others. */
export function diskOf(nodeId: number): string {
  return `disk-${nodeId}-`.padEnd(22, "A");
}
