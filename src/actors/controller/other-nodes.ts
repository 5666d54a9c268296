// What a controller has to do with those of other nodes. Where another leads, it has its own broker
// registered there, says again and again that it is there, and at its end has it fenced
// (`BrokerLifecycleManager`). Where it leads itself, it does as it is asked and fences who is not heard of.
//
// Lives on: the metadata host (part of the controller).

import type { BrokerState, MetadataImage } from "../../metadata/image.ts";
import type { ArgsOf, Outbox, ReplyTo } from "../../runtime/actor.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import { brokerOf } from "./bootstrap.ts";
import type { Heartbeat } from "./broker-sessions.ts";
import { BrokerSessions } from "./broker-sessions.ts";
import { fencing } from "./brokers.ts";
import type { CommittedImage } from "./committed-image.ts";
import type { ControllerSelf } from "./events.ts";
import type { Forwarding } from "./forwarding.ts";
import { CHANNEL } from "./forwarding.ts";
import type { ControllerSettings } from "./messages.ts";
import { controllerRef } from "./messages.ts";
import type { Proposer } from "./proposer.ts";

const ASK_AGAIN_MS = 100;

type NodesOutbox = Pick<
  Outbox<ControllerSelf>,
  "ask" | "log" | "peer" | "reply" | "startTimer" | "stopTimer"
>;

type Surroundings = {
  readonly settings: ControllerSettings;
  /** Tells this run of the node from those before. */
  readonly incarnationId: string;
  readonly forwarding: Forwarding;
  readonly proposer: Proposer;
  readonly committed: CommittedImage;
  readonly monotonicMs: () => number;
  /** Whether every host has applied that offset. */
  readonly isApplied: (offset: number) => boolean;
};

export class OtherNodes {
  readonly #out: NodesOutbox;
  readonly #around: Surroundings;
  readonly #sessions: BrokerSessions;
  /** A registration is under way. */
  #isRegistering = false;
  /** From where on the metadata knows this run of the node; once gone it does not come again by itself. */
  #registeredAt: number | undefined;
  readonly #connected = new Set<number>();
  /** Who waits for this broker to have left. */
  #leaving: ReplyTo<Record<string, never>> | undefined;
  #hasLeft = false;

  constructor(out: NodesOutbox, around: Surroundings) {
    this.#out = out;
    this.#around = around;
    this.#sessions = new BrokerSessions(around.settings.config.brokerSessionTimeoutMs);
  }

  join(): void {
    this.#out.peer({ do: "hear", lane: "control", channel: CHANNEL });
    this.#out.startTimer("brokers", 0, "brokersDue", {});
  }

  // ------------------------------------------------------------ as one that follows

