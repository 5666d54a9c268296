// The simulated Sockets port. Connections are pairs of pipes over the simulated network; they are
// cut into pieces anywhere, reset, refused, left half-open by a machine that lost its power, and read
// as slowly as their owner likes.
//
// Lives on: the simulator's thread.

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type {
  Connection,
  ConnectionEvents,
  Listener,
  ListenerEvents,
  ListenOptions,
  SocketAddress,
  Sockets,
} from "../runtime/ports.ts";
import type { Life } from "./life.ts";
import type { SimNetwork } from "./network.ts";
import { Pipe } from "./pipe.ts";

const LINGER_MS = 5_000;
/** A connection attempt that meets silence. */
const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_FREE_PORT = 40_000;

type OpenListener = {
  readonly life: Life;
  readonly shared: boolean;
  readonly events: ListenerEvents;
};

/** One machine's TCP: the listeners and connections of all its processes. */
export class SimMachine {
  readonly name: string;
  readonly network: SimNetwork;
  powered = true;
  private readonly ports = new Map<number, Set<OpenListener>>();
  private readonly ends = new Set<SimConnection>();
  /** Ends that a power cut took, while the others do not know. */
  private readonly vanished: SimConnection[] = [];
  private nextPort = FIRST_FREE_PORT;

  constructor(network: SimNetwork, name: string) {
    this.network = network;
    this.name = name;
  }

  freePort(): number {
    while (this.ports.has(this.nextPort)) this.nextPort += 1;
    return this.nextPort++;
  }

  listenersOn(port: number): OpenListener[] {
    return [...(this.ports.get(port) ?? [])].filter(({ life }) => life.alive);
  }

  open(port: number, listener: OpenListener): boolean {
    const others = this.listenersOn(port);
    if (others.some(({ shared }) => !shared || !listener.shared)) return false;
    this.ports.set(port, new Set([...others, listener]));
    return true;
  }

  close(port: number, listener: OpenListener): void {
    const listeners = this.ports.get(port);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.ports.delete(port);
  }

  connections(): SimConnection[] {
    return [...this.ends];
  }

  add(end: SimConnection): void {
    this.ends.add(end);
  }

  remove(end: SimConnection): void {
    this.ends.delete(end);
  }

  /** A fault: every packet from here stops at once; the others find out when they find out. */
  powerOff(): void {
    this.powered = false;
    for (const end of this.ends) end.vanish();
  }

  powerOn(): void {
    this.powered = true;
  }

  /** Whoever still believes in a connection from before a power cut is told now. */
  endHalfOpen(): void {
    for (const end of this.vanished.splice(0)) end.denyEverything();
  }

  addVanished(end: SimConnection): void {
    this.vanished.push(end);
  }
}

export class SimConnection implements Connection {
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  peer: SimConnection | undefined;
  /** From here to the peer. The peer's is where our bytes come from. */
  readonly out: Pipe;
  private readonly machine: SimMachine;
  private readonly peerMachine: SimMachine;
  private readonly life: Life;
  private events: ConnectionEvents | undefined;
  private ending: "open" | "closed" | "vanished" = "open";
  private fault: Outcome<null> = success(null);
  private paused = false;
  private peerEnded = false;
  private weEnded = false;

  constructor(
    life: Life,
    machine: SimMachine,
    peerMachine: SimMachine,
    addresses: { local: SocketAddress; remote: SocketAddress },
  ) {
    this.life = life;
    this.machine = machine;
    this.peerMachine = peerMachine;
    this.local = addresses.local;
    this.remote = addresses.remote;
    const { network } = machine;
    this.out = new Pipe(network.prng, network.options, {
      travel: (arrive) => network.travel(machine.name, peerMachine.name, arrive),
      bytes: (chunk) => this.peer?.hearBytes(chunk),
      ended: () => this.peer?.hearEnd(),
      drained: () => this.hearDrained(),
    });
    machine.add(this);
    // The kernel closes what a process leaves behind.
    life.onEnd(() => this.destroy());
  }

  get isOpen(): boolean {
    return this.ending === "open";
  }

  /** From now on the owner hears what happens; until then nothing may arrive. */
  tell(events: ConnectionEvents): void {
    this.events = events;
    if (!this.isOpen) this.tellClosed();
    else if (!this.paused) this.peer?.out.resume();
  }

