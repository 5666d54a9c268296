// A node: its hosts under one supervisor, opened and closed in order. The ports come from the caller:
// main.ts gives the real ones, the simulator its twins; nothing here knows the difference.
//
// Lives on: main thread.

import { FaultRaised, need } from "./base/outcome.ts";
import type { Outcome } from "./base/outcome.ts";
import type { Step, Steps } from "./base/steps.ts";
import { runSteps, take, takeAll } from "./base/steps.ts";
import type { DirectoryFacts } from "./actors/log-directory/messages.ts";
import type { BrokerSettings } from "./config/broker-config.ts";
import type { HostRequests, NodeHostSettings, NodeQuery } from "./node-host.ts";
import type { Clock, Listener, Log, SocketAddress, Sockets, Threads } from "./runtime/ports.ts";
import { Supervisor } from "./runtime/supervisor.ts";

export type NodePorts = {
  readonly threads: Threads;
  readonly sockets: Sockets;
  readonly clock: Clock;
  readonly log: Log;
};

export type NodeOptions = {
  readonly config: BrokerSettings;
  /** Those that serve clients. */
  readonly hostCount: number;
  /** Whether there is one more, for what must not wait for these: the metadata and its quorum. */
  readonly hasAside: boolean;
  /** How long the first image may take to reach all hosts: recovery of a large log included. */
  readonly readyWithinMs: number;
  /** Whether a host that is started anew finds what the dead one had kept. */
  readonly dataOutlivesHosts: boolean;
  /** What the hosts are told besides their configuration: the ports' business, not the node's. */
  readonly hostExtras: Readonly<Record<string, unknown>>;
};

/** `address`: where clients on the same machine connect. Others are told what is advertised. */
export type Opened = { readonly ok: true; readonly address: SocketAddress };
export type Refused = { readonly ok: false; readonly reason: string };

/** By which share of the time that a stop may take each part ends: the next one gets what it leaves. */
const STOP_ENDS = { cluster: 0.3, frontDoor: 0.4, broker: 0.8, metadata: 0.9, mark: 1 };

export class Node {
  private readonly ports: NodePorts;
  private readonly options: NodeOptions;
  private readonly supervisor: Supervisor;
  /** The host of the metadata. */
  private readonly asideIndex: number;
  private config: BrokerSettings;
  private facts: DirectoryFacts | undefined;
  private phase: "starting" | "running" | "stopping" = "starting";
  /** Why the node ended though nobody asked it to. */
  private failure: string | undefined;
  private hostsStopped: Step<null> | undefined;
  private readonly failed: (reason: string) => void;

  /** `failed` is heard when a running node has ended though nobody asked it to: all hosts are gone. */
  constructor(ports: NodePorts, options: NodeOptions, failed: (reason: string) => void) {
    this.ports = ports;
    this.options = options;
    this.config = options.config;
    this.failed = failed;
    const { hostCount, hasAside } = options;
    this.asideIndex = hasAside ? hostCount : 0;
    const threadCount = hostCount + (hasAside ? 1 : 0);
    this.supervisor = new Supervisor(ports, threadCount, () => this.hostSettings(), {
      // One that dies while the node starts would only die again; one that dies while it stops would
      // write beside those who are leaving.
      mayRestart: () => this.phase === "running" && this.options.dataOutlivesHosts,
      restarted: (hostIndex) => this.reopenHost(hostIndex),
      failed: (reason) => this.fail(reason),
    });
  }

  start(done: (outcome: Opened | Refused) => void): void {
    runSteps(this.startSteps(), done);
  }

  /** Answers what is in flight, closes every log, and marks the directory clean if all went well. */
  stop(withinMs: number, done: (clean: boolean) => void): void {
    this.phase = "stopping";
    runSteps(this.stopSteps(withinMs), done);
  }

  /** A question about the node as a whole. */
  query<K extends NodeQuery>(
    name: K,
    args: HostRequests[K]["args"],
    done: (outcome: Outcome<HostRequests[K]["reply"]>) => void,
  ): void {
    const hostIndex = name === "describeQuorum" ? this.asideIndex : 0;
    this.supervisor.request(hostIndex, name, args)(done as (outcome: Outcome<unknown>) => void);
  }

