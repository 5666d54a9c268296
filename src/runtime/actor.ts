// The whole actor contract. An actor is a synchronous state machine: it takes one message, changes
// its own state, and writes what must happen next into its outbox. It never awaits, reads a clock or
// opens a file. The host carries the outbox out after the handler has returned, in the order written:
// on a worker thread, on the main thread, or inside the simulator. All run the same actor code.
//
// Lives on: anywhere (types and two tiny helpers).

import type { Outcome } from "../base/outcome.ts";
import type {
  ListenOptions,
  LogLevel,
  PeerIdentity,
  PeerLaneName,
  SocketAddress,
} from "./ports.ts";
import type { Routine } from "./routine.ts";

/** A `Call` is answered exactly once; a `Cast` never. A protocol names everything an actor hears. */
export type Call<Args, Reply> = { readonly args: Args; readonly reply: Reply };
export type Cast<Args> = { readonly args: Args; readonly reply?: never };
// The one place where message types are erased: every use of a protocol names its own.
// eslint-disable-next-line typescript/no-explicit-any
export type Protocol = Readonly<Record<string, Call<any, any> | Cast<any>>>;

export type Calls<P> = { [K in keyof P]: P[K] extends { reply: unknown } ? K : never }[keyof P] &
  string;
export type Casts<P> = Exclude<keyof P & string, Calls<P>>;
/** The casts of `P` that can hold a `T`: where an outcome may be sent. */
export type CastsTaking<P extends Protocol, T> = {
  [K in Casts<P>]: [T] extends [P[K]["args"]] ? K : never;
}[Casts<P>];
export type ArgsOf<P extends Protocol, K extends keyof P> = P[K]["args"];
export type ReplyOf<P extends Protocol, K extends keyof P> = P[K]["reply"];

/** An address, not a pointer: plain data that survives msgpack, restarts and a change of host. */
export type ActorRef<P extends Protocol> = {
  readonly kind: string;
  readonly key: string;
  readonly protocol?: P;
};

/** The right to answer one call: now, or many messages later. Plain data. */
export type ReplyTo<R> = { readonly host: number; readonly callId: number; readonly reply?: R };

/** Names a kind for `spawn`, so that its messages.ts is all one needs to know to create one. */
export type Spawnable<Settings> = { readonly kind: string; readonly settings?: Settings };

/** Everything an actor may cause, carried out in the order written. */
export interface Outbox<Self extends Protocol> {
  readonly self: ActorRef<Self>;
  /** The index of the host this actor lives on, and how many there are. */
  readonly hostIndex: number;
  readonly hostCount: number;

  tell<P extends Protocol, K extends Casts<P>>(to: ActorRef<P>, kind: K, args: ArgsOf<P, K>): void;
  /** The outcome comes back as the cast `into`, beside the plain-data `context`. */
  ask<P extends Protocol, K extends Calls<P>, C>(
    to: ActorRef<P>,
    kind: K,
    args: ArgsOf<P, K>,
    options: {
      timeoutMs: number;
      context: C;
      into: CastsTaking<Self, { outcome: Outcome<ReplyOf<P, K>>; context: C }>;
    },
  ): void;
  reply<R>(to: ReplyTo<R>, value: R): void;
  /**
   * Hands a call that this actor holds on to another actor of this host, which answers it instead.
   * Its asker sees no difference; if nobody is there, it hears so.
   */
  pass<P extends Protocol, K extends Calls<P>>(
    to: ActorRef<P>,
    kind: K,
    args: ArgsOf<P, K>,
    replyTo: ReplyTo<ReplyOf<P, K>>,
  ): void;

  /**
   * Runs a generator over as many turns as it needs (routine.ts). Each step is a turn of this actor:
   * nothing else of the actor runs meanwhile, anything may run between two steps. Without `into` a
   * fault that leaves the routine is an exception that escapes the actor.
   */
  run<T, C>(
    routine: Routine<T>,
    options: { context: C; into: CastsTaking<Self, { outcome: Outcome<T>; context: C }> },
  ): void;
  run(routine: Routine<void>): void;

  /** Starting a timer under a name already running replaces it. Late at most, never early. */
  startTimer<K extends Casts<Self>>(
    name: string,
    delayMs: number,
    kind: K,
    args: ArgsOf<Self, K>,
  ): void;
  stopTimer(name: string): void;

  /** Creates the actor on this host (its placement must say so). No effect if it is there. */
  spawn<Settings>(kind: Spawnable<Settings>, key: string, settings: NoInfer<Settings>): void;
  /** Ends an actor of this host; calls it still holds hear `stopped`, its routines end. */
  stopActor(ref: ActorRef<Protocol>): void;

  /** Sockets, for the actor that owns a listener (the front door). Events arrive as `SocketCasts`. */
  socket(command: SocketCommand): void;

  /** Other nodes, for the actor that speaks to them. Events arrive as `PeerCasts`. */
  peer(command: PeerCommand): void;

  /**
   * Says that `buffer` is owned by this actor alone and reaches others as `views` byte blobs at
   * most. When all of them go to one other host in one flush, the buffer is moved instead of copied.
   */
  giveAway(buffer: ArrayBuffer, views: number): void;

  log(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>>): void;
  /** Stops the whole node: for what no restart can mend. The reason is logged as fatal. */
  stopNode(reason: string): void;
}

