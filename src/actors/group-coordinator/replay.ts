// What a partition of the offsets topic adds up to: the newest record of every key, by group. Nobody
// here knows what the records mean; every key begins with its type and the group's id.
//
// Lives on: host thread (part of the group coordinator).

import { batchSizeAt, isControl, lastOffsetOf, recordsOf } from "../../protocol/record-batch.ts";
import { Reader, WireError } from "../../protocol/wire.ts";
import type { StoredRecord } from "../group/messages.ts";

/** One character per byte, so that a key of any bytes can be looked up. */
const bytewise = new TextDecoder("latin1");

export class Replay {
  readonly #groups = new Map<string, Map<string, StoredRecord>>();
  records = 0;
  /** Records that name no group. */
  unreadable = 0;

  /** Whole batches, in the order of the log. Where the next one begins. */
  add(batches: Uint8Array, fromOffset: number): number {
    let next = fromOffset;
    for (let at = 0; at < batches.byteLength;) {
      const size = batchSizeAt(batches, at);
      if (size <= 0) break;
      next = lastOffsetOf(batches, at) + 1;
      if (!isControl(batches, at)) this.#addBatch(batches, at, fromOffset);
      at += size;
    }
    return next;
  }

  #addBatch(batches: Uint8Array, at: number, fromOffset: number): void {
    for (const { offset, key, value } of recordsOf(batches, at)) {
      if (offset < fromOffset) continue;
      this.records += 1;
      const groupId = key === null ? undefined : groupOf(key);
      if (key === null || groupId === undefined) this.unreadable += 1;
      else this.#put(groupId, key, value);
    }
  }

  #put(groupId: string, key: Uint8Array, value: Uint8Array | null): void {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      if (value === null) return;
      group = new Map();
      this.#groups.set(groupId, group);
    }
    const name = bytewise.decode(key);
    // The newest is the last in the map's order.
    group.delete(name);
    if (value !== null) group.set(name, { key, value });
    else if (group.size === 0) this.#groups.delete(groupId);
  }

  /** Each group that has anything, with its records in the order in which they were written. */
  *groups(): Generator<readonly [groupId: string, records: readonly StoredRecord[]]> {
    for (const [groupId, records] of this.#groups) yield [groupId, [...records.values()]];
  }
}

function groupOf(key: Uint8Array): string | undefined {
  try {
    const reader = new Reader(key);
    reader.int16();
    return reader.string();
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
