// The controller: the state machine on the metadata log. It turns requests into records, has the Raft
// node commit them, and answers when every host of the node has applied what was committed.
//
//   request -> plan (against the image with all that is proposed) -> propose -> committed
//           -> delta to every host's broker -> hostApplied from all -> answer
//
// Lives on: host 0, one per node.

import { randomUuid } from "../../base/uuid.ts";
import type { Outcome } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type {
  ActorKind,
  ArgsOf,
  Handlers,
  Outbox,
  ReplyOf,
  ReplyTo,
  World,
} from "../../runtime/actor.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { Stock } from "../log-directory/messages.ts";
import { logDirectoryRef } from "../log-directory/messages.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import { isNewCluster } from "./bootstrap.ts";
import { planChangeConfigs, planReplaceConfigs } from "./change-configs.ts";
import { CommittedImage } from "./committed-image.ts";
import { planCreatePartitions } from "./create-partitions.ts";
import { planCreateTopics } from "./create-topics.ts";
import { planDeleteTopics } from "./delete-topics.ts";
import { EffectiveConfig } from "./effective-config.ts";
import type { ControllerSelf } from "./events.ts";
import type { ControllerProtocol, ControllerSettings } from "./messages.ts";
import { controllerKind } from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { refusal } from "./plan.ts";
import { Proposer } from "./proposer.ts";
import type { Ready } from "./publisher.ts";
import { Publisher } from "./publisher.ts";
import { refuseDeletions, refuseNewTopics, refuseResources, refuseTopics } from "./refuse-all.ts";
import { standUp } from "./stand-up.ts";
import { Waiters } from "./waiters.ts";

const EXPIRE_EVERY_MS = 1000;
/** Answers waiting for an offset; more are told to try again. */
const WAITERS_MAX = 10_000;
/** Kafka's (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`). */
const PRODUCER_ID_BLOCK = 1000;

type Args<K extends keyof ControllerProtocol> = ArgsOf<ControllerProtocol, K>;
type Answer<K extends keyof ControllerProtocol> = ReplyTo<ReplyOf<ControllerProtocol, K>>;

/** Of a cluster that is not new. */
const nothing: Stock = { topics: [], cluster: null };
const notController = refusal(ErrorCode.NOT_CONTROLLER, null);
const tooBusy = refusal(ErrorCode.REQUEST_TIMED_OUT, "The controller has too much to do.");

/** A request: what it comes to, and how its answer is given. */
type Request<R> = {
  readonly plan: (context: PlanContext) => Plan<R>;
  readonly refuse: (why: Refusal) => R;
  readonly reply: (results: R) => void;
  readonly validateOnly?: boolean;
  /** What must be: committed, or applied by all hosts as well. */
  readonly waitFor?: Waiters;
};

/** What a request has come to, and how it is told. */
type PlannedAnswer<R> = Pick<Request<R>, "refuse" | "reply"> & {
  readonly results: R;
  readonly waitFor: Waiters;
};
type Unconfirmed = { readonly confirmed: (offset: number) => void; readonly refused: () => void };

export class Controller implements Handlers<ControllerSelf> {
  readonly #out: Outbox<ControllerSelf>;
  readonly #world: World;
  readonly #settings: ControllerSettings;
  readonly #config: EffectiveConfig;
  readonly #committed: CommittedImage;
  readonly #publisher: Publisher;
  readonly #proposer: Proposer;
  /** Wait for the commit alone, or for every host too. */
  readonly #forCommit = new Waiters();
  readonly #forHosts = new Waiters();
  /** Tells this run of the node from those before. */
  readonly #incarnationId: string;
  /** Answers that change nothing and wait to hear that this node still leads. */
  readonly #toConfirm = new Map<number, Unconfirmed>();
  #nextConfirm = 1;
  #isExpiring = false;
  /** The term in which this node leads once it has been told what there is to take over. */
  #awaitsStock: number | undefined;

  constructor(settings: ControllerSettings, out: Outbox<ControllerSelf>, world: World) {
    this.#out = out;
    this.#world = world;
    this.#settings = settings;
    this.#config = new EffectiveConfig(settings.nodeId, settings.config);
    this.#committed = new CommittedImage(settings.config, out);
    this.#publisher = new Publisher(out, this.#committed.image);
    this.#proposer = new Proposer(out);
    this.#incarnationId = this.#newId();
    out.tell(raftNodeRef(), "follow", {});
  }

  // ------------------------------------------------------------ requests

