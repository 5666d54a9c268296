// The ports: everything a node may learn from or do to the outside world. Each has a real adapter
// and a seeded twin in sim/ under the same file name, and one contract suite in test/contract/ runs
// against both. No other code may reach a clock, a random number, a file, a socket or a thread.
//
// Callbacks given to a port are never called before the call that passed them has returned.
//
// Lives on: anywhere (types only).

import type { Outcome } from "../base/outcome.ts";

// ---------------------------------------------------------------- Clock

export type TimerHandle = { readonly timer: unknown };

export interface Clock {
  /** Milliseconds since 1970; may jump either way. For record timestamps and retention only. */
  wallMs(): number;
  /** Milliseconds since some start, with a fraction; never goes back. For every deadline. */
  monotonicMs(): number;
  /** Calls `fire` once, late by any amount but never early. */
  startTimer(delayMs: number, fire: () => void): TimerHandle;
  stopTimer(handle: TimerHandle): void;
  /** Calls `run` once the events that are already waiting have had their turn. */
  soon(run: () => void): void;
}

// ---------------------------------------------------------------- Random

export interface Random {
  /** Uniform in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1). */
  float(): number;
  /** Fresh bytes, fit for ids and nonces. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

// ---------------------------------------------------------------- Disk

export type DirectoryEntry = {
  readonly name: string;
  readonly isDirectory: boolean;
  /** 0 for directories. */
  readonly sizeBytes: number;
};

/**
 * The raw operations of a file system. Files are addressed by path; an adapter keeps its own bounded
 * cache of open descriptors. Nothing is durable before `datasync` (content) and `syncDirectory`
 * (names) have succeeded. Paths are absolute, or relative to whatever root the adapter was given.
 */
export type DiskOperations = {
  /** Makes an empty file. EEXIST when it is there. */
  create: { args: { path: string }; result: null };
  /** Writes all chunks at `position`. The result may be short (disk full); then the rest did not
   * happen and the next write will tell why. Never creates a file. */
  write: {
    args: { path: string; position: number; chunks: readonly Uint8Array[] };
    result: { bytesWritten: number };
  };
  /** Up to `length` bytes in an ArrayBuffer of their own; fewer only at the end of the file. */
  read: {
    args: { path: string; position: number; length: number };
    result: Uint8Array<ArrayBuffer>;
  };
  size: { args: { path: string }; result: number };
  /** Makes the file's content durable. After one EIO the file must be taken for damaged: the
   * kernel has marked its pages clean and a second call would lie. */
  datasync: { args: { path: string }; result: null };
  truncate: { args: { path: string; size: number }; result: null };
  rename: { args: { from: string; to: string }; result: null };
  unlink: { args: { path: string }; result: null };
  /** Sorted by name (UTF-16 code units), so that the order never depends on the system. */
  list: { args: { path: string }; result: readonly DirectoryEntry[] };
  /** Makes missing parents too; no error when it is there. */
  makeDirectory: { args: { path: string }; result: null };
  /** ENOTEMPTY when it holds anything. */
  removeDirectory: { args: { path: string }; result: null };
  /** Makes creations, renames and removals of the directory's names durable. */
  syncDirectory: { args: { path: string }; result: null };
  space: { args: { path: string }; result: { totalBytes: number; freeBytes: number } };
};

export type DiskOperation = keyof DiskOperations;
export type DiskArgs<K extends DiskOperation> = DiskOperations[K]["args"];
export type DiskResult<K extends DiskOperation> = DiskOperations[K]["result"];
export type DiskRequest = {
  [K in DiskOperation]: { readonly operation: K; readonly args: DiskArgs<K> };
}[DiskOperation];

