// The streams of one host to other nodes, on behalf of the actor that owns them: one control stream for
// each node, whoever of the two has opened it. Several actors speak on it, each on a channel of its own. One that breaks is opened anew, at growing intervals. A
// message for a node to which there is none is lost, and so is one for a node that does not keep up: the
// actors above know how to say things twice.
//
// Lives on: host thread.

import type { Outcome } from "../base/outcome.ts";
import type { PeerCommand } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Host } from "./host.ts";
import { decodePeerMessage, encodePeerMessage, PEER_MESSAGE_BYTES_MAX } from "./peer-envelope.ts";
import type {
  PeerHello,
  PeerIdentity,
  PeersOptions,
  PeerStream,
  PeerStreamEvents,
  SocketAddress,
  TimerHandle,
} from "./ports.ts";

/** Between two attempts to open a stream; each may be half as long, by chance. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;
/** Streams that others may open to this node. */
const STREAMS_MAX = 1000;

/** The channel on which a node is told why it is let go. */
const REFUSED = "refused";
const REFUSAL_MAX = 200;

type Open = {
  readonly hello: PeerHello;
  readonly stream: PeerStream;
  readonly dialled: boolean;
  hasRoom: boolean;
};

type Dialled = {
  address: SocketAddress;
  /** The node that has answered there last, where any may. */
  found: number;
  pauseMs: number;
  /** An attempt is under way, or the pause before one. */
  isTrying: boolean;
  timer: TimerHandle | undefined;
  /** Why the last attempt failed; the same is not told of again. */
  fault: string;
};

type Joined = { readonly owner: Cell; readonly options: PeersOptions; close(): void };

