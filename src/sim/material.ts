// Records for simulated producers: each can be told from every other by its first bytes, and every
// byte of it follows from its number, so that whoever reads it knows what it must be.
//
// Lives on: the simulator's thread.

import type { OutgoingRecord } from "../client/producer-batch.ts";
import type { Prng } from "../base/prng.ts";
import type { RecordView } from "../protocol/record-batch.ts";

const ID_BYTES = 4;
const MAGIC = 0x60fa;
/** Of a tombstone: there is no value to tell it by. */
const ID_HEADER = "id";

export class MaterialSeed {
  private readonly prng: Prng;

  constructor(prng: Prng) {
    this.prng = prng;
  }

  /** `keyed`: for a compacted topic, with one of a few keys as a rule, and now and then a tombstone. */
  record(id: number, timestampMs: number, size: "any" | "small", keyed: boolean): OutgoingRecord {
    const { prng } = this;
    if (keyed && prng.below(4) === 0) return this.tombstone(id, timestampMs);
    const padding = size === "small" ? 10 : this.padding();
    const value = new Uint8Array(ID_BYTES + 2 + padding);
    const view = new DataView(value.buffer);
    view.setUint32(0, id);
    view.setUint16(ID_BYTES, MAGIC);
    for (let at = ID_BYTES + 2; at < value.length; at++) value[at] = (id * 7 + at * 13) & 0xff;
    const key = keyed ? this.key() : prng.below(3) === 0 ? null : prng.bytes(prng.below(12));
    const headers =
      prng.below(5) === 0
        ? [{ key: `h${id % 7}`, value: prng.chance(0.5) ? null : prng.bytes(3) }]
        : [];
    return { key, value, headers, timestampMs };
  }

  private tombstone(id: number, timestampMs: number): OutgoingRecord {
    const value = new Uint8Array(ID_BYTES + 2);
    const view = new DataView(value.buffer);
    view.setUint32(0, id);
    view.setUint16(ID_BYTES, MAGIC);
    return { key: this.key(), value: null, headers: [{ key: ID_HEADER, value }], timestampMs };
  }

  private key(): Uint8Array {
    const { prng } = this;
    return prng.below(8) === 0 ? prng.bytes(8) : Uint8Array.of(prng.below(6));
  }

  /** Mostly small; now and then larger than a small segment, an index interval, a socket's window. */
  private padding(): number {
    const kind = this.prng.below(100);
    if (kind < 80) return this.prng.below(60);
    if (kind < 98) return this.prng.below(1_000);
    return this.prng.below(20_000);
  }
}

/** The id of a record by its bytes; undefined when no producer of this world made it. */
export function idOf(record: Pick<RecordView, "value" | "headers">): number | undefined {
  const header = record.headers.find(({ key }) => key === ID_HEADER);
  const value = record.value ?? header?.value ?? null;
  if (value === null || value.byteLength < ID_BYTES + 2) return undefined;
  const view = new DataView(value.buffer, value.byteOffset);
  return view.getUint16(ID_BYTES) === MAGIC ? view.getUint32(0) : undefined;
}