export interface Disk {
  /**
   * Starts an operation. Operations that an adapter carries out on the spot return their outcome;
   * the others return `undefined` and call `done` later, exactly once. Operations on one path take
   * effect in the order they were submitted; a read alone may pass writes, and sees of them what it sees.
   */
  submit(
    request: DiskRequest,
    done: (outcome: Outcome<unknown>) => void,
  ): Outcome<unknown> | undefined;
  /**
   * Somebody will not look at this buffer again. If it came from a `read` of this disk, and everyone who
   * holds it has said so, it may serve a later read; any other is ignored.
   */
  recycle?(buffer: ArrayBuffer): void;
  /** One more holds it than the one who read: `recycle` will be called once more. */
  retain?(buffer: ArrayBuffer): void;
}

// ---------------------------------------------------------------- Sockets

export type SocketAddress = { readonly host: string; readonly port: number };

export type ListenOptions = SocketAddress & {
  /** Several hosts of this node listen on the same address; the system spreads connections. */
  readonly shared: boolean;
  readonly backlog?: number;
};

export interface ConnectionEvents {
  /** The chunk is the receiver's to keep; the adapter will not touch it again. */
  bytes(chunk: Uint8Array): void;
  /** All that was written has left for the system, after `bufferedBytes` had been above zero. */
  drained(): void;
  /** Heard exactly once, last of all. No fault: the other side ended it in good order. */
  closed(fault: Outcome<null>): void;
}

export interface Connection {
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  /** Bytes written that have not yet left for the system. */
  bufferedBytes(): number;
  /** The chunks are read until they have left: nobody may change them from now on. */
  write(chunks: readonly Uint8Array[]): void;
  pause(): void;
  resume(): void;
  /** Sends what is buffered, then ends. */
  end(): void;
  /** Ends at once; what is buffered is lost. */
  destroy(): void;
}

export interface ListenerEvents {
  listening(address: SocketAddress): void;
  failed(fault: Outcome<never>): void;
  /** Returns whom to tell of the connection's events. */
  connection(connection: Connection): ConnectionEvents;
}

export interface Listener {
  /** Accepts no more; connections already there stay. */
  close(done: () => void): void;
}

export interface Sockets {
  listen(options: ListenOptions, events: ListenerEvents): Listener;
  /** `opened` or `events.closed` is heard, never both first. */
  connect(
    to: SocketAddress,
    events: ConnectionEvents & { opened(connection: Connection): void },
  ): void;
}

// ---------------------------------------------------------------- Links between hosts of a node

/**
 * What crosses between two hosts: a msgpack head that describes the messages of one flush, and the
 * byte blobs these messages point at. `transfer` lists buffers that leave the sender for good.
 */
export type Envelope = {
  readonly head: Uint8Array;
  readonly blobs: readonly Uint8Array[];
  readonly transfer: readonly ArrayBuffer[];
};

/** A host's door to the other hosts of its node. First in, first out per pair of hosts. */
export interface Links {
  readonly hostIndex: number;
  /** How many hosts place actors by their keys; fixed for the node's life. */
  readonly hostCount: number;
  /** Where actors live that must not wait for the others: a host of their own behind those, or the first. */
  readonly asideIndex: number;
  /** Whether the other host is up. To a host that is down `post` does nothing. */
  isUp(hostIndex: number): boolean;
  post(hostIndex: number, envelope: Envelope): void;
  /** Called once by the host before anything can arrive. */
  subscribe(events: LinkEvents): void;
}

export interface LinkEvents {
  envelope(fromHost: number, envelope: Pick<Envelope, "head" | "blobs">): void;
  /** The other host ended: what was asked of it and not answered never will be. */
  down(hostIndex: number): void;
  up(hostIndex: number): void;
}

// ---------------------------------------------------------------- Threads

/** Why a host is no more. `escaped`: an exception left an actor. `assertion`: a bug, stop the node. */
export type HostEnd = {
  readonly kind: "stopped" | "escaped" | "assertion" | "crashed";
  readonly detail: string;
};

export type HostStats = {
  readonly actors: number;
  readonly mailboxMessages: number;
  readonly mailboxBytes: number;
  readonly pendingCalls: number;
  readonly messagesHandled: number;
};

