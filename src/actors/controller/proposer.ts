// One term in which this controller leads: it proposes records and keeps the image as it will be when
// all of them are committed. Plans are made against that image, so requests need not wait for one
// another; if the term ends early the image is thrown away with it.
//
// Lives on: host 0 (part of the controller).

import { MetadataImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { encodeMetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { Outbox } from "../../runtime/actor.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import type { ControllerSelf } from "./events.ts";
import type { Refusal } from "./plan.ts";
import { refusal } from "./plan.ts";

/** Kafka's largest batch of the metadata log. */
export const proposalBytesMax = 8 * 1024 * 1024;
/** Below what the Raft node's mailbox holds, so that a proposal is never lost on the way. */
const PROPOSALS_IN_FLIGHT_MAX = 1000;

export class Proposer {
  readonly #out: Pick<Outbox<ControllerSelf>, "ask">;
  #term = -1;
  #image: MetadataImage | undefined;
  #inFlight = 0;

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
    return this.#inFlight >= PROPOSALS_IN_FLIGHT_MAX;
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

  /** Proposes the records as one atomic batch. Nobody else appends in this term. */
  propose(records: readonly MetadataRecord[]): Refusal | undefined {
    const image = this.#image;
    if (image === undefined) return refusal(ErrorCode.NOT_CONTROLLER, null);
    const encoded = records.map((record) => encodeMetadataRecord(record));
    const sizeBytes = encoded.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes > proposalBytesMax) {
      return refusal(ErrorCode.POLICY_VIOLATION, "The request is too large to be one change.");
    }
    image.advance({ records, lastOffset: image.lastOffset + records.length });
    this.#inFlight += 1;
    this.#out.ask(
      raftNodeRef(),
      "propose",
      { term: this.#term, records: encoded },
      { timeoutMs: Infinity, context: { term: this.#term }, into: "proposed" },
    );
    return undefined;
  }

  /** A proposal has been answered, one way or the other. */
  answered(): void {
    this.#inFlight -= 1;
  }
}