export class PeerLinks {
  readonly #host: Host;
  readonly #open = new Map<number, Open>();
  readonly #dialled = new Map<number, Dialled>();
  readonly #hearers = new Map<string, Cell>();
  #joined: Joined | undefined;
  /** The disk of the latest node that was refused: it will try again, and is told of once. */
  #refused: string | null | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  carryOut(owner: Cell, command: PeerCommand): void {
    switch (command.do) {
      case "join":
        return this.#join(owner, command.hello, command.listen);
      case "dial":
        return this.#dial(command.nodeId, command.address);
      case "forget":
        return this.#forget(command.nodeId);
      case "hear":
        return void this.#hearers.set(command.channel, owner);
      case "send":
        return this.#send(command.nodeId, [command.channel, command.message]);
    }
  }

  /** All streams end with the actor that owns them. */
  release(owner: Cell): void {
    for (const [channel, hearer] of this.#hearers) {
      if (hearer === owner) this.#hearers.delete(channel);
    }
    if (this.#joined?.owner !== owner) return;
    this.#joined.close();
    this.#joined = undefined;
    for (const nodeId of [...this.#dialled.keys()]) this.#forget(nodeId);
    for (const { stream } of this.#open.values()) stream.close();
    this.#open.clear();
  }

  #join(owner: Cell, hello: PeerIdentity, address: SocketAddress): void {
    const options = { hello, messageBytesMax: PEER_MESSAGE_BYTES_MAX };
    const listener = this.#host.ports.peers.listen(address, options, {
      listening: (bound) => this.#tell("peersListening", { address: bound }),
      failed: (fault) => this.#tell("peersFailed", { fault }),
      accepted: (theirs, stream) => this.#opened(theirs, stream, false),
    });
    this.#joined = { owner, options, close: () => listener.close(() => {}) };
  }

  #tell(kind: string, args: unknown, to = this.#joined?.owner): void {
    if (to !== undefined) this.#host.enter(() => this.#host.post.deliverCast(to, kind, args));
  }

  #tellAll(kind: string, args: unknown): void {
    for (const hearer of new Set(this.#hearers.values())) this.#tell(kind, args, hearer);
  }

  // ------------------------------------------------------------ dialling

  #dial(nodeId: number, address: SocketAddress): void {
    const known = this.#dialled.get(nodeId);
    if (known !== undefined) {
      known.address = address;
      return;
    }
    this.#dialled.set(nodeId, {
      address,
      found: nodeId,
      pauseMs: FIRST_PAUSE_MS,
      isTrying: false,
      timer: undefined,
      fault: "",
    });
    this.#tryToOpen(nodeId);
  }

  #forget(nodeId: number): void {
    const known = this.#dialled.get(nodeId);
    if (known?.timer !== undefined) this.#host.ports.clock.stopTimer(known.timer);
    this.#dialled.delete(nodeId);
    const open = this.#open.get(nodeId);
    if (open?.dialled === true) open.stream.close();
  }

  #tryToOpen(nodeId: number): void {
    const joined = this.#joined;
    const known = this.#dialled.get(nodeId);
    if (joined === undefined || known === undefined || known.isTrying) return;
    const self = joined.options.hello.nodeId;
    if (this.#open.has(known.found) || known.found === self) return;
    known.isTrying = true;
    let events: PeerStreamEvents | undefined;
    this.#host.ports.peers.connect(known.address, "control", joined.options, {
      opened: (hello, stream) => {
        known.isTrying = false;
        if (nodeId < 0) known.found = hello.nodeId;
        if (nodeId < 0 && hello.nodeId === self) stream.close();
        else if (nodeId < 0 || hello.nodeId === nodeId) events = this.#opened(hello, stream, true);
        else this.#wrongNode(nodeId, hello.nodeId, stream);
      },
      message: (bytes) => events?.message(bytes),
      drained: () => events?.drained(),
      closed: (outcome) => {
        const wasTrying = known.isTrying;
        known.isTrying = false;
        events?.closed(outcome);
        if (wasTrying) this.#note(nodeId, known, outcome);
        this.#openLater(nodeId);
      },
    });
  }

  #wrongNode(wanted: number, found: number, stream: PeerStream): void {
    this.#host.ports.log.write("error", "another node answers", { wanted, found });
    stream.close();
  }

  #note(nodeId: number, known: Dialled, outcome: Outcome<null>): void {
    const fault = outcome.ok ? "closed" : `${outcome.fault}: ${outcome.detail}`;
    if (fault === known.fault) return;
    known.fault = fault;
    this.#host.ports.log.write("warn", "no stream to node", { peer: nodeId, fault });
  }

  #openLater(nodeId: number): void {
    const known = this.#dialled.get(nodeId);
    if (known === undefined || known.isTrying || known.timer !== undefined) return;
    const { clock, random } = this.#host.ports;
    const delayMs = known.pauseMs * (0.5 + random.float() / 2);
    known.pauseMs = Math.min(LONGEST_PAUSE_MS, known.pauseMs * 2);
    known.timer = clock.startTimer(delayMs, () => {
      known.timer = undefined;
      this.#tryToOpen(nodeId);
    });
  }

  // ------------------------------------------------------------ streams

  #opened(hello: PeerHello, stream: PeerStream, dialled: boolean): PeerStreamEvents {
    const { nodeId, directoryId } = hello;
    const self = this.#joined?.options.hello.nodeId;
    const open: Open = { hello, stream, dialled, hasRoom: true };
    const there = this.#open.get(nodeId);
    if (self === undefined || nodeId === self || this.#open.size >= STREAMS_MAX) {
      return this.#refuse(nodeId, directoryId, stream);
    }
    if (there !== undefined && there.hello.directoryId !== directoryId) {
      return this.#refuse(nodeId, directoryId, stream);
    }
    // Both may have dialled: both keep that of the lower number. One that comes again has restarted.
    const isOurs = (each: Open): boolean => each.dialled === self < nodeId;
    if (there !== undefined && there.dialled !== dialled && isOurs(there)) stream.close();
    else {
      this.#open.set(nodeId, open);
      there?.stream.close();
      this.#tellAll("peerOpened", { nodeId, directoryId });
    }
    return {
      message: (bytes) => this.#message(open, bytes),
      drained: () => {
        open.hasRoom = true;
      },
      closed: (outcome) => this.#closed(open, outcome),
    };
  }

  /**
   * It has this node's own number, or that of a node which is here already with another disk: one of the
   * two is configured wrongly, and the one that was here first is left in peace.
   */
  #refuse(nodeId: number, directoryId: string | null, stream: PeerStream): PeerStreamEvents {
    const fields = { peer: nodeId, directoryId };
    const own = this.#joined?.options.hello;
    const isItself =
      nodeId === own?.nodeId && directoryId === own.directoryId && directoryId !== null;
    // A list of addresses may have its own among them.
    if (isItself) {
      stream.close();
      return { message: () => {}, drained: () => {}, closed: () => {} };
    }
    const why = `node ${nodeId} is here already, with another disk`;
    stream.send(encodePeerMessage([REFUSED, why]));
    if (this.#refused !== directoryId) {
      this.#host.ports.log.write("error", "a node of a number that is taken is refused", fields);
    }
    this.#refused = directoryId;
    stream.close();
    return { message: () => {}, drained: () => {}, closed: () => {} };
  }

  #message({ hello, stream }: Open, bytes: Uint8Array): void {
    const { nodeId, directoryId } = hello;
    const decoded = decodePeerMessage(bytes);
    const said = decoded.ok ? decoded.value : undefined;
    if (Array.isArray(said) && said[0] === REFUSED) return this.#onRefused(nodeId, said[1]);
    this.#isHeard(nodeId);
    if (Array.isArray(said) && typeof said[0] === "string" && said.length === 2) {
      const hearer = this.#hearers.get(said[0]);
      const message: unknown = said[1];
      // Nobody is there yet, or it is a channel of a later release.
      if (hearer !== undefined) this.#tell("peerMessage", { nodeId, directoryId, message }, hearer);
      return;
    }
    const detail = decoded.ok ? "it names no channel" : decoded.detail;
    this.#host.ports.log.write("error", "a node says what makes no sense", {
      peer: nodeId,
      detail,
    });
    stream.close();
  }

  /** Only one that is spoken with may be dialled again at once. */
  #isHeard(nodeId: number): void {
    for (const known of this.#dialled.values()) {
      if (known.found !== nodeId) continue;
      known.pauseMs = FIRST_PAUSE_MS;
      known.fault = "";
    }
  }

  #onRefused(nodeId: number, said: unknown): void {
    const known = [...this.#dialled.values()].find(({ found }) => found === nodeId);
    const why = typeof said === "string" ? said.slice(0, REFUSAL_MAX) : "";
    if (known === undefined || known.fault === why) return;
    known.fault = why;
    this.#host.ports.log.write("error", "refused by a node", { by: nodeId, why });
  }

  #closed(open: Open, outcome: Outcome<null>): void {
    const { nodeId } = open.hello;
    if (this.#open.get(nodeId) !== open) return;
    this.#open.delete(nodeId);
    this.#tellAll("peerClosed", { nodeId, detail: outcome.ok ? "closed" : outcome.detail });
    for (const [dialled, { found }] of this.#dialled) {
      if (found === nodeId) this.#openLater(dialled);
    }
  }

  #send(nodeId: number, message: unknown): void {
    const open = this.#open.get(nodeId);
    if (open === undefined || !open.hasRoom) return;
    open.hasRoom = open.stream.send(encodePeerMessage(message));
  }
}
