// A record batch as JSON and back: the fields of its header (DefaultRecordBatch of Kafka) and its
// records as they are stored, deltas and all. Nothing is left out but what follows from the rest: the
// lengths, the count. 64-bit values keep all their bits.
//
// Lives on: anywhere (tools; no hot path).

import { VarintReader, writeExactVarlong, writeVarint } from "../../base/varint.ts";
import { codecNames, compress } from "../../codec/compression.ts";
import {
  batchSizeAt,
  codecMask,
  codecNameOf,
  impossibleBatch,
  lengthOverhead,
  magicAt,
  magicOf,
  recordBytesOf,
  recordsAt,
  stampCrc,
} from "../record-batch.ts";
import { arrayOf, bytes, int16, int32, int64, int8, message, string, uint32 } from "../schema.ts";
import { Reader, WireError, Writer } from "../wire.ts";
import type { JsonCodec, Value } from "./convert.ts";
import { jsonCodec } from "./convert.ts";
import { JsonError } from "./json-error.ts";
import type { Json, JsonObject } from "./text.ts";

const header = {
  baseOffset: int64,
  /** Of what follows this field. */
  batchLength: int32,
  partitionLeaderEpoch: int32,
  magic: int8,
  /** CRC-32C of what follows this field. */
  crc: uint32,
  attributes: int16,
  lastOffsetDelta: int32,
  baseTimestamp: int64,
  maxTimestamp: int64,
  producerId: int64,
  producerEpoch: int16,
  baseSequence: int32,
  recordsCount: int32,
};
const { batchLength: _length, recordsCount: _count, ...shownHeader } = header;
const Header = message(
  { name: "RecordBatch", apiKey: -1, versions: [2, 2], flexibleFrom: Infinity },
  header,
);

/** A header's key is text; as bytes it is shown for those who want what is no UTF-8 as well. */
const headerKeys = { text: string, bytes };
export type HeaderKeys = keyof typeof headerKeys;

const target = { name: "RecordBatch", version: 2, flexible: false, mode: "bigint" } as const;
const codecs: Readonly<Record<HeaderKeys, JsonCodec>> = {
  text: codecWith("text"),
  bytes: codecWith("bytes"),
};

function codecWith(keys: HeaderKeys): JsonCodec {
  const headers = arrayOf({ key: headerKeys[keys], value: bytes.nullable() });
  const record = {
    offsetDelta: int32,
    timestampDelta: int64,
    key: bytes.nullable(),
    value: bytes.nullable(),
    headers,
  };
  return jsonCodec({ ...shownHeader, records: arrayOf(record) }, target);
}

type HeaderValue = { readonly key: Uint8Array | string; readonly value: Uint8Array | null };
type RecordValue = {
  readonly offsetDelta: number;
  readonly timestampDelta: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly HeaderValue[];
};

/** The batch that is the whole of `batch`; throws a WireError when it is none. */
export function batchToJson(batch: Uint8Array, keys: HeaderKeys = "text"): JsonObject {
  const size = batchSizeAt(batch, 0);
  if (batch.byteLength > magicAt && magicOf(batch) !== 2) {
    throw new WireError(`record format ${magicOf(batch)}, only 2 is known`, magicAt, "RecordBatch");
  }
  if (size === 0 || size === impossibleBatch) {
    const what = `its length does not fit the ${batch.byteLength} bytes there are`;
    throw new WireError(what, 0, "RecordBatch");
  }
  if (size < batch.byteLength) {
    throw new WireError(`${batch.byteLength - size} bytes follow its end`, size, "RecordBatch");
  }
  const value = Header.exactly(2).decode(new Reader(batch));
  const records = readRecords(batch, value["recordsCount"] as number, keys);
  return codecs[keys].toJson({ ...value, records });
}

function readRecords(batch: Uint8Array, count: number, keys: HeaderKeys): RecordValue[] {
  // Compaction leaves empty batches, and then nothing is compressed.
  if (count === 0 && batch.byteLength === recordsAt) return [];
  const inflated = recordBytesOf(batch);
  if (!inflated.ok) throw new WireError(inflated.detail, recordsAt, "RecordBatch records");
  const reader = new VarintReader(inflated.value);
  const records: RecordValue[] = [];
  for (let i = 0; i < count; i++) {
    const start = reader.at;
    const record = readRecord(reader, keys);
    if (record === undefined) throw badRecords(codecNameOf(batch), `[${i}] is cut short`, start);
    records.push(record);
  }
  const left = inflated.value.byteLength - reader.at;
  if (left === 0) return records;
  throw badRecords(codecNameOf(batch), `: ${left} bytes follow the ${count} counted`, reader.at);
}

