// A whole node in a simulated world: the production composition on simulated ports, on a machine with
// a disk that outlives it. It is started, stopped, killed and cut off as often as the world likes.
//
// Lives on: the simulator's thread.

import type { BrokerSettings } from "../config/broker-config.ts";
import { Node } from "../node.ts";
import { createNodeHost } from "../node-host.ts";
import type { NodeHostSettings } from "../node-host.ts";
import { recordBatchJobs } from "../protocol/record-batch/jobs.ts";
import { jobRunner } from "../runtime/jobs.ts";
import type { HostPorts, HostStats, LogLevel, RunningHost } from "../runtime/ports.ts";
import { SimClock } from "./clock.ts";
import type { SimWall } from "./clock.ts";
import type { SimDisk } from "./disk.ts";
import { SimJobs } from "./jobs.ts";
import { Freezer } from "./freezer.ts";
import { Life } from "./life.ts";
import { LifeDisk } from "./life-disk.ts";
import { SimLog } from "./log.ts";
import type { SimPeerNetwork } from "./peers.ts";
import { SimPeers } from "./peers.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { SimRandom } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { SimSockets } from "./sockets.ts";
import type { SimMachine } from "./sockets.ts";
import { SimThreads } from "./threads.ts";

const READY_WITHIN_MS = 600_000;
/** A dead process is started again after this time at most, as a service manager would. */
const RESTART_MS = 200;

export type SimNodeOptions = {
  readonly config: BrokerSettings;
  readonly hosts: number;
  readonly hasAside?: boolean;
  readonly timerLatenessMs: number;
  readonly bug: PlantedBug | undefined;
};

export type SimNodeEvents = {
  /** The process ended though nobody asked it to, or could not start. */
  failed(reason: string): void;
  logged(level: LogLevel, event: string): void;
  /** A host begins, with what its predecessor has left on disk. */
  hostStarts(): void;
};

export type NodeState = "down" | "starting" | "up" | "stopping";

const runJob = jobRunner(recordBatchJobs);

export class SimNode {
  readonly name: string;
  readonly machine: SimMachine;
  disk: SimDisk;
  readonly wall: SimWall;
  readonly freezer = new Freezer();
  state: NodeState = "down";
  /** Nobody starts it again. */
  staysDown = false;
  /** How often the process or one of its hosts has ended, in good order or not. */
  deaths = 0;
  private readonly scheduler: Scheduler;
  private readonly machines: ReadonlyMap<string, SimMachine>;
  private readonly peers: SimPeerNetwork;
  private readonly options: SimNodeOptions;
  private readonly events: SimNodeEvents;
  private process: Life | undefined;
  private threads: SimThreads | undefined;
  private node: Node | undefined;
  private readonly hosts = new Map<number, RunningHost>();
  private starts = 0;
  private restartDue = false;

  constructor(
    place: {
      scheduler: Scheduler;
      machine: SimMachine;
      machines: ReadonlyMap<string, SimMachine>;
      peers: SimPeerNetwork;
      disk: SimDisk;
      wall: SimWall;
    },
    options: SimNodeOptions,
    events: SimNodeEvents,
  ) {
    this.scheduler = place.scheduler;
    this.machine = place.machine;
    this.machines = place.machines;
    this.peers = place.peers;
    this.disk = place.disk;
    this.wall = place.wall;
    this.name = place.machine.name;
    this.options = options;
    this.events = events;
  }

  start(): void {
    if (this.state !== "down") return;
    this.state = "starting";
    this.restartDue = false;
    this.starts += 1;
    const life = new Life(this.scheduler, `${this.name}#${this.starts}`, this.freezer);
    const prng = this.scheduler.stream(life.name);
    this.process = life;
    const clock = new SimClock(life, this.wall, prng.stream("clock"), this.options.timerLatenessMs);
    const log = new SimLog(this.scheduler, life.name, (level, event) =>
      this.events.logged(level, event),
    );
    const threads = this.newThreads(life);
    const sockets = new SimSockets(life, this.machine, this.machines);
    this.threads = threads;
    const { config, hosts: hostCount } = this.options;
    const options = {
      config,
      hostCount,
      hasAside: this.options.hasAside === true,
      readyWithinMs: READY_WITHIN_MS,
      dataOutlivesHosts: true,
      hostExtras: {},
    };
    const node = new Node({ threads, sockets, clock, log }, options, (reason) => {
      this.ended(life, reason);
    });
    this.node = node;
    node.start((opened) => {
      if (!life.alive) return;
      if (opened.ok) this.state = "up";
      else this.ended(life, opened.reason);
    });
  }