/**
 * The control plane of one running host, as the supervisor sees it. Callbacks and not promises, so
 * that the simulator's heap alone decides what happens next; the real adapter has Comlink inside.
 */
export interface HostThread {
  /** Lets the host's actors finish within `drainMs`, then stops it; `ended` is heard as well. */
  stop(drainMs: number, done: () => void): void;
  stats(done: (stats: Outcome<HostStats>) => void): void;
  /** A question to the composition inside the host (node.ts): plain data both ways. */
  request(name: string, args: unknown, done: (outcome: Outcome<unknown>) => void): void;
}

/** What a host module hands to the Threads adapter: the same control plane, seen from inside. */
export interface RunningHost {
  start(): void;
  stop(drainMs: number, done: () => void): void;
  stats(): HostStats;
  request(name: string, args: unknown, done: (outcome: Outcome<unknown>) => void): void;
}

/** `ended`: called by the host at most once, when an exception left an actor or it was stopped. */
export type HostEvents = { ended(end: HostEnd): void; stopNode(reason: string): void };

/**
 * Runs hosts. A worker-thread pool, the main thread itself (inline), or the simulator. The adapter
 * knows how to build a host from its `settings` (plain data) and wires its `Links` to the others'.
 */
export interface Threads {
  start(hostIndex: number, settings: unknown, events: { ready(): void } & HostEvents): HostThread;
  /** Frees whatever was kept for starting hosts. After every host has ended. */
  close(done: () => void): void;
}

// ---------------------------------------------------------------- Jobs

/** A pure function of bytes, run elsewhere. What its name stands for: runtime/jobs.ts. */
export type Job = {
  readonly name: string;
  readonly input: Uint8Array;
  readonly options: Readonly<Record<string, number | string | boolean>>;
};

export interface Jobs {
  run(job: Job, done: (outcome: Outcome<Uint8Array>) => void): void;
}

// ---------------------------------------------------------------- Peers: other nodes

export interface PeerStreamEvents {
  message(bytes: Uint8Array): void;
  /** May send again after `send` had returned false. */
  drained(): void;
  closed(fault: Outcome<null>): void;
}

export interface PeerStream {
  /** False: above the high-water mark; it was taken, but wait for `drained`. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}

/** Who a node is. */
export type PeerIdentity = {
  readonly clusterId: string;
  readonly nodeId: number;
  /** The disk it has; null when it does not say. */
  readonly directoryId: string | null;
};

export type PeerLaneName = "control" | "bulk";

/** What each side tells of itself before anything else. A wrong cluster is refused. */
export type PeerHello = PeersOptions["hello"] & { readonly lane: PeerLaneName };

export interface PeersOptions {
  /** Who the node is, and which of its hosts this is. */
  readonly hello: PeerIdentity & { readonly hostIndex: number };
  readonly messageBytesMax: number;
}

export interface Peers {
  listen(
    address: SocketAddress,
    options: PeersOptions,
    events: {
      listening(address: SocketAddress): void;
      failed(fault: Outcome<never>): void;
      accepted(hello: PeerHello, stream: PeerStream): PeerStreamEvents;
    },
  ): { close(done: () => void): void };
  /** `opened` or `events.closed` is heard, never both first. */
  connect(
    to: SocketAddress,
    lane: PeerHello["lane"],
    options: PeersOptions,
    events: PeerStreamEvents & { opened(hello: PeerHello, stream: PeerStream): void },
  ): void;
}

// ---------------------------------------------------------------- Log

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";
/** One structured event. In production pino writes it; in the simulator it is a line of the trace. */
export interface Log {
  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void;
}

/** What one host is given. */
export type HostPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly sockets: Sockets;
  readonly links: Links;
  readonly jobs: Jobs;
  readonly peers: Peers;
  readonly log: Log;
};