function badRecords(codec: string | undefined, what: string, at: number): WireError {
  const plain = codec === "none";
  const where = plain ? "RecordBatch" : `RecordBatch (${codec}, inflated)`;
  return new WireError(`records${what}`, plain ? recordsAt + at : at, where);
}

function readRecord(reader: VarintReader, keys: HeaderKeys): RecordValue | undefined {
  const length = reader.varint();
  const end = reader.at + length;
  if (reader.bad || length <= 0 || end > reader.bytes.length) return undefined;
  reader.at += 1; // attributes, unused
  const timestampDelta = reader.exactVarlong();
  const offsetDelta = reader.varint();
  const key = readBytes(reader, end);
  const value = readBytes(reader, end);
  const headers: HeaderValue[] = [];
  for (let count = reader.varint(); count > 0 && !reader.bad; count--) {
    const headerKey = readBytes(reader, end);
    if (headerKey === null) return undefined;
    headers.push({
      key: keys === "bytes" ? headerKey : Buffer.from(headerKey).toString("utf8"),
      value: readBytes(reader, end),
    });
  }
  if (reader.bad || reader.at !== end) return undefined;
  return { offsetDelta, timestampDelta, key, value, headers };
}

function readBytes(reader: VarintReader, end: number): Uint8Array | null {
  const length = reader.varint();
  if (length === -1) return null;
  const from = reader.at;
  reader.at += length;
  if (length < 0 || reader.at > end) reader.bad = true;
  return reader.bad ? null : reader.bytes.subarray(from, reader.at);
}

/** The batch's bytes, its checksum computed: that of the JSON is not looked at. */
export function batchFromJson(json: Json, keys: HeaderKeys = "text"): Uint8Array {
  const value = codecs[keys].fromJson(json);
  const records = value["records"] as readonly RecordValue[];
  const stored = compressed(Number(value["attributes"]) & codecMask, writeRecords(records));
  const writer = new Writer();
  Header.exactly(2).encode(writer, headerFor(value, records.length, stored.byteLength));
  writer.raw(stored);
  // A large blob is handed on by reference, and the checksum is to be of one piece.
  const batch = Uint8Array.from(writer.finish());
  stampCrc(batch);
  return batch;
}

function headerFor({ records: _records, ...value }: Value, count: number, bytesCount: number) {
  const batchLength = recordsAt - lengthOverhead + bytesCount;
  return { ...value, batchLength, recordsCount: count };
}

function compressed(codec: number, records: Uint8Array): Uint8Array {
  const name = codecNames[codec];
  if (name === undefined) throw new JsonError(`name compression ${codec}`).under("attributes");
  return records.byteLength === 0 ? records : compress(name, records);
}

function writeRecords(records: readonly RecordValue[]): Uint8Array {
  const all = new RecordWriter();
  const one = new RecordWriter();
  for (const record of records) {
    one.at = 0;
    one.raw(new Uint8Array(1)); // attributes, unused
    one.varlong(record.timestampDelta);
    one.varint(record.offsetDelta);
    one.nullable(record.key);
    one.nullable(record.value);
    one.varint(record.headers.length);
    for (const { key, value } of record.headers) {
      one.nullable(typeof key === "string" ? Buffer.from(key, "utf8") : key);
      one.nullable(value);
    }
    all.nullable(one.written());
  }
  return all.written();
}

/** Room for any single varint. */
const VARINT_BYTES_MAX = 10;

class RecordWriter {
  at = 0;
  #bytes = new Uint8Array(1024);

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.at);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.byteLength).set(bytes, this.at);
    this.at += bytes.byteLength;
  }

  varint(value: number): void {
    this.at = writeVarint(this.#room(VARINT_BYTES_MAX), this.at, value);
  }

  varlong(value: bigint): void {
    this.at = writeExactVarlong(this.#room(VARINT_BYTES_MAX), this.at, value);
  }

  nullable(bytes: Uint8Array | null): void {
    this.varint(bytes === null ? -1 : bytes.byteLength);
    if (bytes !== null) this.raw(bytes);
  }

  #room(count: number): Uint8Array {
    if (this.at + count > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(this.at + count, this.#bytes.byteLength * 2));
      larger.set(this.written());
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}
