// The simulated Peers port: streams of whole messages over the simulated network. A stream that
// breaks loses what was on its way, in either direction, and nobody can say how much of it.
//
// Lives on: the simulator's thread.

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type {
  PeerHello,
  PeerLaneName,
  Peers,
  PeersOptions,
  PeerStream,
  PeerStreamEvents,
  SocketAddress,
} from "../runtime/ports.ts";
import type { Life } from "./life.ts";
import type { SimNetwork } from "./network.ts";

/** As of the real ones, where the world does not say otherwise. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;

type ListenEvents = Parameters<Peers["listen"]>[2];
type PeerListener = {
  readonly machine: string;
  readonly life: Life;
  readonly options: PeersOptions;
  readonly events: ListenEvents;
};

/** All that nodes know of each other's doors. One per world. */
export class SimPeerNetwork {
  readonly network: SimNetwork;
  /** When a bulk stream asks for patience. */
  readonly bulkHighWaterBytes: number;
  readonly listeners = new Map<string, PeerListener>();
  readonly streams = new Set<SimPeerStream>();
  private nextPort = 50_000;

  constructor(network: SimNetwork, bulkHighWaterBytes = HIGH_WATER_BYTES) {
    this.network = network;
    this.bulkHighWaterBytes = bulkHighWaterBytes;
  }

  freePort(): number {
    return this.nextPort++;
  }
}

export class SimPeerStream implements PeerStream {
  peer: SimPeerStream | undefined;
  private events: PeerStreamEvents | undefined;
  readonly machine: string;
  readonly life: Life;
  private readonly peers: SimPeerNetwork;
  private readonly messageBytesMax: number;
  private readonly highWaterBytes: number;
  /** What travels, in order; `null` is the end in good order. */
  private travelling: (Uint8Array | null)[] = [];
  private travellingBytes = 0;
  private asksForPatience = false;
  private ending = false;
  private over = false;
  private outcome: Outcome<null> = success(null);
  /** Arrivals that nobody could hear yet. */
  private early = 0;

  constructor(
    peers: SimPeerNetwork,
    { machine, life }: { readonly machine: string; readonly life: Life },
    lane: PeerLaneName,
    messageBytesMax: number,
  ) {
    this.highWaterBytes = lane === "bulk" ? peers.bulkHighWaterBytes : HIGH_WATER_BYTES;
    this.peers = peers;
    this.machine = machine;
    this.life = life;
    this.messageBytesMax = messageBytesMax;
    peers.streams.add(this);
    life.onEnd(() => this.break("the process has ended"));
  }

  get isOver(): boolean {
    return this.over;
  }

  /** From now on the owner hears what arrives, beginning with what has arrived already. */
  attach(events: PeerStreamEvents): void {
    this.events = events;
    if (this.over) return this.tellClosed();
    const { peer } = this;
    for (let waiting = this.early; waiting > 0; waiting--) {
      this.life.after(0.001, "early message", () => peer?.arrive(this));
    }
  }

  send(bytes: Uint8Array): boolean {
    if (this.over || this.ending) return true;
    if (bytes.byteLength > this.messageBytesMax) {
      const detail = `a message of ${bytes.byteLength} bytes`;
      this.life.after(0.01, "too large", () => this.break(detail, "tooLarge"));
      return true;
    }
    this.travellingBytes += bytes.byteLength;
    this.push(bytes.slice());
    if (this.travellingBytes > this.highWaterBytes) this.asksForPatience = true;
    return !this.asksForPatience;
  }

  close(): void {
    if (this.over || this.ending) return;
    this.ending = true;
    this.push(null);
  }

  /** A fault, or the consequence of one: both sides hear of it, sooner or later. */
  break(detail: string, fault: "ECONNRESET" | "tooLarge" = "ECONNRESET"): void {
    if (this.over) return;
    const { peer } = this;
    this.finish(failure(fault, detail));
    if (peer === undefined) return;
    this.peers.network.travel(this.machine, peer.machine, () => {
      if (peer.life.alive) peer.finish(failure("ECONNRESET", "the stream broke"));
    });
  }

  /**
   * A fault: this end knows at once and may open another stream; the other end still hears what was on
   * its way, beside what comes on the new one, and of the break only later.
   */
  tear(laterMs: number): void {
    if (this.over) return;
    const { peer, travelling } = this;
    this.finish(failure("ECONNRESET", "the stream was torn"));
    this.travelling = travelling;
    if (peer === undefined) return;
    peer.life.after(laterMs, "stream torn", () => peer.finish(failure("ECONNRESET", "torn")));
  }

