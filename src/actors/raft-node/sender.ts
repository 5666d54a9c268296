// Fills messages to other nodes with what they are to carry: batches, from memory or from disk, and
// pieces of a snapshot's file. By the time a disk has answered the term may be over; then nothing is
// sent.
//
// Lives on: the metadata host (part of the raft node).

import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk } from "../../runtime/routine.ts";
import type { Log } from "../../storage/log.ts";
import { batchesFrom, RecentBatches } from "./batches.ts";
import type { RaftMessage } from "./core/messages.ts";
import type { RaftEffect, RaftState } from "./core/state.ts";
import type { Snapshots } from "./snapshots.ts";

/** Of batches or of a snapshot in one message; one batch may be larger. */
const MESSAGE_BYTES = 1024 * 1024;
const RECENT_BYTES = 4 * 1024 * 1024;

type Effect<K extends RaftEffect["effect"]> = Extract<RaftEffect, { effect: K }>;

export type SenderPorts = {
  send(to: number, message: RaftMessage): void;
  run(routine: Routine<void>): void;
  /** It could not be read; the other side will ask again. */
  failed(detail: string): void;
};

export class Sender {
  readonly recent = new RecentBatches(RECENT_BYTES);
  readonly #raft: RaftState;
  readonly #log: Log;
  readonly #snapshots: Snapshots;
  readonly #ports: SenderPorts;

  constructor(raft: RaftState, log: Log, snapshots: Snapshots, ports: SenderPorts) {
    this.#raft = raft;
    this.#log = log;
    this.#snapshots = snapshots;
    this.#ports = ports;
  }

  sendEntries({ to, message }: Effect<"sendEntries">): void {
    const batches = this.recent.from(message.from, MESSAGE_BYTES);
    if (batches === undefined) this.#ports.run(this.#sendFromDisk(to, message));
    else this.#ports.send(to, { ...message, batches });
  }

  *#sendFromDisk(to: number, message: Effect<"sendEntries">["message"]): Routine<void> {
    const end = this.#log.logEndOffset;
    const read = yield* attempt(this.#log.read(message.from, MESSAGE_BYTES, end, true));
    if (!this.#leadsIn(message.term)) return;
    const batches = read.ok ? batchesFrom(read.value) : undefined;
    if (batches !== undefined) return this.#ports.send(to, { ...message, batches });
    this.#ports.failed(read.ok ? `no whole batches at ${message.from}` : read.detail);
  }

  sendSnapshot({ to, message }: Effect<"sendSnapshot">): void {
    this.#ports.run(this.#sendChunk(to, message));
  }

  *#sendChunk(to: number, message: Effect<"sendSnapshot">["message"]): Routine<void> {
    const { snapshot, position, term } = message;
    const path = this.#snapshots.pathOf({ endOffset: snapshot.offset, epoch: snapshot.epoch });
    const size = yield* attempt(disk("size", { path }));
    // Where segments are small so are these: a world of small files has what it takes to go wrong.
    const length = Math.min(MESSAGE_BYTES, this.#log.settings.segmentBytes >> 3);
    const read = yield* attempt(disk("read", { path, position, length }));
    if (!this.#leadsIn(term)) return;
    if (!size.ok || !read.ok) return this.#ports.failed(`${path} cannot be read`);
    const isLast = position + read.value.length >= size.value;
    this.#ports.send(to, { ...message, bytes: read.value, isLast });
  }

  #leadsIn(term: number): boolean {
    return this.#raft.role.name === "leader" && this.#raft.term === term;
  }
}
