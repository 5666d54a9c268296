// The controller: the state machine on the metadata log. It turns requests into records, has the Raft
// node commit them, and answers when every host of the node has applied what was committed.
//
//   request -> plan (against the image with all that is proposed) -> propose -> committed
//           -> delta to every host's broker -> hostApplied from all -> answer
//
// Lives on: the metadata host, one per node.

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
import { isWritableVoter } from "../../metadata/control-records.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { Stock } from "../log-directory/messages.ts";
import { logDirectoryRef } from "../log-directory/messages.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import { Answers } from "./answers.ts";
import { isNewCluster } from "./bootstrap.ts";
import { directoryFailure } from "./brokers.ts";
import { CommittedImage } from "./committed-image.ts";
import { DirectoryChooser } from "./directory-chooser.ts";
import { EffectiveConfig } from "./effective-config.ts";
import type { ControllerSelf } from "./events.ts";
import { Forwarding } from "./forwarding.ts";
import type { ControllerProtocol, ControllerSettings } from "./messages.ts";
import { controllerKind } from "./messages.ts";
import { OtherNodes } from "./other-nodes.ts";
import type { PlanContext } from "./plan.ts";
import { Proposer } from "./proposer.ts";
import type { Ready } from "./publisher.ts";
import { Publisher } from "./publisher.ts";
import { standUp } from "./stand-up.ts";

type Args<K extends keyof ControllerProtocol> = ArgsOf<ControllerProtocol, K>;
type Answer<K extends keyof ControllerProtocol> = ReplyTo<ReplyOf<ControllerProtocol, K>>;

/** Of a cluster that is not new. */
const nothing: Stock = { topics: [], cluster: null };

export class Controller implements Handlers<ControllerSelf> {
  readonly #out: Outbox<ControllerSelf>;
  readonly #world: World;
  readonly #settings: ControllerSettings;
  readonly #config: EffectiveConfig;
  readonly #committed: CommittedImage;
  readonly #publisher: Publisher;
  readonly #proposer: Proposer;
  readonly #forwarding: Forwarding;
  readonly #answers: Answers;
  readonly #others: OtherNodes;
  /** Tells this run of the node from those before. */
  readonly #incarnationId: string;
  /** The term in which this node leads once it has been told what there is to take over. */
  #awaitsStock: number | undefined;

