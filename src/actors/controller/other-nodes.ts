// What a controller has to do with those of other nodes: it has its broker registered by the one that leads
// and says again and again that it is there; where it leads itself, it does as it is asked and fences
// brokers that are not heard of.
//
// Lives on: host 0 (part of the controller).

import type { MetadataImage } from "../../metadata/image.ts";
import type { ArgsOf, Outbox } from "../../runtime/actor.ts";
import { brokerOf } from "./bootstrap.ts";
import { BrokerSessions } from "./brokers.ts";
import type { CommittedImage } from "./committed-image.ts";
import type { ControllerSelf } from "./events.ts";
import type { Forwarding } from "./forwarding.ts";
import { CHANNEL } from "./forwarding.ts";
import type { ControllerSettings } from "./messages.ts";
import { controllerRef } from "./messages.ts";
import type { Proposer } from "./proposer.ts";

const REGISTER_AGAIN_MS = 100;

type Surroundings = {
  readonly settings: ControllerSettings;
  /** Tells this run of the node from those before. */
  readonly incarnationId: string;
  readonly forwarding: Forwarding;
  readonly proposer: Proposer;
  readonly committed: CommittedImage;
  readonly monotonicMs: () => number;
};

export class OtherNodes {
  readonly #out: Pick<Outbox<ControllerSelf>, "ask" | "log" | "peer" | "startTimer">;
  readonly #around: Surroundings;
  readonly #sessions: BrokerSessions;
  /** A registration is under way. */
  #isRegistering = false;

  constructor(
    out: Pick<Outbox<ControllerSelf>, "ask" | "log" | "peer" | "startTimer">,
    around: Surroundings,
  ) {
    this.#out = out;
    this.#around = around;
    this.#sessions = new BrokerSessions(around.settings.config.brokerSessionTimeoutMs);
  }

  join(): void {
    this.#out.peer({ do: "hear", channel: CHANNEL });
    this.#out.startTimer("brokers", 0, "brokersDue", {});
  }

  // ------------------------------------------------------------ as one that follows

  get isRegistered(): boolean {
    const { committed, settings, incarnationId } = this.#around;
    return committed.image.brokers().get(settings.nodeId)?.incarnationId === incarnationId;
  }

  leaderIs(leaderId: number | null): void {
    const { forwarding, settings } = this.#around;
    forwarding.leaderId = leaderId === settings.nodeId ? null : leaderId;
    this.register();
  }

  /** A leader registers itself as it begins; others ask it to. */
  register(): void {
    const { forwarding, settings, incarnationId } = this.#around;
    if (this.#isRegistering || this.isRegistered || forwarding.leaderId === null) return;
    this.#isRegistering = true;
    const broker = brokerOf(settings, incarnationId, 0);
    const { cleanStart } = settings;
    const options = { timeoutMs: Infinity, context: {}, into: "registered" } as const;
    this.#out.ask(controllerRef(), "registerBroker", { broker, cleanStart }, options);
  }

  registered(isDone: boolean): void {
    this.#isRegistering = false;
    if (!isDone) this.#out.startTimer("register", REGISTER_AGAIN_MS, "registerDue", {});
  }

  /** Says that this broker is there; whoever leads looks who is not. */
  beat(): void {
    const { settings, proposer, forwarding, incarnationId, monotonicMs } = this.#around;
    this.#out.startTimer("brokers", settings.config.brokerHeartbeatIntervalMs, "brokersDue", {});
    const { image } = proposer;
    if (image === undefined) return forwarding.sayAlive(incarnationId);
    const records = this.#sessions.overdue(image, settings.nodeId, monotonicMs());
    if (records.length === 0) return;
    this.#out.log("warn", "brokers that are not heard of are fenced", { count: records.length });
    proposer.propose(records);
  }

  // ------------------------------------------------------------ as the one that leads

  begin(image: MetadataImage): void {
    this.#sessions.begin(image, this.#around.monotonicMs());
  }

  isThere(brokerId: number): void {
    this.#sessions.registered(brokerId, this.#around.monotonicMs());
  }

  hear(nodeId: number, message: unknown): void {
    const { forwarding, proposer, monotonicMs } = this.#around;
    const said = forwarding.hear(nodeId, message);
    const { image } = proposer;
    if (said === undefined) return;
    if (said.say === "ask") {
      const { id, name, args } = said;
      if (image === undefined) return forwarding.refuse(nodeId, id);
      const options = { timeoutMs: Infinity, context: { nodeId, id }, into: "askedFor" } as const;
      return this.#out.ask(controllerRef(), name, args as never, options);
    }
    if (image === undefined) return;
    const records = this.#sessions.heard(image, nodeId, said.incarnationId, monotonicMs());
    if (records.length > 0) proposer.propose(records);
  }

  answer({ outcome, context: { nodeId, id } }: ArgsOf<ControllerSelf, "askedFor">): void {
    const { forwarding, committed } = this.#around;
    if (outcome.ok) forwarding.answer(nodeId, id, outcome.value, committed.image.lastOffset);
    else forwarding.refuse(nodeId, id);
  }
}
