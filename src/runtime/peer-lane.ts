// The streams of one host to other nodes on one lane, whoever of the two has opened them. Several actors
// speak on a stream, each on a channel of its own. One that breaks is opened anew, at growing intervals.
//
// control  One stream for each node. A message for a node to which there is none is lost, and so is one
//          for a node that does not keep up: the actors above know how to say things twice.
// bulk     One stream for each host of a node. Who sends is told when it is full, and when it has room
//          again; what is sent in between waits here. A stream of which too much waits is ended, so that
//          nothing is lost of it without its sender hearing so.
//
// Lives on: host thread.

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { PeerTarget } from "./actor.ts";
import type { Cell } from "./cell.ts";
import type { Host } from "./host.ts";
import { decodePeerMessage, encodePeerMessage } from "./peer-envelope.ts";
import type {
  PeerHello,
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
/** Of what waits behind a full bulk stream, beside what the port has taken. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

/** The channel on which a node is told why it is let go. */
const REFUSED = "refused";
const REFUSAL_MAX = 200;

type Open = {
  readonly hello: PeerHello;
  readonly stream: PeerStream;
  readonly dialled: boolean;
  hasRoom: boolean;
  /** On the bulk lane: what was sent while there was no room. */
  readonly waiting: Uint8Array[];
  waitingBytes: number;
};

type Dialled = {
  readonly target: PeerTarget;
  address: SocketAddress;
  /** The stream to whoever has answered there last; undefined: nobody has, and any may. */
  found: string | undefined;
  /** This very node has answered. */
  isItself: boolean;
  pauseMs: number;
  /** An attempt is under way, or the pause before one. */
  isTrying: boolean;
  timer: TimerHandle | undefined;
  /** Why the last attempt failed; the same is not told of again. */
  fault: string;
};

const deaf: PeerStreamEvents = { message: () => {}, drained: () => {}, closed: () => {} };

/** What actors hear of a lane. */
const casts = {
  control: { opened: "peerOpened", message: "peerMessage", closed: "peerClosed" },
  bulk: { opened: "bulkOpened", message: "bulkMessage", closed: "bulkClosed" },
} as const;

export class PeerLane {
  readonly #host: Host;
  readonly #lane: PeerHello["lane"];
  /** Who this node is, once it has said so. */
  readonly #joined: () => PeersOptions | undefined;
  readonly #open = new Map<string, Open>();
  readonly #dialled = new Map<string, Dialled>();
  readonly #hearers = new Map<string, Cell>();
  /** The disk of the latest node that was refused: it will try again, and is told of once. */
  #refused: string | null | undefined;

  constructor(host: Host, lane: PeerHello["lane"], joined: () => PeersOptions | undefined) {
    this.#host = host;
    this.#lane = lane;
    this.#joined = joined;
  }

  hear(channel: string, hearer: Cell): void {
    this.#hearers.set(channel, hearer);
  }

  hearNoMore(cell: Cell): void {
    for (const [channel, hearer] of this.#hearers) {
      if (hearer === cell) this.#hearers.delete(channel);
    }
  }

  /** Ends all streams, and opens none any more. */
  close(): void {
    for (const { target } of [...this.#dialled.values()]) this.forget(target);
    for (const { stream } of this.#open.values()) stream.close();
    this.#open.clear();
  }

  /** Control has a stream for a node, bulk one for each host of it. */
  #keyOf({ nodeId, hostIndex }: PeerTarget): string {
    return this.#lane === "control" ? `${nodeId}` : `${nodeId}/${hostIndex ?? "any"}`;
  }

  #tell(kind: string, args: unknown, to: Cell): void {
    this.#host.enter(() => this.#host.post.deliverCast(to, kind, args));
  }

  #tellAll(kind: string, { nodeId, hostIndex, directoryId }: PeerHello, detail?: string): void {
    const args = { nodeId, hostIndex, directoryId, ...(detail === undefined ? {} : { detail }) };
    for (const hearer of new Set(this.#hearers.values())) this.#tell(kind, args, hearer);
  }

  // ------------------------------------------------------------ dialling

  dial(target: PeerTarget, address: SocketAddress): void {
    const key = this.#keyOf(target);
    const known = this.#dialled.get(key);
    if (known !== undefined) {
      known.address = address;
      return;
    }
    const { nodeId, hostIndex } = target;
    const isSure = nodeId >= 0 && (this.#lane === "control" || hostIndex !== undefined);
    this.#dialled.set(key, {
      target,
      address,
      found: isSure ? key : undefined,
      isItself: false,
      pauseMs: FIRST_PAUSE_MS,
      isTrying: false,
      timer: undefined,
      fault: "",
    });
    this.#tryToOpen(key);
  }

  forget(target: PeerTarget): void {
    const key = this.#keyOf(target);
    const known = this.#dialled.get(key);
    if (known?.timer !== undefined) this.#host.ports.clock.stopTimer(known.timer);
    this.#dialled.delete(key);
    const open = known?.found === undefined ? undefined : this.#open.get(known.found);
    if (open?.dialled === true) open.stream.close();
  }

  #tryToOpen(key: string): void {
    const joined = this.#joined();
    const known = this.#dialled.get(key);
    if (joined === undefined || known === undefined || known.isTrying || known.isItself) return;
    if (known.found !== undefined && this.#open.has(known.found)) return;
    known.isTrying = true;
    let events: PeerStreamEvents | undefined;
    this.#host.ports.peers.connect(known.address, this.#lane, joined, {
      opened: (hello, stream) => {
        known.isTrying = false;
        events = this.#answered(known, hello, stream, joined);
      },
      message: (bytes) => events?.message(bytes),
      drained: () => events?.drained(),
      closed: (outcome) => {
        const wasTrying = known.isTrying;
        known.isTrying = false;
        events?.closed(outcome);
        if (wasTrying) this.#note(known, outcome);
        this.#openLater(key);
      },
    });
  }

  #answered(
    known: Dialled,
    hello: PeerHello,
    stream: PeerStream,
    { hello: own }: PeersOptions,
  ): PeerStreamEvents {
    const { nodeId: wanted, hostIndex } = known.target;
    if (wanted < 0 && hello.nodeId === own.nodeId) {
      known.isItself = true;
      stream.close();
      return deaf;
    }
    const isNode = wanted < 0 || hello.nodeId === wanted;
    const isHost =
      this.#lane === "control" || hostIndex === undefined || hello.hostIndex === hostIndex;
    if (isNode && isHost) {
      known.found = this.#keyOf(hello);
      return this.#opened(hello, stream, true);
    }
    const found = hello.nodeId;
    const what = isNode ? "another host of the node answers" : "another node answers";
    this.#host.ports.log.write("error", what, { wanted, found, hostIndex: hello.hostIndex });
    stream.close();
    return deaf;
  }

  #note(known: Dialled, outcome: Outcome<null>): void {
    const fault = outcome.ok ? "closed" : `${outcome.fault}: ${outcome.detail}`;
    if (fault === known.fault) return;
    known.fault = fault;
    const { nodeId: peer } = known.target;
    this.#host.ports.log.write("warn", "no stream to node", { peer, lane: this.#lane, fault });
  }

  #openLater(key: string): void {
    const known = this.#dialled.get(key);
    if (known === undefined || known.isTrying || known.timer !== undefined) return;
    const { clock, random } = this.#host.ports;
    const delayMs = known.pauseMs * (0.5 + random.float() / 2);
    known.pauseMs = Math.min(LONGEST_PAUSE_MS, known.pauseMs * 2);
    known.timer = clock.startTimer(delayMs, () => {
      known.timer = undefined;
      this.#tryToOpen(key);
    });
  }

  // ------------------------------------------------------------ streams

  accepted(hello: PeerHello, stream: PeerStream): PeerStreamEvents {
    return this.#opened(hello, stream, false);
  }

  #opened(hello: PeerHello, stream: PeerStream, dialled: boolean): PeerStreamEvents {
    const { nodeId, directoryId } = hello;
    const own = this.#joined()?.hello.nodeId;
    const open: Open = { hello, stream, dialled, hasRoom: true, waiting: [], waitingBytes: 0 };
    const key = this.#keyOf(hello);
    const there = this.#open.get(key);
    if (own === undefined || nodeId === own || this.#open.size >= STREAMS_MAX) {
      return this.#refuse(hello, stream);
    }
    if (there !== undefined && there.hello.directoryId !== directoryId) {
      return this.#refuse(hello, stream);
    }
    // Both may have dialled: both keep that of the lower number. One that comes again has restarted.
    const isOurs = (each: Open): boolean => each.dialled === own < nodeId;
    if (there !== undefined && there.dialled !== dialled && isOurs(there)) stream.close();
    else {
      this.#open.set(key, open);
      there?.stream.close();
      this.#tellAll(casts[this.#lane].opened, hello);
    }
    return {
      message: (bytes) => this.#message(open, bytes),
      drained: () => this.#drained(open),
      closed: (outcome) => this.#closed(open, outcome),
    };
  }

  /**
   * It has this node's own number, or that of a node which is here already with another disk: one of the
   * two is configured wrongly, and the one that was here first is left in peace.
   */
  #refuse({ nodeId, directoryId }: PeerHello, stream: PeerStream): PeerStreamEvents {
    const own = this.#joined()?.hello;
    const isItself =
      nodeId === own?.nodeId && directoryId === own.directoryId && directoryId !== null;
    // A list of addresses may have its own among them.
    if (!isItself) {
      const why = `node ${nodeId} is here already, with another disk`;
      stream.send(encodePeerMessage([REFUSED, why]));
      const fields = { peer: nodeId, directoryId };
      if (this.#refused !== directoryId) {
        this.#host.ports.log.write("error", "a node of a number that is taken is refused", fields);
      }
      this.#refused = directoryId;
    }
    stream.close();
    return deaf;
  }

  #message({ hello, stream }: Open, bytes: Uint8Array): void {
    const { nodeId, hostIndex, directoryId } = hello;
    const decoded = decodePeerMessage(bytes);
    const said = decoded.ok ? decoded.value : undefined;
    if (Array.isArray(said) && said[0] === REFUSED) return this.#onRefused(hello, said[1]);
    this.#isHeard(hello);
    if (Array.isArray(said) && typeof said[0] === "string" && said.length === 2) {
      const hearer = this.#hearers.get(said[0]);
      const message: unknown = said[1];
      const args = { nodeId, hostIndex, directoryId, message };
      // Nobody is there yet, or it is a channel of a later release.
      if (hearer !== undefined) this.#tell(casts[this.#lane].message, args, hearer);
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
  #isHeard(hello: PeerHello): void {
    const key = this.#keyOf(hello);
    for (const known of this.#dialled.values()) {
      if (known.found !== key) continue;
      known.pauseMs = FIRST_PAUSE_MS;
      known.fault = "";
    }
  }

  #onRefused(hello: PeerHello, said: unknown): void {
    const key = this.#keyOf(hello);
    const known = [...this.#dialled.values()].find(({ found }) => found === key);
    const why = typeof said === "string" ? said.slice(0, REFUSAL_MAX) : "";
    if (known === undefined || known.fault === why) return;
    known.fault = why;
    this.#host.ports.log.write("error", "refused by a node", { by: hello.nodeId, why });
  }

  #closed(open: Open, outcome: Outcome<null>): void {
    const key = this.#keyOf(open.hello);
    if (this.#open.get(key) !== open) return;
    this.#open.delete(key);
    const detail = outcome.ok ? "closed" : outcome.detail;
    this.#tellAll(casts[this.#lane].closed, open.hello, detail);
    for (const [dialled, { found }] of this.#dialled) {
      if (found === key) this.#openLater(dialled);
    }
  }

  // ------------------------------------------------------------ sending

  send(sender: Cell, target: PeerTarget, message: unknown): void {
    const open = this.#find(target);
    if (this.#lane === "control") {
      if (open?.hasRoom === true) open.hasRoom = open.stream.send(encodePeerMessage(message));
      return;
    }
    if (open === undefined) {
      const { nodeId, hostIndex = -1 } = target;
      const args = { nodeId, hostIndex, directoryId: null, detail: "there is no stream" };
      return this.#tell(casts.bulk.closed, args, sender);
    }
    const bytes = encodePeerMessage(message);
    if (open.hasRoom) this.#sendNow(open, bytes);
    else this.#keep(open, bytes);
  }

  /** Of several hosts of a node, where any will do, the first that there is a stream to. */
  #find(target: PeerTarget): Open | undefined {
    if (this.#lane === "control" || target.hostIndex !== undefined) {
      return this.#open.get(this.#keyOf(target));
    }
    for (const open of this.#open.values()) {
      if (open.hello.nodeId === target.nodeId) return open;
    }
    return undefined;
  }

  #sendNow(open: Open, bytes: Uint8Array): void {
    open.hasRoom = open.stream.send(bytes);
    if (!open.hasRoom) this.#tellAll("bulkFull", open.hello);
  }

  #keep(open: Open, bytes: Uint8Array): void {
    open.waiting.push(bytes);
    open.waitingBytes += bytes.length;
    if (open.waitingBytes <= WAITING_BYTES_MAX) return;
    open.waiting.length = 0;
    open.stream.close();
    this.#closed(open, failure("tooLarge", `more than ${WAITING_BYTES_MAX} bytes wait`));
  }

  #drained(open: Open): void {
    open.hasRoom = true;
    if (this.#lane === "control" || this.#open.get(this.#keyOf(open.hello)) !== open) return;
    while (open.hasRoom && open.waiting.length > 0) {
      const bytes = open.waiting.shift()!;
      open.waitingBytes -= bytes.length;
      open.hasRoom = open.stream.send(bytes);
    }
    if (open.hasRoom) this.#tellAll("bulkDrained", open.hello);
  }
}