/** What a socket-owning actor may do. Connection ids are unique within the host's life. */
export type SocketCommand =
  | { readonly do: "listen"; readonly listener: string; readonly options: ListenOptions }
  | { readonly do: "unlisten"; readonly listener: string }
  | {
      readonly do: "write";
      readonly connectionId: number;
      readonly chunks: readonly Uint8Array[];
      /** `connectionBuffered` is heard in any case. */
      readonly isTold?: boolean;
    }
  | { readonly do: "pause" | "resume" | "end" | "destroy"; readonly connectionId: number };

/** What it hears. Mix into its protocol. */
export type SocketCasts = {
  listenerOpened: Cast<{ listener: string; address: SocketAddress }>;
  listenerFailed: Cast<{ listener: string; fault: Outcome<never> }>;
  connectionOpened: Cast<{
    connectionId: number;
    listener: string;
    remote: SocketAddress;
    local: SocketAddress;
  }>;
  bytesReceived: Cast<{ connectionId: number; bytes: Uint8Array }>;
  /**
   * Heard after each write that could not leave at once, or that asked for it: how much of what was
   * written is waiting.
   */
  connectionBuffered: Cast<{ connectionId: number; bufferedBytes: number }>;
  /** All of it has left. */
  connectionDrained: Cast<{ connectionId: number }>;
  connectionClosed: Cast<{ connectionId: number; fault: Outcome<null> }>;
};

/**
 * Which node a stream goes to. On the bulk lane every host has streams of its own, and so it may matter
 * which host is at the other end; left out: whichever answers.
 */
export type PeerTarget = { readonly nodeId: number; readonly hostIndex?: number };
type OnLane = { readonly lane: PeerLaneName };

/**
 * What the actor that speaks to other nodes may do. The control lane is for what is small and can be
 * said again: a message is lost when there is no stream, or too much waits in it. The bulk lane is for
 * what is large: it has an end of its own on every host, loses nothing without saying so, and says when
 * it is full (`BulkCasts`).
 */
export type PeerCommand =
  /** Says who this node is, and listens for others on both lanes; null: only dials. Once per host. */
  | { readonly do: "join"; readonly hello: PeerIdentity; readonly listen: SocketAddress | null }
  /** What is said on the channel is for this actor, as is which streams there are. */
  | (OnLane & { readonly do: "hear"; readonly channel: string })
  /**
   * Keeps a stream to the node: opened anew whenever it breaks, until it is forgotten. A negative
   * number stands for whichever node answers there.
   */
  | (OnLane & PeerTarget & { readonly do: "dial"; readonly address: SocketAddress })
  | (OnLane & PeerTarget & { readonly do: "forget" })
  | (OnLane &
      PeerTarget & {
        readonly do: "send";
        readonly channel: string;
        readonly message: unknown;
      });

/** What it hears. Mix into its protocol. A message is whatever the other node has sent. */
export type PeerCasts = {
  peersListening: Cast<{ address: SocketAddress }>;
  peersFailed: Cast<{ fault: Outcome<never> }>;
  peerOpened: Cast<{ nodeId: number; directoryId: string | null }>;
  peerMessage: Cast<{ nodeId: number; directoryId: string | null; message: unknown }>;
  peerClosed: Cast<{ nodeId: number; detail: string }>;
};

type BulkPeer = { nodeId: number; hostIndex: number; directoryId: string | null };

/** What is heard on the bulk lane. Messages arrive once and in the order sent, as long as the stream is there. */
export type BulkCasts = {
  bulkOpened: Cast<BulkPeer>;
  bulkMessage: Cast<BulkPeer & { message: unknown }>;
  /**
   * To be heeded: what is sent before `bulkDrained` waits on this host, and when that is too much the
   * stream is ended.
   */
  bulkFull: Cast<BulkPeer>;
  bulkDrained: Cast<BulkPeer>;
  /**
   * What was sent and not answered may not have arrived. Heard as well by who sends where there is no
   * stream, with host -1 where any was meant.
   */
  bulkClosed: Cast<BulkPeer & { detail: string }>;
};

/** One method per message, so a missing handler does not compile: `produce` needs `onProduce`. */
export type Handlers<P extends Protocol> = {
  [K in keyof P & string as `on${Capitalize<K>}`]: P[K] extends { reply: infer R }
    ? (args: P[K]["args"], replyTo: ReplyTo<R>) => void
    : (args: P[K]["args"]) => void;
};

/** The only time and the only chance an actor can see. The simulator seeds both. */
export type World = {
  /** Wall clock, for record timestamps and retention. */
  wallMs(): number;
  /** Never goes back, for durations. */
  monotonicMs(): number;
  uint32(): number;
  bytes(length: number): Uint8Array<ArrayBuffer>;
};

/** How the runtime creates, places and bounds one kind of actor. */
export type ActorKind<P extends Protocol, Settings> = {
  readonly kind: string;
  readonly create: (settings: Settings, out: Outbox<P>, world: World) => Handlers<P>;
  /**
   * The host an actor lives on follows from its key alone, the same on every host. `asideIndex`: the host
   * that is kept free of what may be busy or wait for a disk; the first where there is none.
   */
  readonly placeOn: (key: string, hostCount: number, asideIndex: number) => number;
  /** A call that finds the mailbox full hears `mailboxFull`; a cast that does is a bug of ours. */
  readonly mailbox: { readonly messagesMax: number; readonly bytesMax: number };
};

/** The address of the actor `key` of a kind. */
export function refTo<P extends Protocol>(kind: string, key: string): ActorRef<P> {
  return { kind, key };
}