  constructor(settings: ControllerSettings, out: Outbox<ControllerSelf>, world: World) {
    this.#out = out;
    this.#world = world;
    this.#settings = settings;
    this.#config = new EffectiveConfig(settings.nodeId, settings.config);
    this.#committed = new CommittedImage(settings.config, out);
    const mayServe = (): boolean => this.#isAlone || this.#others.isUnfenced;
    this.#publisher = new Publisher(out, this.#committed.image, mayServe);
    this.#proposer = new Proposer(out);
    this.#forwarding = new Forwarding(out);
    const { requestTimeoutMs } = settings.config;
    this.#answers = new Answers(out, {
      timeoutMs: requestTimeoutMs,
      proposer: this.#proposer,
      forwarding: this.#forwarding,
      monotonicMs: () => world.monotonicMs(),
      contextOf: (image) => this.#contextOf(image),
      brokers: {
        isTaken: (image, broker) => this.#others.isTaken(image, broker),
        isThere: (brokerId) => this.#others.isThere(brokerId),
      },
      committed: () => this.#committed.image.lastOffset,
      applied: () => this.#publisher.appliedByAll(),
    });
    this.#incarnationId = this.#newId();
    this.#others = new OtherNodes(out, {
      settings,
      incarnationId: this.#incarnationId,
      forwarding: this.#forwarding,
      proposer: this.#proposer,
      committed: this.#committed,
      monotonicMs: () => world.monotonicMs(),
      isApplied: (offset) => this.#publisher.isApplied(offset),
    });
    if (!this.#isAlone) this.#others.join();
    out.tell(raftNodeRef(), "follow", {});
  }

  // ------------------------------------------------------------ requests

  onCreateTopics(args: Args<"createTopics">, to: Answer<"createTopics">): void {
    this.#answers.carryOut("createTopics", args, to);
  }

  onDeleteTopics(args: Args<"deleteTopics">, to: Answer<"deleteTopics">): void {
    this.#answers.carryOut("deleteTopics", args, to);
  }

  onCreatePartitions(args: Args<"createPartitions">, to: Answer<"createPartitions">): void {
    this.#answers.carryOut("createPartitions", args, to);
  }

  onReplaceConfigs(args: Args<"replaceConfigs">, to: Answer<"replaceConfigs">): void {
    this.#answers.carryOut("replaceConfigs", args, to);
  }

  onChangeConfigs(args: Args<"changeConfigs">, to: Answer<"changeConfigs">): void {
    this.#answers.carryOut("changeConfigs", args, to);
  }

  onAllocateProducerIds(
    args: Args<"allocateProducerIds">,
    to: Answer<"allocateProducerIds">,
  ): void {
    this.#answers.carryOut("allocateProducerIds", args, to);
  }

  onRegisterBroker(args: Args<"registerBroker">, to: Answer<"registerBroker">): void {
    this.#answers.carryOut("registerBroker", args, to);
  }

  onStopBroker(args: Args<"stopBroker">, to: Answer<"stopBroker">): void {
    this.#answers.carryOut("stopBroker", args, to);
  }

  onUnregisterBroker(args: Args<"unregisterBroker">, to: Answer<"unregisterBroker">): void {
    this.#answers.carryOut("unregisterBroker", args, to);
  }

  onUpdateFeatures(args: Args<"updateFeatures">, to: Answer<"updateFeatures">): void {
    this.#answers.carryOut("updateFeatures", args, to);
  }

  onElectLeaders(args: Args<"electLeaders">, to: Answer<"electLeaders">): void {
    this.#answers.carryOut("electLeaders", args, to);
  }

  onReady(_: Args<"ready">, replyTo: ReplyTo<Ready>): void {
    this.#publisher.ready(replyTo);
  }

  onDescribeQuorum(args: Args<"describeQuorum">, to: Answer<"describeQuorum">): void {
    const nobody = {
      leaderId: -1,
      leaderSinceMs: -1,
      term: -1,
      highWatermark: -1,
      voters: [],
      observers: [],
    };
    this.#answers.relay("describeQuorum", args, to, nobody);
  }

  onChangeVoters(args: Args<"changeVoters">, to: Answer<"changeVoters">): void {
    if (!isWritableVoter(args.voter)) return this.#out.reply(to, { result: "unknown" });
    this.#answers.relay("changeVoters", args, to, { result: "notLeading" });
  }

  #contextOf(image: MetadataImage): PlanContext {
    return {
      nodeId: this.#settings.nodeId,
      image,
      config: this.#config.under(image),
      replicasMax: 1,
      directories: new DirectoryChooser(),
      newId: () => this.#newId(),
      chance: () => this.#world.uint32(),
    };
  }

  #newId(): string {
    return randomUuid((length) => this.#world.bytes(length));
  }

  // ------------------------------------------------------------ what the Raft node tells

  onBecameLeader({ term }: Args<"becameLeader">): void {
    // Several nodes begin with nothing: none of them could tell what the others have.
    const beginsAlone = this.#settings.config.quorum.voters.length === 1;
    const isNew = isNewCluster(this.#committed.image);
    if (!isNew || !beginsAlone) return this.#lead(term, nothing);
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
    this.#others.begin(image);
    const context = this.#contextOf(image);
    standUp(this.#settings, stock, this.#incarnationId, context, this.#proposer, this.#out);
    this.#publisher.openAt(image.lastOffset);
  }

  onLostLeadership({ term }: Args<"lostLeadership">): void {
    this.#stopLeading(term);
  }

  onProposed({ outcome, context }: ArgsOf<ControllerSelf, "proposed">): void {
    this.#proposer.noteAnswer();
    const answered: Outcome<{ lastOffset: number }> = outcome.ok ? outcome.value : outcome;
    this.#answers.proposed(answered.ok ? answered.value.lastOffset : null);
    if (!answered.ok) this.#stopLeading(context.term);
  }

  onCommitted({ snapshot, entries, lastOffset }: Args<"committed">): void {
    if (snapshot) {
      this.#committed.replace(entries, lastOffset);
      this.#publisher.replaced(this.#committed.image);
    } else {
      this.#publisher.moved(this.#committed.advance(entries, lastOffset));
    }
    this.#proposer.follow(lastOffset);
    this.#others.moved();
    // One that follows has an image worth having when its own registration is in it.
    const follows = !this.#isAlone && this.#proposer.image === undefined;
    if (follows && this.#others.isRegistered) this.#publisher.openAt(lastOffset);
    this.#answers.answerDue();
  }

  #stopLeading(term: number): void {
    if (this.#awaitsStock === term) this.#awaitsStock = undefined;
    if (!this.#proposer.stop(term)) return;
    const { lastOffset } = this.#committed.image;
    this.#answers.lostLeadership(lastOffset);
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
    this.#others.moved();
    this.#answers.answerDue();
  }

  /** No new partition is to be placed there. A node that follows tells when it starts anew. */
  onDirectoryFailed({ directoryId }: Args<"directoryFailed">): void {
    const broker = this.#proposer.image?.brokers().get(this.#settings.nodeId);
    if (broker !== undefined) this.#proposer.propose(directoryFailure(broker, directoryId));
  }

  onConfirmed(confirmed: ArgsOf<ControllerSelf, "confirmed">): void {
    this.#answers.confirmed(confirmed);
  }

  onExpireDue(): void {
    this.#answers.expire();
  }

  // ------------------------------------------------------------ the other nodes

  get #isAlone(): boolean {
    return this.#settings.config.quorum.listen === null;
  }

  onLeaderIs({ leaderId }: Args<"leaderIs">): void {
    this.#others.leaderIs(leaderId);
  }

  onRegistered({ outcome }: ArgsOf<ControllerSelf, "registered">): void {
    this.#others.registered(outcome.ok ? outcome.value.errorCode : ErrorCode.NOT_CONTROLLER);
  }

  onRegisterDue(): void {
    this.#others.register();
  }

  onBrokersDue(): void {
    this.#others.beat();
  }

  onPeerMessage({ nodeId, message }: ArgsOf<ControllerSelf, "peerMessage">): void {
    this.#others.hear(nodeId, message);
  }

  onAskedFor(asked: ArgsOf<ControllerSelf, "askedFor">): void {
    this.#others.answer(asked);
  }

  onPeerOpened({ nodeId }: ArgsOf<ControllerSelf, "peerOpened">): void {
    this.#others.connected(nodeId);
  }

  onPeerClosed({ nodeId }: ArgsOf<ControllerSelf, "peerClosed">): void {
    this.#others.disconnected(nodeId);
  }

  // ------------------------------------------------------------ the end

  onLeave({ withinMs }: Args<"leave">, replyTo: Answer<"leave">): void {
    this.#others.leave(withinMs, replyTo);
  }

  onResigned(): void {
    this.#others.askToLeave();
  }

  onLeaveAgainDue(): void {
    this.#others.askToLeave();
  }

  onLeaveAnswered({ outcome }: ArgsOf<ControllerSelf, "leaveAnswered">): void {
    this.#others.leaveAnswered(outcome.ok ? outcome.value.errorCode : ErrorCode.NOT_CONTROLLER);
  }

  onLeaveDue(): void {
    this.#others.left();
  }
}

export const controllerActor: ActorKind<ControllerSelf, ControllerSettings> = {
  kind: controllerKind,
  create: (settings, out, world) => new Controller(settings, out, world),
  placeOn: (_key, _hostCount, asideIndex) => asideIndex,
  mailbox: { messagesMax: 100_000, bytesMax: 1024 * 1024 * 1024 },
};
