// One change of a consumer group: the records that make it, each applied as it is written, so that
// what comes later in the same change sees what came before. The records are one batch of the log:
// all of them are stored, or none and the change is taken back.
//
// Lives on: host thread (part of the group actor).

import type { Undo } from "./apply.ts";
import { applyRecord } from "./apply.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { RebalanceCause } from "../messages.ts";
import type { GroupRecord } from "../records.ts";
import type { ConsumerGroup, Member } from "./consumer-group.ts";
import type { ConsumerGroupRecord } from "./records.ts";

/** Why the group has a new epoch, which makes it rebalance. */
export type EpochReason = {
  readonly cause: RebalanceCause;
  /** Undefined: no single member's doing. */
  readonly member: Member | undefined;
};

export type NewEpoch = EpochReason & { readonly groupEpoch: number };

export class Change {
  readonly group: ConsumerGroup;
  /** Those of a classic group are there when a group changes over. */
  readonly records: (ConsumerGroupRecord | GroupRecord)[] = [];
  readonly newEpochs: NewEpoch[] = [];
  readonly #undos: Undo[] = [];

  constructor(group: ConsumerGroup) {
    this.group = group;
  }

  write(record: ConsumerGroupRecord): void {
    this.#undos.push(applyRecord(this.group, record));
    this.records.push(record);
  }

  writeAll(records: readonly ConsumerGroupRecord[]): void {
    for (const record of records) this.write(record);
  }

  /** A record of the classic group that it was, or becomes. */
  writeClassic(record: GroupRecord): void {
    this.records.push(record);
  }

  /** What beside the group is to be as it was. */
  onTakeBack(undo: Undo): void {
    this.#undos.push(undo);
  }

  /** Members of the consumer protocol have gone: those who are left may all speak the classic one. */
  hasRemoved = false;
  /** Why it was taken back. */
  refusedWith: ErrorCode = ErrorCode.NONE;
  get isTakenBack(): boolean {
    return this.refusedWith !== ErrorCode.NONE;
  }

  /** Called when the records are durable. */
  onStored: (() => void) | undefined;

  /** The records could not be stored. Changes are taken back in the opposite order. */
  takeBack(errorCode: ErrorCode): void {
    this.refusedWith = errorCode;
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }
}