  /** No host is to be trusted any more, so none goes on: what was acked is on disk. */
  private fail(reason: string): void {
    if (this.failure !== undefined) return;
    this.failure = reason;
    // A start and a stop that are under way come to their end by themselves, and tell it there.
    if (this.phase === "stopping") return;
    this.stopHosts(() => {
      if (this.phase === "running") this.failed(reason);
    });
  }

  /** Frees every thread; whoever asks again waits for the same end. */
  private stopHosts(done: (value: null) => void): void {
    this.hostsStopped ??= shared(this.supervisor.stop(0));
    this.hostsStopped(done);
  }

  private hostSettings(): NodeHostSettings {
    return { config: this.config, ...this.options.hostExtras };
  }

  private *startSteps(): Steps<Opened | Refused> {
    const free = yield* take<Opened | Refused>((done) => this.probePort(done));
    if (!free.ok) return free;
    this.config = withPort(this.config, free.address.port);
    yield* takeAll(this.supervisor.start());

    try {
      const facts = yield* this.request(0, "prepare", {});
      if (!facts.ok) return yield* this.giveUp(facts.detail);
      this.facts = facts.value;
      for (let hostIndex = 0; hostIndex < this.supervisor.hostCount; hostIndex++) {
        yield* this.request(hostIndex, "createActors", { facts: facts.value });
      }
      const ready = yield* this.request(this.asideIndex, "ready", {
        withinMs: this.options.readyWithinMs,
      });
      if (!ready.ok) return yield* this.giveUp(ready.reason);
      for (const hostIndex of this.hostIndexes()) {
        const opened = yield* this.listen(hostIndex);
        if (!opened.ok) return yield* this.giveUp(opened.reason);
      }
    } catch (error) {
      if (!(error instanceof FaultRaised)) throw error;
      return yield* this.giveUp(error.message);
    }
    if (this.failure !== undefined) return yield* this.giveUp(this.failure);
    this.phase = "running";
    const { listenerHost, listenerPort: port } = this.config;
    return { ok: true, address: { host: reachableHost(listenerHost), port } };
  }

  /** What a host died of says more than that it did not answer. */
  private *giveUp(reason: string): Steps<Refused> {
    yield* take<null>((done) => this.stopHosts(done));
    return { ok: false, reason: this.failure ?? reason };
  }

  private *stopSteps(withinMs: number): Steps<boolean> {
    const { clock } = this.ports;
    const startedMs = clock.monotonicMs();
    const until = (share: number) => {
      const leftMs = startedMs + withinMs * share - clock.monotonicMs();
      return { withinMs: Math.max(0, Math.floor(leftMs)) };
    };
    let clean = true;
    yield* this.tryRequest(this.asideIndex, "leaveCluster", until(STOP_ENDS.cluster));
    yield* takeAll(this.ask("drainFrontDoor", until(STOP_ENDS.frontDoor)));
    const notClean = new Set<string>();
    for (const drained of yield* takeAll(this.ask("drainBroker", until(STOP_ENDS.broker)))) {
      if (!drained.ok) clean = false;
      else for (const path of drained.value.notClean) notClean.add(path);
    }
    const closed = yield* this.tryRequest(
      this.asideIndex,
      "closeMetadata",
      until(STOP_ENDS.metadata),
    );
    clean &&= closed.ok && this.failure === undefined;
    if (clean) {
      const args = { ...until(STOP_ENDS.mark), except: [...notClean] };
      const marked = yield* this.tryRequest(0, "markClean", args);
      clean = marked.ok && marked.value.ok && notClean.size === 0;
    }
    yield* take<null>((done) => this.stopHosts(done));
    return clean;
  }

  /** A host died and is back with no actors: it recovers them from disk and listens again. */
  private reopenHost(hostIndex: number): void {
    const { facts } = this;
    if (facts === undefined) return;
    const directories = facts.directories.map((each) => ({ ...each, cleanStart: false }));
    const unclean = { ...facts, directories, cleanStart: false };
    runSteps(this.reopenSteps(hostIndex, unclean), (refused) => {
      if (refused !== undefined) this.reopenFailed(hostIndex, refused);
    });
  }