  onCreateTopics({ topics, validateOnly }: Args<"createTopics">, to: Answer<"createTopics">): void {
    this.#carryOut({
      plan: (context) => planCreateTopics(context, topics),
      refuse: (why) => refuseNewTopics(topics, why),
      reply: (results) => this.#out.reply(to, { results }),
      validateOnly,
    });
  }

  onDeleteTopics({ topics }: Args<"deleteTopics">, to: Answer<"deleteTopics">): void {
    this.#carryOut({
      plan: (context) => planDeleteTopics(context, topics),
      refuse: (why) => refuseDeletions(topics, why),
      reply: (results) => this.#out.reply(to, { results }),
    });
  }

  onCreatePartitions(
    { topics, validateOnly }: Args<"createPartitions">,
    to: Answer<"createPartitions">,
  ): void {
    this.#carryOut({
      plan: (context) => planCreatePartitions(context, topics),
      refuse: (why) => refuseTopics(topics, why),
      reply: (results) => this.#out.reply(to, { results }),
      validateOnly,
    });
  }

  onReplaceConfigs(
    { resources, validateOnly }: Args<"replaceConfigs">,
    to: Answer<"replaceConfigs">,
  ): void {
    this.#carryOut({
      plan: (context) => planReplaceConfigs(context, resources),
      refuse: (why) => refuseResources(resources, why),
      reply: (results) => this.#out.reply(to, { results }),
      validateOnly,
    });
  }

  onChangeConfigs(
    { resources, validateOnly }: Args<"changeConfigs">,
    to: Answer<"changeConfigs">,
  ): void {
    this.#carryOut({
      plan: (context) => planChangeConfigs(context, resources),
      refuse: (why) => refuseResources(resources, why),
      reply: (results) => this.#out.reply(to, { results }),
      validateOnly,
    });
  }

  onAllocateProducerIds(_: Args<"allocateProducerIds">, to: Answer<"allocateProducerIds">): void {
    const { nodeId } = this.#settings;
    this.#carryOut({
      plan: ({ image }) => {
        const firstProducerId = image.nextProducerId;
        const nextProducerId = firstProducerId + PRODUCER_ID_BLOCK;
        const brokerEpoch = image.brokers().get(nodeId)?.brokerEpoch ?? -1;
        const value = { brokerId: nodeId, brokerEpoch, nextProducerId };
        const results = { errorCode: ErrorCode.NONE, firstProducerId, count: PRODUCER_ID_BLOCK };
        return { records: [{ kind: "ProducerIdsRecord", value }], results };
      },
      refuse: ({ errorCode }) => ({ errorCode, firstProducerId: -1, count: 0 }),
      reply: (results) => this.#out.reply(to, results),
      waitFor: this.#forCommit,
    });
  }

  onReady(_: Args<"ready">, replyTo: ReplyTo<Ready>): void {
    this.#publisher.ready(replyTo);
  }

  /**
   * Plans, proposes and answers when it is time. An answer with nothing to commit waits as well: it may
   * rest on a change that was proposed before and is not committed yet.
   */
  #carryOut<R>({ plan, refuse, reply, validateOnly, waitFor }: Request<R>): void {
    const { image } = this.#proposer;
    if (image === undefined) return reply(refuse(notController));
    const waiting = this.#forHosts.size + this.#forCommit.size + this.#toConfirm.size;
    if (waiting >= WAITERS_MAX || this.#proposer.isFull) {
      return reply(refuse(tooBusy));
    }
    const { records, results } = plan(this.#contextOf(image));
    const answer = { results, refuse, reply, waitFor: waitFor ?? this.#forHosts };
    // What changes nothing could be told by a leader that is none any more (Raft 6.4).
    if (validateOnly === true || records.length === 0) return this.#confirm(answer);
    const refused = this.#proposer.propose(records);
    if (refused !== undefined) return reply(refuse(refused));
    this.#answerAt(image.lastOffset, answer);
  }

  #confirm<R>(answer: PlannedAnswer<R>): void {
    const id = this.#nextConfirm++;
    this.#toConfirm.set(id, {
      confirmed: (offset) => this.#answerAt(offset, answer),
      refused: () => answer.reply(answer.refuse(notController)),
    });
    const options = { timeoutMs: Infinity, context: { id }, into: "confirmed" } as const;
    this.#out.ask(raftNodeRef(), "confirm", { term: this.#proposer.term }, options);
  }

  onConfirmed({ outcome, context: { id } }: ArgsOf<ControllerSelf, "confirmed">): void {
    const waiting = this.#toConfirm.get(id);
    this.#toConfirm.delete(id);
    const { image } = this.#proposer;
    if (outcome.ok && outcome.value.ok && image !== undefined) {
      waiting?.confirmed(image.lastOffset);
    } else {
      waiting?.refused();
    }
  }

  #answerAt<R>(offset: number, { results, refuse, reply, waitFor }: PlannedAnswer<R>): void {
    waitFor.add({
      offset,
      deadlineMs: this.#world.monotonicMs() + this.#settings.config.requestTimeoutMs,
      answer: () => reply(results),
      fail: (errorCode) => reply(refuse(refusal(errorCode, null))),
    });
    this.#answerDue();
  }

  #contextOf(image: MetadataImage): PlanContext {
    return {
      nodeId: this.#settings.nodeId,
      image,
      config: this.#config.under(image),
      newId: () => this.#newId(),
      chance: () => this.#world.uint32(),
    };
  }

  #newId(): string {
    return randomUuid((length) => this.#world.bytes(length));
  }

  // ------------------------------------------------------------ what the Raft node tells

  onBecameLeader({ term }: Args<"becameLeader">): void {
    if (!isNewCluster(this.#committed.image)) return this.#lead(term, nothing);
    // Nothing is proposed before it is known what there is to take over.
    this.#awaitsStock = term;
    const { nodeId } = this.#settings;
    const options = { timeoutMs: Infinity, context: { term }, into: "stockTaken" } as const;
    this.#out.ask(logDirectoryRef(), "takeStock", { nodeId }, options);
  }

  onStockTaken({ outcome, context }: ArgsOf<ControllerSelf, "stockTaken">): void {
    if (this.#awaitsStock !== context.term) return;
    this.#awaitsStock = undefined;
    const taken: Outcome<Stock> = outcome.ok ? outcome.value : outcome;
    if (taken.ok) return this.#lead(context.term, taken.value);
    this.#out.stopNode(`cannot tell what lies in the data directory: ${taken.detail}`);
  }

  #lead(term: number, stock: Stock): void {
    this.#proposer.lead(term, this.#committed.image);
    const { image } = this.#proposer;
    if (image === undefined) return;
    const context = this.#contextOf(image);
    standUp(this.#settings, stock, this.#incarnationId, context, this.#proposer, this.#out);
    this.#publisher.openAt(image.lastOffset);
  }

  onLostLeadership({ term }: Args<"lostLeadership">): void {
    this.#stopLeading(term);
  }

  onProposed({ outcome, context }: ArgsOf<ControllerSelf, "proposed">): void {
    this.#proposer.answered();
    const answered: Outcome<unknown> = outcome.ok ? outcome.value : outcome;
    if (!answered.ok) this.#stopLeading(context.term);
  }

  onCommitted({ snapshot, entries, lastOffset }: Args<"committed">): void {
    if (snapshot) {
      this.#committed.replace(entries, lastOffset);
      this.#publisher.replaced(this.#committed.image);
    } else {
      this.#publisher.moved(this.#committed.advance(entries, lastOffset));
    }
    this.#answerDue();
  }

  #stopLeading(term: number): void {
    if (this.#awaitsStock === term) this.#awaitsStock = undefined;
    if (!this.#proposer.stop(term)) return;
    const { lastOffset } = this.#committed.image;
    this.#forCommit.failBeyond(lastOffset, ErrorCode.NOT_CONTROLLER);
    this.#forHosts.failBeyond(lastOffset, ErrorCode.NOT_CONTROLLER);
  }

  onSnapshotDue(): void {
    this.#committed.onTimer();
  }

  // ------------------------------------------------------------ what the hosts tell

  onHostJoined({ hostIndex }: Args<"hostJoined">): void {
    this.#publisher.joined(hostIndex);
  }

  onHostApplied({ hostIndex, offset }: Args<"hostApplied">): void {
    this.#publisher.applied(hostIndex, offset);
    this.#answerDue();
  }

  // ------------------------------------------------------------ answers

  #answerDue(): void {
    const { lastOffset } = this.#committed.image;
    this.#forCommit.reached(lastOffset);
    this.#forHosts.reached(Math.min(lastOffset, this.#publisher.appliedByAll()));
    if (this.#isExpiring || this.#forCommit.size + this.#forHosts.size === 0) return;
    this.#isExpiring = true;
    this.#out.startTimer("expire", EXPIRE_EVERY_MS, "expireDue", {});
  }

  onExpireDue(): void {
    this.#isExpiring = false;
    const nowMs = this.#world.monotonicMs();
    this.#forCommit.expire(nowMs, ErrorCode.REQUEST_TIMED_OUT);
    this.#forHosts.expire(nowMs, ErrorCode.REQUEST_TIMED_OUT);
    this.#answerDue();
  }
}

export const controllerActor: ActorKind<ControllerSelf, ControllerSettings> = {
  kind: controllerKind,
  create: (settings, out, world) => new Controller(settings, out, world),
  placeOn: () => 0,
  mailbox: { messagesMax: 100_000, bytesMax: 1024 * 1024 * 1024 },
};
