// What has been asked of the Raft node and is not answered yet: proposals, and whether it still leads.
//
// Lives on: the metadata host (part of the raft node).

import type { Fault, Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { Outbox, ReplyTo } from "../../runtime/actor.ts";
import type { ChangeResult, RaftEffect } from "./core/state.ts";
import type { RaftNodeProtocol } from "./messages.ts";

const REQUESTS_MAX = 100_000;
/** Kafka's largest batch of the metadata log. */
const PROPOSAL_BYTES_MAX = 8 * 1024 * 1024;

export type ProposeReply = Outcome<{ lastOffset: number }>;
export type ConfirmReply = Outcome<{ end: number }>;
type Proposal = {
  readonly records: readonly Uint8Array[];
  readonly replyTo: ReplyTo<ProposeReply>;
};

export const notLeading = failure("refused", "this node does not lead in that term");

export class Requests {
  readonly #out: Pick<Outbox<RaftNodeProtocol>, "reply">;
  readonly #proposals = new Map<number, Proposal>();
  readonly #changes = new Map<number, ReplyTo<{ result: ChangeResult }>>();
  readonly #reads = new Map<number, ReplyTo<ConfirmReply>>();
  #next = 1;

  constructor(out: Pick<Outbox<RaftNodeProtocol>, "reply">) {
    this.#out = out;
  }

  get isFull(): boolean {
    return this.#proposals.size + this.#reads.size >= REQUESTS_MAX;
  }

  tooLarge(records: readonly Uint8Array[]): Fault | undefined {
    const sizeBytes = records.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes <= PROPOSAL_BYTES_MAX) return undefined;
    return failure("tooLarge", `${sizeBytes} bytes of records`);
  }

  addProposal(records: readonly Uint8Array[], replyTo: ReplyTo<ProposeReply>): number {
    const proposal = this.#next++;
    this.#proposals.set(proposal, { records, replyTo });
    return proposal;
  }

  recordsOf(proposal: number): readonly Uint8Array[] {
    return this.#proposals.get(proposal)!.records;
  }

  answerProposal({ proposal, lastOffset }: Extract<RaftEffect, { effect: "answer" }>): void {
    const pending = this.#proposals.get(proposal);
    if (pending === undefined) return;
    this.#proposals.delete(proposal);
    this.#out.reply(pending.replyTo, lastOffset === null ? notLeading : success({ lastOffset }));
  }

  addChange(replyTo: ReplyTo<{ result: ChangeResult }>): number {
    const change = this.#next++;
    this.#changes.set(change, replyTo);
    return change;
  }

  answerChange(change: number, result: ChangeResult): void {
    const replyTo = this.#changes.get(change);
    this.#changes.delete(change);
    if (replyTo !== undefined) this.#out.reply(replyTo, { result });
  }

  addRead(replyTo: ReplyTo<ConfirmReply>): number {
    const read = this.#next++;
    this.#reads.set(read, replyTo);
    return read;
  }

  answerRead(read: number, end: number | null): void {
    const replyTo = this.#reads.get(read);
    if (replyTo === undefined) return;
    this.#reads.delete(read);
    this.#out.reply(replyTo, end === null ? notLeading : success({ end }));
  }
}
