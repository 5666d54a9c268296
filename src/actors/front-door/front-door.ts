// The front door: one per host. It owns the host's listener and the connections accepted there, cuts
// their bytes into requests, has handlers serve them, and sends the answers in the order of the
// requests. What it knows of the cluster it has from the metadata image, so most of what clients ask
// it answers by itself; the rest it asks of partitions and the controller.
//
//   socket bytes -> frame-splitter -> connection -> router -> handlers/NN-name -> router -> connection
//
// Lives on: host thread, one per host.

import { brokerRef } from "../broker/messages.ts";
import { BufferPool } from "../../base/buffer-pool.ts";
import type { ActorKind, Cast, Handlers, Outbox, ReplyTo, World } from "../../runtime/actor.ts";
import type { ListenOptions, SocketAddress } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { AdmissionPools } from "./admission.ts";
import type { Limit } from "./connection-limits.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import type { ConnectionFacts, ConnectionOwner, PendingRequest } from "./connection.ts";
import { Connection } from "./connection.ts";
import type { Frame, FrameProblem } from "./frame-splitter.ts";
import { FrontDesk } from "./front-desk.ts";
import { listedGroups, reportGroup } from "./groups/report.ts";
import { supportedApis } from "./handlers/index.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import { IdleRules } from "./idle-rules.ts";
import { LogLimiter } from "./log-limiter.ts";
import type { FrontDoorCounters, FrontDoorProtocol, FrontDoorSettings } from "./messages.ts";
import { frontDoorKind } from "./messages.ts";
import { Router } from "./router.ts";

type Args<K extends keyof FrontDoorProtocol> = FrontDoorProtocol[K]["args"];
type Reply<K extends keyof FrontDoorProtocol> = ReplyTo<FrontDoorProtocol[K]["reply"]>;

type FrontDoorEvents = {
  /** Time to look for idle connections. */
  sweepDue: Cast<Record<string, never>>;
  /** A drain has taken as long as it may. */
  drainOver: Cast<Record<string, never>>;
};
type Self = FrontDoorProtocol & FrontDoorEvents;

/** Buffers of frames, kept to be used again. */
const KEPT_FRAME_BYTES_MAX = 24 * 1024 * 1024;
/** Requests of one connection that may be unanswered; Kafka's clients keep to 5 or so. */
const REQUESTS_IN_FLIGHT_MAX = 100;
/** Answers that one client leaves lying; one answer may be larger. */
const UNSENT_BYTES_MAX = 1024 * 1024;

const garbage: Readonly<Record<FrameProblem, string>> = {
  negativeLength: "a frame of negative length; this is not Kafka's protocol",
  tooLong: "a frame longer than socket.request.max.bytes",
  http: "an HTTP request on a Kafka listener",
  tls: "a TLS handshake on a plaintext listener",
};

export class FrontDoor implements Handlers<Self>, ConnectionOwner {
  readonly pool: AdmissionPools;
  readonly lender: BufferPool | undefined;
  readonly bounds;
  readonly memory: AnswerMemory;
  private readonly out: Outbox<Self>;
  private readonly world: World;
  private readonly desk: FrontDesk;
  private readonly router: Router;
  private readonly connections = new Map<number, Connection>();
  private readonly limits: ConnectionLimits;
  private readonly logLimiter = new LogLimiter();
  private readonly listener: string;
  private opening: Reply<"open"> | undefined;
  /** Where to listen, as soon as there is an image. */
  private toListen: ListenOptions | undefined;
  private isInformed = false;
  private isDraining = false;
  /** Who waits for the last connection to end. */
  private drains: Reply<"drain">[] = [];
  private isSweeping = false;

  constructor(settings: FrontDoorSettings, out: Outbox<Self>, world: World) {
    const { config } = settings;
    const { queuedMaxRequestBytes } = config;
    this.out = out;
    this.world = world;
    this.listener = config.listenerName;
    this.desk = new FrontDesk(settings, out, world, supportedApis);
    this.memory = this.desk.memory;
    this.router = new Router(this.desk, (connection, reason) => this.refuse(connection, reason));
    this.limits = new ConnectionLimits(config, out.hostCount);
    this.pool = new AdmissionPools(
      queuedMaxRequestBytes > 0 ? Math.ceil(queuedMaxRequestBytes / out.hostCount) : Infinity,
    );
    this.lender = out.hostCount === 1 ? new BufferPool(KEPT_FRAME_BYTES_MAX) : undefined;
    this.bounds = {
      frameBytesMax: config.socketRequestMaxBytes,
      requestsInFlightMax: REQUESTS_IN_FLIGHT_MAX,
      unsentBytesMax: UNSENT_BYTES_MAX,
    };
  }

