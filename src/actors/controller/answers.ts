// How a request comes to its answer. Where this controller leads, it is planned against everything that
// is proposed, its records are proposed, and it is answered when they are committed and every host has
// applied them. Where another leads, it goes there, and is answered here when this node has followed.
//
// Lives on: the metadata host (part of the controller).

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { ArgsOf, Outbox, ReplyOf, ReplyTo } from "../../runtime/actor.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import type { ControllerSelf } from "./events.ts";
import type { Forwarding } from "./forwarding.ts";
import type { ControllerProtocol } from "./messages.ts";
import type { PlanContext, Refusal } from "./plan.ts";
import { refusal } from "./plan.ts";
import type { Proposer } from "./proposer.ts";
import type { PlannedCall, Registrar, Way } from "./requests.ts";
import { ways } from "./requests.ts";
import { Waiters } from "./waiters.ts";

const EXPIRE_EVERY_MS = 1000;
/** Answers waiting for an offset; more are told to try again. */
const WAITERS_MAX = 10_000;

const notController = refusal(ErrorCode.NOT_CONTROLLER, null);
const tooLate = refusal(ErrorCode.REQUEST_TIMED_OUT, null);
const tooBusy = refusal(ErrorCode.REQUEST_TIMED_OUT, "The controller has too much to do.");

type Reply<K extends PlannedCall> = ReplyOf<ControllerProtocol, K>;

/** How an answer is told, whichever it is. */
type Ending = {
  readonly answer: () => void;
  readonly refuse: (why: Refusal) => void;
  readonly waiters: Waiters;
};
type AnswersOutbox = Pick<Outbox<ControllerSelf>, "ask" | "pass" | "reply" | "startTimer">;

type Surroundings = {
  readonly timeoutMs: number;
  readonly proposer: Proposer;
  readonly forwarding: Forwarding;
  readonly monotonicMs: () => number;
  readonly contextOf: (image: MetadataImage) => PlanContext;
  readonly brokers: Registrar;
  /** The last offset that is committed, and that which every host has applied. */
  readonly committed: () => number;
  readonly applied: () => number;
};

export class Answers {
  readonly #out: AnswersOutbox;
  readonly #around: Surroundings;
  /** Wait for the commit alone, or for every host too. */
  readonly #forCommit = new Waiters();
  readonly #forHosts = new Waiters();
  /** Answers that change nothing and wait to hear that this node still leads. */
  readonly #toConfirm = new Map<number, Ending>();
  #nextConfirm = 1;
  /** Wait for a proposal to be answered; in order. */
  #uncommitted: (Ending & { readonly proposal: number; readonly deadlineMs: number })[] = [];
  #isExpiring = false;

  constructor(out: AnswersOutbox, around: Surroundings) {
    this.#out = out;
    this.#around = around;
  }

