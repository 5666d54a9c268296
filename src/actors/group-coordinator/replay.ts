// What a partition of the offsets topic adds up to: the newest record of every key, by group. Nobody
// here knows what the records mean; every key begins with its type and the group's id.
//
// Lives on: host thread (part of the group coordinator).

import { batchSizeAt, isControl, lastOffsetOf, recordsOf } from "../../protocol/record-batch.ts";
import { Reader, WireError } from "../../protocol/wire.ts";
import type { StoredRecord } from "../group/messages.ts";

/** One character per byte, so that a key of any bytes can be looked up. */
const bytewise = new TextDecoder("latin1");

type Entry = {
  readonly groupId: string;
  readonly key: Uint8Array;
  value: Uint8Array;
  /** Of its newest record, among all. */
  place: number;
};

export class Replay {
  readonly #entries = new Map<string, Entry>();
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
      if (key === null) this.unreadable += 1;
      else this.#put(key, value);
    }
  }

  /** Most records are of keys that are known already: they cost one look. */
  #put(key: Uint8Array, value: Uint8Array | null): void {
    const name = bytewise.decode(key);
    const known = this.#entries.get(name);
    if (known !== undefined) {
      if (value === null) this.#entries.delete(name);
      else {
        known.value = value;
        known.place = this.records;
      }
      return;
    }
    const groupId = groupOf(key);
    if (groupId === undefined) this.unreadable += 1;
    else if (value !== null) {
      this.#entries.set(name, { groupId, key, value, place: this.records });
    }
  }

  /** Each group that has anything, with its records in the order in which they were written. */
  *groups(): Generator<readonly [groupId: string, records: readonly StoredRecord[]]> {
    const byGroup = new Map<string, Entry[]>();
    for (const entry of this.#entries.values()) {
      const entries = byGroup.get(entry.groupId);
      if (entries === undefined) byGroup.set(entry.groupId, [entry]);
      else entries.push(entry);
    }
    for (const [groupId, entries] of byGroup) {
      entries.sort((a, b) => a.place - b.place);
      yield [groupId, entries.map(({ key, value }) => ({ key, value }))];
    }
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
