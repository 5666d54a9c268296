// Tells the state machine what is committed, in log order: first the snapshot the node started from,
// then every entry, from memory when it was appended in this life, else from disk. A snapshot that came
// from the leader begins all of it anew. What must be told
// after an entry (a proposal's answer, a change of leadership) waits in the same queue.
//
// Lives on: the metadata host (part of the raft node).

import { assert } from "../../base/assert.ts";
import { failure, need } from "../../base/outcome.ts";
import {
  baseOffsetOf,
  batchSizeAt,
  isControl,
  nextOffsetOf,
  recordsOf,
} from "../../protocol/record-batch.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { Routine } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import { controllerRef } from "../controller/messages.ts";
import type { CommittedEntry, RaftNodeProtocol } from "./messages.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";

const READ_BYTES = 1024 * 1024;
const READS_MAX = 10;

export type StartingImage = { readonly id: SnapshotId; readonly records: readonly Uint8Array[] };

/** A batch appended in this life. */
type Appended = {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly bytes: Uint8Array;
};

type Step =
  | { readonly commitEnd: number }
  | { readonly tell: () => void }
  | { readonly image: StartingImage };

export class Delivery {
  readonly #out: Pick<Outbox<RaftNodeProtocol>, "tell">;
  readonly #log: Log;
  /** The next offset to tell of. */
  #next: number;
  readonly #steps: Step[] = [];
  /** Ascending, without gaps; not told of yet. */
  #appended: Appended[] = [];

  constructor(
    out: Pick<Outbox<RaftNodeProtocol>, "tell">,
    log: Log,
    snapshot: StartingImage | null,
  ) {
    this.#out = out;
    this.#log = log;
    this.#next = snapshot?.id.endOffset ?? 0;
    if (snapshot !== null) this.#steps.push({ image: snapshot });
  }

  get hasWork(): boolean {
    return this.#steps.length > 0;
  }

  commit(end: number): void {
    this.#steps.push({ commitEnd: end });
  }

  /** After everything committed so far has been told. */
  afterwards(tell: () => void): void {
    this.#steps.push({ tell });
  }

  appended(batch: Appended): void {
    // A leader whose disk was full may have told of what it did not keep, and be sent it again.
    if (batch.nextOffset > this.#next) this.#appended.push(batch);
  }

  /** The log is empty and begins behind this snapshot. Nobody is being told anything. */
  beginWith(image: StartingImage): void {
    this.#appended = [];
    this.#next = image.id.endOffset;
    this.#steps.push({ image });
  }

  /** The log has been cut back to `end`. */
  cutBack(end: number): void {
    this.#appended = this.#appended.filter(({ nextOffset }) => nextOffset <= end);
  }

  /** Tells all there is to tell. One of these runs at a time. */
  *run(): Routine<void> {
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
      if ("tell" in step) step.tell();
      else if ("image" in step) this.#tellSnapshot(step.image);
      else while (this.#next < step.commitEnd) yield* this.#tellSome(step.commitEnd);
    }
  }

  #tellSnapshot({ id, records }: StartingImage): void {
    const lastOffset = id.endOffset - 1;
    const entries = records.map((record) => ({ offset: lastOffset, record }));
    this.#out.tell(controllerRef(), "committed", { snapshot: true, entries, lastOffset });
  }

  *#tellSome(commitEnd: number): Routine<void> {
    const first = this.#appended[0];
    const inMemory = first !== undefined && first.baseOffset <= this.#next;
    const { entries, nextOffset } = inMemory
      ? this.#fromMemory(commitEnd)
      : yield* this.#fromDisk(Math.min(commitEnd, first?.baseOffset ?? Infinity));
    assert(nextOffset > this.#next, "telling what is committed makes progress");
    this.#next = nextOffset;
    const lastOffset = nextOffset - 1;
    this.#out.tell(controllerRef(), "committed", { snapshot: false, entries, lastOffset });
  }

  #fromMemory(commitEnd: number): { entries: CommittedEntry[]; nextOffset: number } {
    const entries: CommittedEntry[] = [];
    let nextOffset = this.#next;
    while (this.#appended[0] !== undefined && this.#appended[0].nextOffset <= commitEnd) {
      const batch = this.#appended.shift()!;
      addEntries(entries, batch.bytes, 0, this.#next);
      ({ nextOffset } = batch);
    }
    return { entries, nextOffset };
  }

  *#fromDisk(end: number): Routine<{ entries: CommittedEntry[]; nextOffset: number }> {
    let bytes = yield* this.#log.read(this.#next, READ_BYTES, end, true);
    // When the end of the log is cut off meanwhile nothing is read. What is committed is still there.
    for (let more = READS_MAX; bytes.length === 0 && more > 0; more--) {
      bytes = yield* this.#log.read(this.#next, READ_BYTES, end, true);
    }
    const entries: CommittedEntry[] = [];
    let nextOffset = this.#next;
    for (let at = 0; at < bytes.length; at += batchSizeAt(bytes, at)) {
      nextOffset = nextOffsetOf(bytes, at);
      addEntries(entries, bytes, at, this.#next);
    }
    if (bytes.length === 0) need(failure("corrupt", `the metadata log ends at ${this.#next}`));
    return { entries, nextOffset };
  }
}

/** The records of the batch at `at` from offset `from` on; a control batch has none. */
function addEntries(entries: CommittedEntry[], bytes: Uint8Array, at: number, from: number): void {
  if (isControl(bytes, at)) return;
  for (const { offset, value } of recordsOf(bytes, at)) {
    if (value === null) {
      const where = `the batch of offset ${baseOffsetOf(bytes, at)}`;
      need(failure("corrupt", `the metadata log holds an empty record in ${where}`));
    } else if (offset >= from) {
      entries.push({ offset, record: value });
    }
  }
}
