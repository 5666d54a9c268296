// One term in which this controller leads: it proposes records and keeps the image as it will be when
// all of them are committed. Plans are made against that image, so requests need not wait for one
// another; if the term ends early the image is thrown away with it.
//
// Lives on: the metadata host (part of the controller).

import { MetadataImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { encodeMetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { Outbox } from "../../runtime/actor.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import type { ControllerSelf } from "./events.ts";
import type { Refusal } from "./plan.ts";
import { recordsPerRequestMax, refusal } from "./plan.ts";

/** Kafka's largest batch of the metadata log. */
export const proposalBytesMax = 8 * 1024 * 1024;
/** Below what the Raft node's mailbox holds, so that a proposal is never lost on the way. */
const PROPOSALS_IN_FLIGHT_MAX = 1000;

export class Proposer {
  readonly #out: Pick<Outbox<ControllerSelf>, "ask">;
  #term = -1;
  #image: MetadataImage | undefined;
  /** Of this node's life, in order: how many have been proposed, and how many answered. */
  #proposed = 0;
  #answered = 0;

  constructor(out: Pick<Outbox<ControllerSelf>, "ask">) {
    this.#out = out;
  }

  get term(): number {
    return this.#term;
  }

  /** With everything proposed in this term; undefined while another leads, or nobody. */
  get image(): MetadataImage | undefined {
    return this.#image;
  }

  get isFull(): boolean {
    return this.#proposed - this.#answered >= PROPOSALS_IN_FLIGHT_MAX;
  }

  /** The number of the latest proposal; those up to `answered` are committed or given up. */
  get proposed(): number {
    return this.#proposed;
  }

  get answered(): number {
    return this.#answered;
  }

  /** Everything of the terms before is committed, so nothing of theirs is under way. */
  lead(term: number, committed: MetadataImage): void {
    this.#term = term;
    this.#image = MetadataImage.from(committed.snapshot());
  }

  /** False when that term is over already. */
  stop(term: number): boolean {
    if (term !== this.#term || this.#image === undefined) return false;
    this.#image = undefined;
    return true;
  }

  /**
   * Proposes the records as one atomic batch. Only the Raft node itself appends beside it, who votes:
   * so where a proposal comes to stand is known when it is answered, and not before.
   */
  propose(records: readonly MetadataRecord[]): Refusal | undefined {
    const image = this.#image;
    if (image === undefined) return refusal(ErrorCode.NOT_CONTROLLER, null);
    const encoded = records.map((record) => encodeMetadataRecord(record));
    const sizeBytes = encoded.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes > proposalBytesMax) {
      return refusal(ErrorCode.POLICY_VIOLATION, "The request is too large to be one change.");
    }
    image.advance({ records, lastOffset: image.lastOffset + records.length });
    this.#proposed += 1;
    this.#out.ask(
      raftNodeRef(),
      "propose",
      { term: this.#term, records: encoded },
      { timeoutMs: Infinity, context: { term: this.#term }, into: "proposed" },
    );
    return undefined;
  }

  /** The same for records of which each stands for itself: in as many batches as it takes. */
  proposeInParts(records: readonly MetadataRecord[]): Refusal | undefined {
    for (let from = 0; from < records.length; from += recordsPerRequestMax) {
      const refused = this.propose(records.slice(from, from + recordsPerRequestMax));
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /** A proposal has been answered, one way or the other. */
  noteAnswer(): void {
    this.#answered += 1;
  }

  /** With nothing under way, what is committed is where the next record will stand. */
  follow(lastOffset: number): void {
    const image = this.#image;
    if (image === undefined || this.#answered < this.#proposed) return;
    if (image.lastOffset < lastOffset) image.advance({ records: [], lastOffset });
  }
}
