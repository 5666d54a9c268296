// Records for simulated producers: each can be told from every other by its first bytes, and every
// byte of it follows from its number, so that whoever reads it knows what it must be.
//
// Lives on: the simulator's thread.

import type { OutgoingRecord } from "../client/producer-batch.ts";
import type { Prng } from "../base/prng.ts";

const ID_BYTES = 4;
const MAGIC = 0x60fa;

export class MaterialSeed {
  private readonly prng: Prng;

  constructor(prng: Prng) {
    this.prng = prng;
  }

  record(id: number, timestampMs: number, size: "any" | "small"): OutgoingRecord {
    const { prng } = this;
    const padding = size === "small" ? 10 : this.padding();
    const value = new Uint8Array(ID_BYTES + 2 + padding);
    const view = new DataView(value.buffer);
    view.setUint32(0, id);
    view.setUint16(ID_BYTES, MAGIC);
    for (let at = ID_BYTES + 2; at < value.length; at++) value[at] = (id * 7 + at * 13) & 0xff;
    const key = prng.below(3) === 0 ? null : prng.bytes(prng.below(12));
    const headers =
      prng.below(5) === 0
        ? [{ key: `h${id % 7}`, value: prng.chance(0.5) ? null : prng.bytes(3) }]
        : [];
    return { key, value, headers, timestampMs };
  }

  /** Mostly small; now and then larger than a small segment, an index interval, a socket's window. */
  private padding(): number {
    const kind = this.prng.below(100);
    if (kind < 80) return this.prng.below(60);
    if (kind < 98) return this.prng.below(1_000);
    return this.prng.below(20_000);
  }
}

/** The id of a record by its value; undefined when no producer of this world made it. */
export function idOf(value: Uint8Array | null): number | undefined {
  if (value === null || value.byteLength < ID_BYTES + 2) return undefined;
  const view = new DataView(value.buffer, value.byteOffset);
  return view.getUint16(ID_BYTES) === MAGIC ? view.getUint32(0) : undefined;
}