  // ------------------------------------------------------------ the listener

  onOpen({ host, port, shared }: Args<"open">, replyTo: Reply<"open">): void {
    this.opening = replyTo;
    const backlog = this.desk.config.socketListenBacklogSize;
    this.toListen = { host, port, shared, backlog };
    this.listenWhenInformed();
  }

  /**
   * A host that has started anew among others knows nothing at first. Whoever came then would hear that
   * there are no topics, no groups and no features, some of it for good.
   */
  private listenWhenInformed(): void {
    const { toListen: options } = this;
    if (options === undefined || !this.isInformed) return;
    this.toListen = undefined;
    this.out.socket({ do: "listen", listener: this.listener, options });
  }

  onListenerOpened({ address }: Args<"listenerOpened">): void {
    if (this.opening !== undefined) this.out.reply(this.opening, { ok: true, port: address.port });
    this.opening = undefined;
  }

  onListenerFailed({ fault }: Args<"listenerFailed">): void {
    const reason = fault.ok ? "" : `${fault.fault}: ${fault.detail}`;
    if (this.opening !== undefined) this.out.reply(this.opening, { ok: false, reason });
    else this.out.log("error", "listener failed", { listener: this.listener, reason });
    this.opening = undefined;
  }

  // ------------------------------------------------------------ connections

  onConnectionOpened(opened: Args<"connectionOpened">): void {
    const { connectionId: id, listener, remote, local } = opened;
    const limit = this.isDraining ? undefined : this.limits.open(remote.host);
    if (limit !== undefined) this.logLimit(remote, limit);
    if (limit !== undefined || this.isDraining) {
      return this.out.socket({ do: "destroy", connectionId: id });
    }
    const facts: ConnectionFacts = { id, listener, remote, local };
    this.connections.set(id, new Connection(facts, this, this.world.monotonicMs()));
    this.sweepLater();
  }

  onBytesReceived({ connectionId, bytes }: Args<"bytesReceived">): void {
    this.connections.get(connectionId)?.received(bytes, this.world.monotonicMs());
  }

  onConnectionBuffered({ connectionId, bufferedBytes }: Args<"connectionBuffered">): void {
    this.connections.get(connectionId)?.buffered(bufferedBytes);
  }

  onConnectionDrained({ connectionId }: Args<"connectionDrained">): void {
    this.connections.get(connectionId)?.drained(this.world.monotonicMs());
  }

  onConnectionClosed({ connectionId }: Args<"connectionClosed">): void {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return;
    this.connections.delete(connectionId);
    this.limits.close(connection.facts.remote.host);
    connection.closed();
    this.desk.fetches.connectionClosed(connectionId);
    if (this.connections.size === 0) this.drained();
  }

  onSweepDue(): void {
    this.isSweeping = false;
    const rules = new IdleRules(this.desk.config.connectionsMaxIdleMs);
    const nowMs = this.world.monotonicMs();
    for (const connection of this.connections.values()) {
      // Each one that ends may let others in.
      const crowd = { framesWait: this.pool.waiting > 0, answersPileUp: this.memory.isFull };
      const verdict = rules.judge(connection, nowMs, crowd);
      if (verdict === undefined) continue;
      if (verdict === "halfFrame") this.refuse(connection, "half a frame, and then silence");
      if (verdict === "takesNothing")
        this.refuse(connection, "it takes no answers, and memory is full");
      connection.destroy();
    }
    this.sweepLater();
  }

  private sweepLater(): void {
    if (this.isSweeping || this.connections.size === 0) return;
    this.isSweeping = true;
    const { sweepIntervalMs } = new IdleRules(this.desk.config.connectionsMaxIdleMs);
    this.out.startTimer("sweep", sweepIntervalMs, "sweepDue", {});
  }

  // ------------------------------------------------------------ what connections ask of their owner

  socket(command: Parameters<Outbox<Self>["socket"]>[0]): void {
    this.out.socket(command);
  }

  isBulky(frame: Frame): boolean {
    return this.router.isBulky(frame);
  }

  dispatch(connection: Connection, request: PendingRequest): void {
    this.router.dispatch(connection, request);
  }

  sentGarbage(connection: Connection, problem: FrameProblem): void {
    this.refuse(connection, garbage[problem]);
  }