  private reopenFailed(hostIndex: number, why: string): void {
    // It died once more, and the supervisor has drawn the conclusion; or everything is at its end.
    if (this.phase !== "running" || this.failure !== undefined) return;
    const reason = `host ${hostIndex} did not come back: ${why}`;
    this.ports.log.write("fatal", "node stops", { reason });
    this.fail(reason);
  }

  private *reopenSteps(hostIndex: number, facts: DirectoryFacts): Steps<string | undefined> {
    const created = yield* this.tryRequest(hostIndex, "createActors", { facts });
    if (!created.ok) return created.detail;
    if (hostIndex === this.asideIndex) {
      const args = { withinMs: this.options.readyWithinMs };
      const ready = yield* this.tryRequest(hostIndex, "ready", args);
      if (!ready.ok) return ready.detail;
      if (!ready.value.ok) return ready.value.reason;
    }
    if (hostIndex >= this.options.hostCount) return undefined;
    const opened = yield* this.listen(hostIndex);
    return opened.ok ? undefined : opened.reason;
  }

  private *listen(hostIndex: number): Steps<HostRequests["listen"]["reply"]> {
    const { listenerHost: host, listenerPort: port } = this.config;
    const shared = this.options.hostCount > 1;
    const listened = yield* this.tryRequest(hostIndex, "listen", { host, port, shared });
    // The host may die before it has answered.
    return listened.ok ? listened.value : { ok: false, reason: listened.detail };
  }

  /**
   * Binds the listener's address once for ourselves alone: a port already in use would go unnoticed
   * where several hosts share theirs, and port 0 becomes the number that everyone is told.
   */
  private probePort(done: (outcome: Opened | Refused) => void): void {
    const { listenerHost: host, listenerPort: port } = this.config;
    const listener: Listener = this.ports.sockets.listen(
      { host, port, shared: false },
      {
        listening: (address) => listener.close(() => done({ ok: true, address })),
        failed: (fault) => {
          const why = fault.ok ? "" : fault.fault === "EADDRINUSE" ? "it is in use" : fault.detail;
          done({ ok: false, reason: `cannot listen on ${host}:${port}: ${why}` });
        },
        connection: (connection) => {
          connection.destroy();
          return { bytes: () => {}, drained: () => {}, closed: () => {} };
        },
      },
    );
  }

  /** Of those that serve clients. */
  private hostIndexes(): number[] {
    return Array.from({ length: this.options.hostCount }, (_, index) => index);
  }

  /** A request to one host; a fault ends the steps. */
  private *request<K extends keyof HostRequests>(
    hostIndex: number,
    name: K,
    args: HostRequests[K]["args"],
  ): Steps<HostRequests[K]["reply"]> {
    return need(yield* this.tryRequest(hostIndex, name, args));
  }

  private *tryRequest<K extends keyof HostRequests>(
    hostIndex: number,
    name: K,
    args: HostRequests[K]["args"],
  ): Steps<Outcome<HostRequests[K]["reply"]>> {
    const outcome = yield* take(this.supervisor.request(hostIndex, name, args));
    return outcome as Outcome<HostRequests[K]["reply"]>;
  }

  /** The same request to every host that serves clients. */
  private ask<K extends keyof HostRequests>(name: K, args: HostRequests[K]["args"]) {
    return this.hostIndexes().map(
      (hostIndex) => (done: (outcome: Outcome<HostRequests[K]["reply"]>) => void) =>
        this.supervisor.request(hostIndex, name, args)(done as (outcome: Outcome<unknown>) => void),
    );
  }
}

/** Where clients on this machine find what listens there. */
function reachableHost(listenerHost: string): string {
  return listenerHost === "0.0.0.0" || listenerHost === "::" ? "127.0.0.1" : listenerHost;
}

/** One run of a step that several wait for. */
function shared(step: Step<null>): Step<null> {
  const waiting: ((value: null) => void)[] = [];
  let state: "idle" | "running" | "done" = "idle";
  return (done) => {
    if (state === "done") return done(null);
    waiting.push(done);
    if (state === "running") return;
    state = "running";
    step(() => {
      state = "done";
      for (const tell of waiting.splice(0)) tell(null);
    });
  };
}

function withPort(config: BrokerSettings, port: number): BrokerSettings {
  const advertisedPort = config.advertisedPort === 0 ? port : config.advertisedPort;
  return { ...config, listenerPort: port, advertisedPort };
}