  /**
   * An answer with nothing to commit waits as well: it may rest on a change that was proposed before and
   * is not committed yet.
   */
  carryOut<K extends PlannedCall>(
    name: K,
    args: ArgsOf<ControllerProtocol, K>,
    to: ReplyTo<Reply<K>>,
  ): void {
    const way = ways[name](args, this.#around.brokers) as Way<Reply<K>>;
    const { image } = this.#around.proposer;
    if (image === undefined) return this.#forward(name, args, to, way.refuse);
    this.#plan(way, image, (reply) => this.#out.reply(to, reply));
  }

  #plan<R>(
    { plan, refuse, validateOnly, commitIsEnough }: Way<R>,
    image: MetadataImage,
    reply: (results: R) => void,
  ): void {
    const waiting = this.#waiting + this.#toConfirm.size;
    if (waiting >= WAITERS_MAX || this.#around.proposer.isFull) return reply(refuse(tooBusy));
    const { records, results, inParts } = plan(this.#around.contextOf(image));
    const ending: Ending = {
      answer: () => reply(results),
      refuse: (why) => reply(refuse(why)),
      waiters: commitIsEnough === true ? this.#forCommit : this.#forHosts,
    };
    // What changes nothing could be told by a leader that is none any more (Raft 6.4).
    if (validateOnly === true || records.length === 0) return this.#confirm(ending);
    const { proposer } = this.#around;
    const refused = inParts === true ? proposer.proposeInParts(records) : proposer.propose(records);
    if (refused !== undefined) return ending.refuse(refused);
    this.#answerAfterProposals(ending);
  }

  /** When all that has been proposed so far is committed, wherever it comes to stand. */
  #answerAfterProposals(ending: Ending): void {
    const { proposer, committed, monotonicMs, timeoutMs } = this.#around;
    const { proposed, answered } = proposer;
    if (proposed === answered) return this.#answerAt(committed(), ending);
    this.#uncommitted.push({
      ...ending,
      proposal: proposed,
      deadlineMs: monotonicMs() + timeoutMs,
    });
    this.#expireLater();
  }

  /** The next proposal has been answered: it is committed up to there, or given up. */
  proposed(lastOffset: number | null): void {
    const { answered } = this.#around.proposer;
    const due = this.#uncommitted.filter(({ proposal }) => proposal <= answered);
    this.#uncommitted = this.#uncommitted.filter(({ proposal }) => proposal > answered);
    for (const ending of due) {
      if (lastOffset === null) ending.refuse(notController);
      else this.#answerAt(lastOffset, ending);
    }
  }

  /** Answered by the Raft node where this controller leads; `refused` where nobody does. */
  relay<K extends "describeQuorum" | "changeVoters">(
    name: K,
    args: ArgsOf<ControllerProtocol, K>,
    to: ReplyTo<ReplyOf<ControllerProtocol, K>>,
    refused: ReplyOf<ControllerProtocol, K>,
  ): void {
    const { proposer, forwarding, monotonicMs, timeoutMs } = this.#around;
    if (proposer.image !== undefined) return this.#out.pass(raftNodeRef(), name, args, to as never);
    forwarding.forward({
      name,
      args,
      deadlineMs: monotonicMs() + timeoutMs,
      answered: (value) => this.#out.reply(to, value as ReplyOf<ControllerProtocol, K>),
      failed: () => this.#out.reply(to, refused),
    });
    this.#expireLater();
  }

  #forward<K extends PlannedCall>(
    name: K,
    args: ArgsOf<ControllerProtocol, K>,
    to: ReplyTo<Reply<K>>,
    refuse: (why: Refusal) => Reply<K>,
  ): void {
    const refuseWith = (why: Refusal): void => this.#out.reply(to, refuse(why));
    this.#around.forwarding.forward({
      name,
      args,
      deadlineMs: this.#around.monotonicMs() + this.#around.timeoutMs,
      answered: (value, offset) =>
        this.#answerAt(offset, {
          answer: () => this.#out.reply(to, value as Reply<K>),
          refuse: refuseWith,
          waiters: this.#forHosts,
        }),
      failed: (why) => refuseWith(why === "timeout" ? tooLate : notController),
    });
    this.#expireLater();
  }

  #confirm(ending: Ending): void {
    const id = this.#nextConfirm++;
    this.#toConfirm.set(id, ending);
    const options = { timeoutMs: Infinity, context: { id }, into: "confirmed" } as const;
    this.#out.ask(raftNodeRef(), "confirm", { term: this.#around.proposer.term }, options);
  }

  confirmed({ outcome, context: { id } }: ArgsOf<ControllerSelf, "confirmed">): void {
    const ending = this.#toConfirm.get(id);
    this.#toConfirm.delete(id);
    const { image } = this.#around.proposer;
    const leads = outcome.ok && outcome.value.ok && image !== undefined;
    if (ending === undefined) return;
    if (leads) this.#answerAfterProposals(ending);
    else ending.refuse(notController);
  }

  #answerAt(offset: number, { answer, refuse, waiters }: Ending): void {
    waiters.add({
      offset,
      deadlineMs: this.#around.monotonicMs() + this.#around.timeoutMs,
      answer,
      fail: (errorCode) => refuse(refusal(errorCode, null)),
    });
    this.answerDue();
  }

  /** This node leads no more: nobody knows what becomes of what is not committed. */
  lostLeadership(committed: number): void {
    for (const { refuse } of this.#uncommitted.splice(0)) refuse(notController);
    this.#forCommit.failBeyond(committed, ErrorCode.NOT_CONTROLLER);
    this.#forHosts.failBeyond(committed, ErrorCode.NOT_CONTROLLER);
  }

  answerDue(): void {
    const committed = this.#around.committed();
    this.#forCommit.reached(committed);
    this.#forHosts.reached(Math.min(committed, this.#around.applied()));
    this.#expireLater();
  }

  #expireLater(): void {
    if (this.#isExpiring || this.#waiting + this.#around.forwarding.size === 0) return;
    this.#isExpiring = true;
    this.#out.startTimer("expire", EXPIRE_EVERY_MS, "expireDue", {});
  }

  get #waiting(): number {
    return this.#uncommitted.length + this.#forCommit.size + this.#forHosts.size;
  }

  expire(): void {
    this.#isExpiring = false;
    const nowMs = this.#around.monotonicMs();
    const late = this.#uncommitted.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    this.#uncommitted = this.#uncommitted.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { refuse } of late) refuse(tooLate);
    this.#around.forwarding.expire(nowMs);
    this.#forCommit.expire(nowMs, ErrorCode.REQUEST_TIMED_OUT);
    this.#forHosts.expire(nowMs, ErrorCode.REQUEST_TIMED_OUT);
    this.answerDue();
  }
}