  bufferedBytes(): number {
    return this.out.unsentBytes;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.isOpen && !this.weEnded && !this.peerEnded) this.out.write(chunks);
  }

  pause(): void {
    this.paused = true;
    this.peer?.out.pause();
  }

  resume(): void {
    this.paused = false;
    if (this.isOpen && this.events !== undefined) this.peer?.out.resume();
  }

  end(): void {
    if (!this.isOpen || this.weEnded) return;
    this.weEnded = true;
    this.out.end();
    if (this.peerEnded) this.closeWhenFlushed();
  }

  /** Closes as the kernel does: with a reset when something is left unread, or by the dice. */
  destroy(): void {
    if (!this.isOpen) return;
    const unread = (this.peer?.out.unreadBytes ?? 0) > 0;
    if (unread || this.machine.network.prng.below(4) === 0) this.sendReset("reset");
    else this.out.abandon();
    this.close(success(null));
  }

  /** A fault: the connection breaks in the middle, for both sides. */
  reset(): void {
    if (!this.isOpen) return;
    this.sendReset("reset by the network");
    this.close(failure("ECONNRESET", "reset by the network"));
  }

  /** The machine is gone without a word. */
  vanish(): void {
    if (!this.isOpen) return;
    this.ending = "vanished";
    this.machine.remove(this);
    this.out.close();
    this.machine.addVanished(this);
    // Keep-alive: it may take a minute.
    const { prng, scheduler } = this.machine.network;
    const delayMs = prng.float() * (prng.below(2) === 0 ? 2_000 : 60_000);
    scheduler.after(delayMs, "keep-alive", () => this.denyEverything());
  }

  /** The machine, once it is back, knows nothing of the connection and says so. */
  denyEverything(): void {
    const { peer } = this;
    if (peer === undefined || !peer.isOpen) return;
    if (this.machine.powered) return peer.hearReset("the other side knows nothing of it");
    const { network } = this.machine;
    network.scheduler.after(100, "retransmission", () => this.denyEverything());
  }

  hearBytes(chunk: Uint8Array): void {
    // Bytes for someone who is no longer there are answered with a reset.
    if (this.ending === "closed") return this.sendReset("the other side is closed");
    if (this.ending === "vanished") return this.denyEverything();
    if (!this.isOpen || !this.life.alive) return;
    this.life.scheduler.trace.noteBytes(chunk);
    this.events?.bytes(chunk);
  }

  hearEnd(): void {
    if (!this.isOpen || !this.life.alive || this.peerEnded) return;
    this.peerEnded = true;
    this.closeWhenFlushed();
  }

  hearReset(detail: string): void {
    if (!this.isOpen || !this.life.alive) return;
    this.out.close();
    this.close(failure("ECONNRESET", detail));
  }

  private hearDrained(): void {
    this.life.after(0.001, "drained", () => {
      if (!this.isOpen || this.out.unsentBytes > 0) return;
      if (this.peerEnded) this.closeWhenFlushed();
      else this.events?.drained();
    });
  }

  private closeWhenFlushed(): void {
    const flushed = this.out.unsentBytes === 0;
    this.life.after(flushed ? 0.001 : LINGER_MS, "peer ended", () => {
      if (!this.isOpen) return;
      this.out.abandon();
      this.close(success(null));
    });
  }

  private sendReset(detail: string): void {
    const { peer, machine, peerMachine } = this;
    this.out.close();
    machine.network.travel(machine.name, peerMachine.name, () => peer?.hearReset(detail));
  }

  private close(fault: Outcome<null>): void {
    this.ending = "closed";
    this.fault = fault;
    this.machine.remove(this);
    if (this.events !== undefined) this.tellClosed();
  }

  private tellClosed(): void {
    this.life.after(0.001, "closed", () => {
      const { events } = this;
      this.events = undefined;
      events?.closed(this.fault);
    });
  }
}

export class SimSockets implements Sockets {
  private readonly network: SimNetwork;
  private readonly machine: SimMachine;
  private readonly life: Life;
  private readonly machines: ReadonlyMap<string, SimMachine>;

  /** The port of one process or host on a machine. `machines`: all there are, by name. */
  constructor(life: Life, machine: SimMachine, machines: ReadonlyMap<string, SimMachine>) {
    this.network = machine.network;
    this.machine = machine;
    this.life = life;
    this.machines = machines;
  }

  listen(options: ListenOptions, events: ListenerEvents): Listener {
    const { machine, life } = this;
    const port = options.port === 0 ? machine.freePort() : options.port;
    const listener: OpenListener = { life, shared: options.shared, events };
    const opened = machine.open(port, listener);
    let open = opened;
    const close = (): void => {
      open = false;
      machine.close(port, listener);
    };
    life.onEnd(close);
    life.after(0.05, "listening", () => {
      if (!opened) events.failed(failure("EADDRINUSE", `port ${port} is in use`));
      else if (open) events.listening({ host: options.host, port });
    });
    return {
      close: (done) => {
        close();
        life.after(0.01, "listener closed", done);
      },
    };
  }

  connect(
    to: SocketAddress,
    events: ConnectionEvents & { opened(connection: Connection): void },
  ): void {
    const { machine, network, life } = this;
    const loopback = to.host === "127.0.0.1" || to.host === "localhost";
    const target = loopback ? machine : this.machines.get(to.host);
    if (target === undefined) {
      life.after(1, "no such machine", () =>
        events.closed(failure("EADDRNOTAVAIL", `no machine ${to.host}`)),
      );
      return;
    }
    let waiting = true;
    const settle = (run: () => void): void => {
      if (waiting && life.alive) run();
      waiting = false;
    };
    life.after(CONNECT_TIMEOUT_MS, "connect timeout", () =>
      settle(() => events.closed(failure("timeout", `${to.host}:${to.port} does not answer`))),
    );
    network.travel(machine.name, target.name, () => {
      if (!target.powered || !life.alive) return;
      const listeners = target.listenersOn(to.port);
      const listener = listeners.length === 0 ? undefined : network.prng.pick(listeners);
      const ends = listener === undefined ? undefined : this.join(target, to, listener.life);
      network.travel(target.name, machine.name, () =>
        settle(() => {
          if (ends === undefined) {
            return events.closed(failure("ECONNREFUSED", `nobody listens on ${to.port}`));
          }
          if (ends.ours.isOpen) events.opened(ends.ours);
          ends.ours.tell(events);
        }),
      );
      if (ends !== undefined) ends.theirs.tell(listener!.events.connection(ends.theirs));
    });
  }

  private join(
    target: SimMachine,
    to: SocketAddress,
    theirLife: Life,
  ): { ours: SimConnection; theirs: SimConnection } {
    const { machine, life } = this;
    const from = { host: machine.name, port: machine.freePort() };
    const ours = new SimConnection(life, machine, target, { local: from, remote: to });
    const theirs = new SimConnection(theirLife, target, machine, { local: to, remote: from });
    ours.peer = theirs;
    theirs.peer = ours;
    // Until either side listens, what the other one sends waits.
    ours.out.pause();
    theirs.out.pause();
    return { ours, theirs };
  }
}