  finish(outcome: Outcome<null>): void {
    if (this.over) return;
    this.over = true;
    this.outcome = outcome;
    this.travelling = [];
    this.peers.streams.delete(this);
    if (this.events !== undefined) this.tellClosed();
  }

  private tellClosed(): void {
    this.life.after(0.001, "stream closed", () => this.events?.closed(this.outcome));
  }

  private push(item: Uint8Array | null): void {
    const { peer } = this;
    if (peer === undefined) return;
    this.travelling.push(item);
    this.peers.network.travel(this.machine, peer.machine, () => this.arrive(peer));
  }

  private arrive(peer: SimPeerStream): void {
    if (this.travelling.length === 0 || !peer.life.alive || peer.over) return;
    if (peer.events === undefined) {
      peer.early += 1;
      return;
    }
    const item = this.travelling.shift();
    if (item === undefined) return;
    if (item === null) {
      peer.finish(success(null));
      this.finish(success(null));
      return;
    }
    this.travellingBytes -= item.byteLength;
    if (item.byteLength > peer.messageBytesMax)
      return peer.break("a message too large", "tooLarge");
    peer.life.scheduler.trace.noteBytes(item);
    peer.events?.message(item);
    if (!this.asksForPatience || this.travellingBytes > this.highWaterBytes / 4) return;
    this.asksForPatience = false;
    this.life.after(0.001, "stream drained", () => !this.over && this.events?.drained());
  }
}

export class SimPeers implements Peers {
  private readonly peers: SimPeerNetwork;
  private readonly machine: string;
  private readonly life: Life;

  constructor(peers: SimPeerNetwork, machine: string, life: Life) {
    this.peers = peers;
    this.machine = machine;
    this.life = life;
  }

  listen(address: SocketAddress, options: PeersOptions, events: ListenEvents) {
    const { peers, machine, life } = this;
    const port = address.port === 0 ? peers.freePort() : address.port;
    const key = `${machine}:${port}`;
    const taken = peers.listeners.has(key);
    const listener = { machine, life, options, events };
    const close = (): void => {
      if (peers.listeners.get(key) === listener) peers.listeners.delete(key);
    };
    if (!taken) peers.listeners.set(key, listener);
    life.onEnd(close);
    life.after(0.05, "peers listening", () => {
      if (taken) events.failed(failure("EADDRINUSE", `port ${port} is in use`));
      else events.listening({ host: address.host, port });
    });
    return {
      close: (done: () => void) => {
        close();
        life.after(0.01, "peers listener closed", done);
      },
    };
  }

  connect(
    to: SocketAddress,
    lane: PeerHello["lane"],
    options: PeersOptions,
    events: Parameters<Peers["connect"]>[3],
  ): void {
    const { peers, machine, life } = this;
    const { network } = peers;
    const target = to.host === "127.0.0.1" ? machine : to.host;
    let waiting = true;
    const settle = (run: () => void): void => {
      if (waiting && life.alive) run();
      waiting = false;
    };
    const refuse = (fault: "timeout" | "ECONNREFUSED" | "refused", detail: string): void =>
      settle(() => events.closed(failure(fault, detail)));
    life.after(CONNECT_TIMEOUT_MS, "connect timeout", () => refuse("timeout", "no answer"));
    network.travel(machine, target, () => {
      const listener = peers.listeners.get(`${target}:${to.port}`);
      const back = (run: () => void): void => network.travel(target, machine, run);
      if (!life.alive) return;
      if (listener === undefined || !listener.life.alive) {
        return back(() => refuse("ECONNREFUSED", `nobody listens on ${to.port}`));
      }
      const { clusterId } = listener.options.hello;
      if (clusterId !== options.hello.clusterId) {
        return back(() => refuse("refused", `this is cluster ${clusterId}`));
      }
      const max = options.messageBytesMax;
      const ours = new SimPeerStream(peers, { machine, life }, lane, max);
      const theirMax = listener.options.messageBytesMax;
      const there = { machine: target, life: listener.life };
      const theirs = new SimPeerStream(peers, there, lane, theirMax);
      ours.peer = theirs;
      theirs.peer = ours;
      back(() =>
        settle(() => {
          if (!ours.isOver) events.opened({ ...listener.options.hello, lane }, ours);
          ours.attach(events);
        }),
      );
      theirs.attach(listener.events.accepted({ ...options.hello, lane }, theirs));
    });
  }
}