  /** One line for a connection that is ended for what its client did. */
  private refuse({ facts, clientSoftware }: Connection, reason: string): void {
    const suppressed = this.logLimiter.allow("connection refused", this.world.monotonicMs());
    if (suppressed === undefined) return;
    const { host, port } = facts.remote;
    this.out.log("warn", "connection ended for what it sent", {
      reason,
      remote: `${host}:${port}`,
      ...(clientSoftware === undefined ? {} : { clientSoftware }),
      ...(suppressed === 0 ? {} : { linesSuppressed: suppressed }),
    });
  }

  private logLimit(remote: SocketAddress, limit: Limit): void {
    const suppressed = this.logLimiter.allow(limit, this.world.monotonicMs());
    if (suppressed === undefined) return;
    this.out.log("warn", "connection refused: too many", {
      limit,
      remote: remote.host,
      ...(suppressed === 0 ? {} : { linesSuppressed: suppressed }),
    });
  }

  // ------------------------------------------------------------ metadata

  onMetadataReplaced(
    { image }: Args<"metadataReplaced">,
    replyTo: Reply<"metadataReplaced">,
  ): void {
    this.desk.replaceImage(image);
    this.limits.configure(this.desk.config);
    this.out.reply(replyTo, {});
    this.isInformed = true;
    this.listenWhenInformed();
  }

  onMetadataChanged({ delta }: Args<"metadataChanged">, replyTo: Reply<"metadataChanged">): void {
    this.desk.advanceImage(delta);
    this.limits.configure(this.desk.config);
    this.out.reply(replyTo, {});
    this.isInformed = true;
    this.listenWhenInformed();
  }

  onPartitionReadable(readable: Args<"partitionReadable">): void {
    this.desk.fetches.watches.onReadable(readable);
  }

  // ------------------------------------------------------------ the end

  onDrain({ withinMs }: Args<"drain">, replyTo: Reply<"drain">): void {
    this.drains.push(replyTo);
    this.isDraining = true;
    this.out.socket({ do: "unlisten", listener: this.listener });
    this.desk.drain();
    // Members wait in their groups for one another, and would be waited for here.
    this.out.tell(brokerRef(this.out.hostIndex), "drainCoordinators", {});
    for (const connection of this.connections.values()) connection.endAfterAnswers();
    if (this.connections.size === 0) this.drained();
    else this.out.startTimer("drain", withinMs, "drainOver", {});
  }

  onDrainOver(): void {
    for (const connection of this.connections.values()) connection.destroy();
    this.drained();
  }

  private drained(): void {
    if (this.drains.length === 0) return;
    for (const replyTo of this.drains) this.out.reply(replyTo, {});
    this.drains = [];
    this.out.stopTimer("drain");
  }

  // ------------------------------------------------------------ counters

  onCounters(_: Args<"counters">, replyTo: Reply<"counters">): void {
    this.out.reply(replyTo, this.counters());
  }

  // ------------------------------------------------------------ for the program around the node

  onListGroups(_: Args<"listGroups">, replyTo: Reply<"listGroups">): void {
    this.out.run(this.answer(listedGroups(this.desk), replyTo));
  }

  onReportGroup({ groupId }: Args<"reportGroup">, replyTo: Reply<"reportGroup">): void {
    this.out.run(this.answer(reportGroup(this.desk, groupId), replyTo));
  }

  private *answer<R>(routine: Routine<R>, replyTo: ReplyTo<R>): Routine<void> {
    this.out.reply(replyTo, yield* routine);
  }

  private counters(): FrontDoorCounters {
    const { fetches, autoCreation } = this.desk;
    let requestsRunning = 0;
    for (const connection of this.connections.values()) {
      requestsRunning += connection.runningRequests;
    }
    return {
      connections: this.connections.size,
      requestsRunning,
      admittedBytes: this.pool.bytes,
      admittedBytesMax: this.pool.bytesMax,
      admissionsWaiting: this.pool.waiting,
      unsentBytes: this.memory.unsentBytes,
      parkedFetches: fetches.purgatory.size,
      fetchBytesGranted: fetches.budget.granted,
      fetchSessions: fetches.cache.size,
      fetchSessionsMax: fetches.cache.slots,
      fetchSessionPartitions: fetches.cache.partitionCount,
      fetchWatches: fetches.watches.size,
      topicsBeingCreated: autoCreation.inFlight,
    };
  }
}

export const frontDoorActor: ActorKind<Self, FrontDoorSettings> = {
  kind: frontDoorKind,
  create: (settings, out, world) => new FrontDoor(settings, out, world),
  placeOn: (key) => Number(key),
  // Bytes are bounded by admission before they are read; what a run of turns may find here is a chunk
  // of each connection and a few facts about each.
  mailbox: { messagesMax: 1_000_000, bytesMax: 2 ** 31 },
};