  /** An orderly stop. `done` hears whether everything was closed cleanly. */
  stop(withinMs: number, done: (clean: boolean) => void): void {
    const { node, process } = this;
    if (this.state !== "up" || node === undefined || process === undefined) return done(false);
    this.state = "stopping";
    node.stop(withinMs, (clean) => {
      if (!process.alive) return;
      this.goDown();
      done(clean);
    });
  }

  /** Nothing but what the process had written stays, and that in the machine's memory. */
  kill(): void {
    if (this.state === "down") return;
    this.goDown();
  }

  powerCut(): void {
    this.machine.powerOff();
    if (this.state !== "down") this.goDown();
    this.disk.powerCut();
    this.scheduler.after(50 + 500 * this.draw(), "power is back", () => this.machine.powerOn());
  }

  /** The machine comes back with a disk that holds nothing. */
  loseDisk(disk: SimDisk): void {
    this.kill();
    this.disk = disk;
  }

  /** As by SIGSTOP. */
  pause(): void {
    if (this.state !== "down") this.freezer.freeze();
  }

  resume(): void {
    this.freezer.thaw();
  }

  /** Starts a process that is down again, a little later. */
  restartSoon(): void {
    if (this.restartDue || this.staysDown) return;
    this.restartDue = true;
    this.scheduler.after(1 + RESTART_MS * this.draw(), "restart", () => {
      this.restartDue = false;
      if (this.staysDown) return;
      if (this.machine.powered) this.start();
      else this.restartSoon();
    });
  }

  killHost(hostIndex: number, kind: "escaped" | "crashed"): void {
    this.deaths += 1;
    this.threads?.kill(hostIndex, kind);
  }

  /** The counters of every host that runs. */
  stats(): HostStats[] {
    return [...this.hosts.values()].map((host) => host.stats());
  }

  private goDown(): void {
    this.deaths += 1;
    this.process?.end();
    this.process = undefined;
    this.threads = undefined;
    this.node = undefined;
    this.hosts.clear();
    this.state = "down";
    this.disk.kill();
    this.freezer.thaw();
  }

  private ended(life: Life, reason: string): void {
    if (!life.alive) return;
    this.goDown();
    this.events.failed(reason);
    this.restartSoon();
  }

  private newThreads(process: Life): SimThreads {
    const { hosts: hostCount, hasAside = false } = this.options;
    const disks = new Map<Life, LifeDisk>();
    // Operations of a dead host go on until they are over: they belong to the process.
    const disk = this.disk.port((delayMs, run) => void process.after(delayMs, "disk", run));
    return new SimThreads(process, this.scheduler.stream(`${process.name} threads`), {
      hostCount,
      hasAside,
      createHost: ({ hostIndex, life, links }, settings, events) => {
        const own = new LifeDisk(disk, life);
        disks.set(life, own);
        const ports = this.portsOf(life, { links, disk: own });
        const host = createNodeHost(ports, settings as NodeHostSettings, {
          stopNode: (reason) => events.stopNode(reason),
          ended: (end) => {
            this.hosts.delete(hostIndex);
            this.deaths += 1;
            events.ended(end);
          },
        });
        this.hosts.set(hostIndex, host);
        this.events.hostStarts();
        return host;
      },
      quiesce: (_hostIndex, life, done) => {
        const own = disks.get(life);
        disks.delete(life);
        if (own === undefined) done();
        else own.quiesce(done);
      },
    });
  }

  private portsOf(life: Life, given: Pick<HostPorts, "links" | "disk">): HostPorts {
    const { bug, timerLatenessMs } = this.options;
    const prng = this.scheduler.stream(life.name);
    const context = { life, prng: prng.stream("planted bug") };
    const ports: HostPorts = {
      ...given,
      clock: new SimClock(life, this.wall, prng.stream("clock"), timerLatenessMs),
      random: new SimRandom(prng.stream("random")),
      sockets: new SimSockets(life, this.machine, this.machines),
      jobs: new SimJobs(life, prng.stream("jobs"), runJob),
      peers: new SimPeers(this.peers, this.machine.name, life),
      log: new SimLog(this.scheduler, life.name, (level, event) =>
        this.events.logged(level, event),
      ),
    };
    return bug?.spoil === undefined ? ports : { ...ports, ...bug.spoil(ports, context) };
  }

  private draw(): number {
    return this.scheduler.stream(`${this.name} ${this.scheduler.eventsHandled}`).float();
  }
}
