// Record batches for scenarios: good ones by default, and what may be wrong with them.

import type { BatchOptions, RecordDraft } from "../../../src/protocol/record-batch.ts";
import {
  buildBatch,
  stampCrc,
  writeInt16,
  writeInt32,
} from "../../../src/protocol/record-batch.ts";

const text = new TextEncoder();

export type Record = {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly at?: number;
  readonly headers?: RecordDraft["headers"];
};

/** Long before any test runs, and so told apart from a broker's own time. */
export const longAgo = 1_000_000_000_000;

const draftOf = ({ key = null, value = null, at = longAgo, headers }: Record): RecordDraft => ({
  key: key === null ? null : text.encode(key),
  value: value === null ? null : text.encode(value),
  timestampMs: at,
  ...(headers !== undefined && { headers }),
});

export function batch(
  records: readonly Record[] = three,
  options: BatchOptions = {},
): Uint8Array<ArrayBuffer> {
  return buildBatch(records.map(draftOf), options);
}

export const three: readonly Record[] = [
  { key: "k1", value: "one" },
  { key: "k2", value: "two", at: longAgo + 10 },
  { key: "k3", value: "three", at: longAgo + 5 },
];

/** Of an idempotent producer. */
export function numbered(
  producerId: number,
  producerEpoch: number,
  baseSequence: number,
  records: readonly Record[] = three,
): Uint8Array<ArrayBuffer> {
  return batch(records, { producerId, producerEpoch, baseSequence });
}

type Change = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Changed, and with a checksum that says so. */
export function changed(change: Change, bytes = batch()): Uint8Array<ArrayBuffer> {
  change(bytes);
  stampCrc(bytes);
  return bytes;
}

/** Changed behind the checksum's back. */
export function broken(change: Change, bytes = batch()): Uint8Array<ArrayBuffer> {
  change(bytes);
  return bytes;
}

export const set32 = (at: number, value: number): Change => {
  return (bytes) => writeInt32(bytes, at, value);
};
export const set16 = (at: number, value: number): Change => {
  return (bytes) => writeInt16(bytes, at, value);
};
export const set8 = (at: number, value: number): Change => {
  return (bytes) => {
    bytes[at] = value;
  };
};
export const set64 = (at: number, value: bigint): Change => {
  return (bytes) => new DataView(bytes.buffer).setBigInt64(at, value);
};

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
