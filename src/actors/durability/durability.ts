// The durability actor: group commit. Whoever must know its bytes safe asks it to sync a path; a sync
// in flight serves those who asked before it started, later ones wait for the next. It only thinks
// about *when* to sync and whom that serves; `startSync` is the one place that says *how*, so that a
// journal shared by all files of a host can take its place.
//
// A path is in one of these states, and in none (forgotten) as soon as nobody waits for it:
//
//   queued   waits for a free slot; whoever asks now is served by the coming sync
//   syncing  whoever asks now waits for the next one: bytes may have come too late for this one
//   failed   for good, until `forget`: after one failed sync the kernel may have marked the lost
//            pages clean, and a second call would report success for bytes that are gone
// Each log directory has a queue of its own: a disk that stands still holds up nobody but its own files.
//
// Lives on: host thread, one per host.

import { innermostFirst, rootOf } from "../../base/roots.ts";
import type { Fault, Outcome } from "../../base/outcome.ts";
import { success } from "../../base/outcome.ts";
import type { ActorKind, Cast, Handlers, Outbox, ReplyTo } from "../../runtime/actor.ts";
import { disk } from "../../runtime/routine.ts";
import type { DurabilityProtocol } from "./messages.ts";
import { durabilityKind } from "./messages.ts";

/**
 * Syncs of one log directory in flight at once. Several overtake each other's waits on a device with a queue; each one
 * holds a thread of the system's pool, which other file work needs too.
 */
export const SYNCS_IN_FLIGHT_MAX = 4;

type SyncReply = ReplyTo<Outcome<null>>;

export type DurabilitySettings = {
  readonly logDirectories: readonly string[];
};

/** What waits for one log directory, and how many of its files are being synced. */
type SyncQueue = { readonly files: FileState[]; inFlight: number };

/** One file that somebody waits for, or that has failed. */
type FileState = {
  readonly path: string;
  readonly queue: SyncQueue;
  readonly id: number;
  /** Served by the sync that is in flight. */
  served: SyncReply[];
  /** To be served by the next one. */
  waiting: SyncReply[];
  syncing: boolean;
  fault: Fault | undefined;
};

type DurabilityEvents = {
  syncEnded: Cast<{ outcome: Outcome<null>; context: { id: number } }>;
};
type Self = DurabilityProtocol & DurabilityEvents;

export class Durability implements Handlers<Self> {
  private readonly out: Outbox<Self>;
  private readonly byPath = new Map<string, FileState>();
  /** Apart from `byPath`: a forgotten file whose sync is still in flight has left that map. */
  private readonly syncing = new Map<number, FileState>();
  private readonly roots: readonly string[];
  private readonly queues = new Map<string, SyncQueue>();
  private nextId = 1;

  constructor({ logDirectories }: DurabilitySettings, out: Outbox<Self>) {
    this.roots = innermostFirst(logDirectories);
    this.out = out;
  }

  onSync({ path }: { path: string }, replyTo: SyncReply): void {
    const file = this.byPath.get(path) ?? this.remember(path);
    if (file.fault !== undefined) return this.out.reply(replyTo, file.fault);
    file.waiting.push(replyTo);
    if (file.syncing || file.waiting.length > 1) return;
    file.queue.files.push(file);
    this.startSyncs(file.queue);
  }

  onSyncEnded({ outcome, context }: { outcome: Outcome<null>; context: { id: number } }): void {
    const file = this.syncing.get(context.id)!;
    this.syncing.delete(file.id);
    file.queue.inFlight -= 1;
    file.syncing = false;
    this.answer(file.served, outcome);
    file.served = [];
    if (!outcome.ok) this.fail(file, outcome);
    else if (file.waiting.length > 0) file.queue.files.push(file);
    else this.dismiss(file);
    this.startSyncs(file.queue);
  }

  onForget({ path }: { path: string }, replyTo: ReplyTo<Record<string, never>>): void {
    const file = this.byPath.get(path);
    if (file !== undefined) this.dismiss(file);
    this.out.reply(replyTo, {});
  }

  private remember(path: string): FileState {
    const file: FileState = {
      path,
      queue: this.queueOf(path),
      id: this.nextId++,
      served: [],
      waiting: [],
      syncing: false,
      fault: undefined,
    };
    this.byPath.set(path, file);
    return file;
  }

  private queueOf(path: string): SyncQueue {
    const root = rootOf(this.roots, path);
    let queue = this.queues.get(root);
    if (queue === undefined) this.queues.set(root, (queue = { files: [], inFlight: 0 }));
    return queue;
  }

  private startSyncs(queue: SyncQueue): void {
    while (queue.inFlight < SYNCS_IN_FLIGHT_MAX) {
      const file = queue.files.shift();
      if (file === undefined) return;
      queue.inFlight += 1;
      file.served = file.waiting;
      file.waiting = [];
      file.syncing = true;
      this.syncing.set(file.id, file);
      this.startSync(file);
    }
  }

  private startSync(file: FileState): void {
    const routine = disk("datasync", { path: file.path });
    this.out.run(routine, { context: { id: file.id }, into: "syncEnded" });
  }

  private fail(file: FileState, fault: Fault): void {
    // A file forgotten meanwhile is gone on purpose, and so is the fault.
    const known = this.byPath.get(file.path) === file;
    this.out.log(known ? "error" : "debug", "sync failed", {
      path: file.path,
      fault: fault.fault,
      detail: fault.detail,
    });
    file.fault = fault;
    this.answer(file.waiting, fault);
    file.waiting = [];
  }

  private answer(waiters: readonly SyncReply[], outcome: Outcome<null>): void {
    const reply = outcome.ok ? success(null) : outcome;
    for (const waiter of waiters) this.out.reply(waiter, reply);
  }

  /** Unless the path has been forgotten and taken anew since. */
  private dismiss(file: FileState): void {
    if (this.byPath.get(file.path) === file) this.byPath.delete(file.path);
  }
}

export const durabilityActor: ActorKind<Self, DurabilitySettings> = {
  kind: durabilityKind,
  create: (settings, out) => new Durability(settings, out),
  placeOn: (key) => Number(key),
  mailbox: { messagesMax: 1_000_000, bytesMax: 1_000_000 },
};
