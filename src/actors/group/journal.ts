// The group's way into the offsets topic. One batch is under way at a time; what comes meanwhile leaves
// as the next. A change counts when its batch is durable, and whoever made it hears so then, in the
// order in which the changes came; if the batch is refused they hear why and nothing has changed.
//
// An entry may ask to be alone: it is made out when all before it are settled, so that it can look at
// what they have left, and nothing after it is written before it is settled.
//
// Lives on: host thread (part of the group actor).

import type { Outcome } from "../../base/outcome.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { BatchBuilder } from "../../protocol/record-batch.ts";
import { DraftError } from "../../protocol/wire.ts";
import type { ActorRef, World } from "../../runtime/actor.ts";
import type { PartitionProtocol, ProduceReply } from "../partition/messages.ts";
import type { GroupRecord } from "./records.ts";

/** Below every sensible `max.message.bytes`; a single entry may be larger. */
const BATCH_BYTES_MAX = 512 * 1024;
/** Changes that wait for a stuck disk. More are told to come again. */
const ENTRIES_MAX = 10_000;
/** The newest; the offsets topic allows every codec, and this batch has none. */
const PRODUCE_VERSION = 13;

/**
 * Clients that have just been answered are about to come again. Where a sync takes long, a little patience
 * lets one serve all of them, and not every other one a single early comer.
 */
const PATIENCE_SHARE = 0.25;
const PATIENCE_MS_MAX = 2;

type Settle = (errorCode: ErrorCode) => void;

type Entry = {
  readonly alone: boolean;
  readonly make: () => readonly GroupRecord[];
  readonly settle: Settle;
};

export type JournalOutbox = {
  ask(
    to: ActorRef<PartitionProtocol>,
    kind: "produce",
    args: PartitionProtocol["produce"]["args"],
    options: { timeoutMs: number; context: null; into: "appended" },
  ): void;
  startTimer(name: "journal", delayMs: number, kind: "journalDue", args: object): void;
  stopTimer(name: "journal"): void;
};

export class Journal {
  readonly #out: JournalOutbox;
  readonly #world: World;
  readonly #partition: ActorRef<PartitionProtocol>;
  #waiting: Entry[] = [];
  #underWay: readonly Entry[] = [];
  #sentAtMs = 0;
  /** Entries that the next batch has the patience for; 0: it leaves with the first. */
  #hopedFor = 0;
  /** As many as may leave together. */
  #entriesAtOnce = Infinity;

  constructor(out: JournalOutbox, world: World, partition: ActorRef<PartitionProtocol>) {
    this.#out = out;
    this.#world = world;
    this.#partition = partition;
  }

  get isIdle(): boolean {
    return this.#underWay.length === 0 && this.#waiting.length === 0;
  }

  /** `settle` hears what came of it, later. At least one record. */
  append(records: readonly GroupRecord[], settle: Settle): void {
    this.#enter({ alone: false, make: () => records, settle });
  }

  /** `make` is asked when the batch leaves; it may come to nothing, which rides with the batch. */
  appendLate(make: () => readonly GroupRecord[], settle: Settle): void {
    this.#enter({ alone: false, make, settle });
  }

  /** `make` may come to nothing; that is settled without an error. */
  appendAlone(make: () => readonly GroupRecord[], settle: Settle): void {
    this.#enter({ alone: true, make, settle });
  }

  #enter(entry: Entry): void {
    if (this.#waiting.length >= ENTRIES_MAX) {
      return entry.settle(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }
    this.#waiting.push(entry);
    this.#begin();
  }

  /** What the partition answered. */
  appended(outcome: Outcome<ProduceReply>): void {
    const settled = this.#underWay;
    const errorCode = errorOfAppend(outcome);
    if (errorCode === ErrorCode.MESSAGE_TOO_LARGE && settled.length > 1) {
      // One of them may be that all by itself; halving finds it, and the others are not to suffer.
      this.#entriesAtOnce = Math.ceil(settled.length / 2);
      this.#waiting.unshift(...settled);
      this.#underWay = [];
      return this.#begin();
    }
    this.#entriesAtOnce = Infinity;
    // Still under way while they hear of it: what they append now waits for what waits already.
    for (const { settle } of settled) settle(errorCode);
    this.#underWay = [];
    this.#beginPatiently(settled.length);
  }

  #beginPatiently(justSettled: number): void {
    const tookMs = this.#world.monotonicMs() - this.#sentAtMs;
    const patienceMs = Math.min(Math.floor(tookMs * PATIENCE_SHARE), PATIENCE_MS_MAX);
    if (justSettled > 1 && patienceMs >= 1) {
      this.#hopedFor = justSettled + this.#waiting.length;
      this.#out.startTimer("journal", patienceMs, "journalDue", {});
    }
    this.#begin();
  }

  /** Who has not come by now is not waited for. */
  due(): void {
    this.#hopedFor = 0;
    this.#begin();
  }

  #begin(): void {
    if (this.#waiting.length < this.#hopedFor) return;
    if (this.#hopedFor > 0) this.#out.stopTimer("journal");
    this.#hopedFor = 0;
    while (this.#underWay.length === 0 && this.#waiting.length > 0) {
      const [first] = this.#waiting;
      const records = made(first!);
      if (records !== undefined && records.length > 0) return this.#send(records);
      this.#waiting.shift();
      first!.settle(records === undefined ? ErrorCode.UNKNOWN_SERVER_ERROR : ErrorCode.NONE);
    }
  }

  #send(firstRecords: readonly GroupRecord[]): void {
    const builder = new BatchBuilder();
    const timestampMs = this.#world.wallMs();
    const add = (records: readonly GroupRecord[]): void => {
      for (const { key, value } of records) builder.append({ key, value, timestampMs });
    };
    add(firstRecords);
    let count = 1;
    if (!this.#waiting[0]!.alone) {
      const countMax = Math.min(this.#waiting.length, this.#entriesAtOnce);
      for (; count < countMax && builder.sizeBytes < BATCH_BYTES_MAX; count++) {
        const next = this.#waiting[count]!;
        const records = next.alone ? undefined : made(next);
        // What cannot be written is told so in its turn, and what rests on it must not be written before.
        if (records === undefined) break;
        add(records);
      }
    }
    this.#underWay = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#sentAtMs = this.#world.monotonicMs();
    const args = { batch: builder.build(), acks: -1, produceVersion: PRODUCE_VERSION };
    const options = { timeoutMs: Infinity, context: null, into: "appended" as const };
    this.#out.ask(this.#partition, "produce", args, options);
  }
}

/** Undefined: there is no room in Kafka's format for what it holds, such as an id longer than any. */
function made({ make }: Entry): readonly GroupRecord[] | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof DraftError) return undefined;
    throw error;
  }
}

/**
 * What a client hears of a batch that was not stored
 * (`CoordinatorRuntime`, `appendGroupMetadataErrorToResponseError`).
 */
function errorOfAppend(outcome: Outcome<ProduceReply>): ErrorCode {
  if (!outcome.ok) return ErrorCode.NOT_COORDINATOR;
  switch (outcome.value.errorCode) {
    case ErrorCode.NONE:
    case ErrorCode.MESSAGE_TOO_LARGE:
      return outcome.value.errorCode;
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    default:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
  }
}