  /** This run of the node, as the metadata has it. */
  get #self(): BrokerState | undefined {
    const { committed, settings, incarnationId } = this.#around;
    const broker = committed.image.brokers().get(settings.nodeId);
    return broker?.incarnationId === incarnationId ? broker : undefined;
  }

  get isRegistered(): boolean {
    return this.#self !== undefined;
  }

  /** What clients may be served by: the others know that this broker is there. */
  get isUnfenced(): boolean {
    return this.#self?.fenced === false;
  }

  leaderIs(leaderId: number | null): void {
    const { forwarding, settings } = this.#around;
    forwarding.leaderId = leaderId === settings.nodeId ? null : leaderId;
    if (leaderId !== null) forwarding.ledBy(leaderId);
    this.register();
  }

  /** A leader registers itself as it begins; others ask it to. */
  register(): void {
    const { forwarding, settings, incarnationId } = this.#around;
    if (this.#isRegistering || this.#registeredAt !== undefined) return;
    if (forwarding.leaderId === null) return;
    this.#isRegistering = true;
    const broker = brokerOf(settings, incarnationId);
    const { cleanStart } = settings;
    const options = { timeoutMs: Infinity, context: {}, into: "registered" } as const;
    this.#out.ask(controllerRef(), "registerBroker", { broker, cleanStart }, options);
  }

  registered(errorCode: ErrorCode): void {
    this.#isRegistering = false;
    if (errorCode === ErrorCode.NONE) return;
    if (errorCode === ErrorCode.DUPLICATE_BROKER_REGISTRATION) {
      this.#out.log("warn", "another broker is registered by this number", {});
    }
    this.#out.startTimer("register", ASK_AGAIN_MS, "registerDue", {});
  }

  /** The metadata, or what hosts have of it, has moved. */
  moved(): void {
    const self = this.#self;
    if (self === undefined) {
      if (this.#registeredAt !== undefined && !this.#hasLeft) {
        this.#hasLeft = true;
        this.#out.log("error", "this broker was unregistered; it can be again after a start", {});
      }
      return;
    }
    this.#registeredAt ??= this.#around.committed.image.lastOffset;
    // Whoever waits for this broker need not wait for its next heartbeat.
    if (self.fenced && !this.#hasLeft && this.#isReady) this.#sayAlive();
  }

  get #isReady(): boolean {
    return this.#registeredAt !== undefined && this.#around.isApplied(this.#registeredAt);
  }

  /** Says that this broker is there; whoever leads looks who is not. */
  beat(): void {
    const { settings, proposer, monotonicMs } = this.#around;
    this.#out.startTimer("brokers", settings.config.brokerHeartbeatIntervalMs, "brokersDue", {});
    this.#sayAlive();
    const { image } = proposer;
    if (image === undefined) return;
    for (const broker of this.#sessions.overdue(image, settings.nodeId, monotonicMs())) {
      const { brokerId } = broker;
      this.#out.log("warn", "a broker that is not heard of is fenced", { brokerId });
      proposer.proposeInParts(fencing(image, broker));
    }
  }

  #sayAlive(): void {
    if (this.#hasLeft) return;
    const { settings, incarnationId, proposer, forwarding } = this.#around;
    const isReady = this.#isReady;
    if (proposer.image === undefined) return forwarding.sayAlive(incarnationId, isReady);
    this.#heard({ brokerId: settings.nodeId, incarnationId, isReady });
  }

  // ------------------------------------------------------------ the end

  /**
   * Controlled shutdown: another is to lead the metadata, and has this broker fenced at once. Where no
   * other node is there, nobody is to be told.
   */
  leave(withinMs: number, replyTo: ReplyTo<Record<string, never>>): void {
    if (!this.isRegistered || this.#connected.size === 0) return this.#out.reply(replyTo, {});
    this.#leaving = replyTo;
    this.#out.startTimer("leave", withinMs, "leaveDue", {});
    this.#out.ask(
      raftNodeRef(),
      "resign",
      {},
      { timeoutMs: Infinity, context: {}, into: "resigned" },
    );
  }

  askToLeave(): void {
    const self = this.#self;
    if (this.#leaving === undefined || self === undefined) return;
    const { brokerId, brokerEpoch } = self;
    this.#hasLeft = true;
    const options = { timeoutMs: Infinity, context: {}, into: "leaveAnswered" } as const;
    this.#out.ask(controllerRef(), "stopBroker", { brokerId, brokerEpoch }, options);
  }

  leaveAnswered(errorCode: ErrorCode): void {
    if (this.#leaving === undefined) return;
    const isRefused = errorCode !== ErrorCode.NONE;
    if (isRefused && errorCode !== ErrorCode.NOT_CONTROLLER) {
      this.#out.log("warn", "this broker is not fenced as it stops", { errorCode });
    }
    const mayHelp = errorCode === ErrorCode.NOT_CONTROLLER && this.#connected.size > 0;
    if (mayHelp) this.#out.startTimer("leaveAgain", ASK_AGAIN_MS, "leaveAgainDue", {});
    else this.left();
  }

  left(): void {
    const replyTo = this.#leaving;
    this.#leaving = undefined;
    this.#out.stopTimer("leave");
    if (replyTo !== undefined) this.#out.reply(replyTo, {});
  }

  // ------------------------------------------------------------ as the one that leads

  begin(image: MetadataImage): void {
    this.#sessions.begin(image, this.#around.monotonicMs());
  }

  isTaken(image: MetadataImage, broker: BrokerState): boolean {
    return this.#sessions.isTaken(image, broker, this.#around.monotonicMs());
  }

  isThere(brokerId: number): void {
    this.#sessions.registered(brokerId, this.#around.monotonicMs());
  }

  connected(nodeId: number): void {
    this.#connected.add(nodeId);
    this.#sessions.streamChanged(nodeId);
    this.register();
  }

  disconnected(nodeId: number): void {
    this.#connected.delete(nodeId);
    this.#sessions.streamChanged(nodeId);
    this.#around.forwarding.lost(nodeId);
  }

  #heard(heartbeat: Heartbeat): void {
    const { proposer, monotonicMs } = this.#around;
    const { image } = proposer;
    if (image === undefined) return;
    proposer.proposeInParts(this.#sessions.heard(image, heartbeat, monotonicMs()));
  }

  hear(nodeId: number, message: unknown): void {
    const { forwarding, proposer } = this.#around;
    const said = forwarding.hear(nodeId, message);
    if (said === undefined) return;
    if (said.say === "alive") return this.#heard({ brokerId: nodeId, ...said });
    const { id, name, args } = said;
    if (proposer.image === undefined) return forwarding.refuse(nodeId, id);
    const options = { timeoutMs: Infinity, context: { nodeId, id }, into: "askedFor" } as const;
    this.#out.ask(controllerRef(), name, args as never, options);
  }

  answer({ outcome, context: { nodeId, id } }: ArgsOf<ControllerSelf, "askedFor">): void {
    const { forwarding, committed } = this.#around;
    if (outcome.ok) forwarding.answer(nodeId, id, outcome.value, committed.image.lastOffset);
    else forwarding.refuse(nodeId, id);
  }
}
