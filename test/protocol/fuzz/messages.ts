// Messages and records by themselves, from Kafka's own instances: a value, which can be written and
// read again as the same, or a WireError that names the message; the compiled decoder and the walker
// agree on which.

import assert from "node:assert/strict";
import type { Codec } from "../../../src/protocol/schema.ts";
import { decodeMetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { Reader, WireError, Writer } from "../../../src/protocol/wire.ts";
import { declared } from "../support/declared.ts";
import { loadVectors } from "../support/vectors.ts";
import type { Value } from "../support/walker.ts";
import { walkIn } from "../support/walker.ts";
import { mutate } from "./mutate.ts";
import type { Input, Subject } from "./subject.ts";
import { nameAndVersion } from "./subject.ts";

/** An error with its stack; twice, because the way is gone again to find the field. */
const ERROR_BYTES = 32 * 1024;
/**
 * The worst are the protocols of JoinGroup (an object with a view in three bytes: 57 bytes for each of
 * them) and unknown tags (as much in two: 81). Refused at the end they are read twice, the second time
 * with the path of each: 171 and 194.
 */
const BYTES_PER_BYTE = 256;

export function messageBytesMax({ bytes }: Input): number {
  return ERROR_BYTES + BYTES_PER_BYTE * bytes.length;
}

type Outcome<T> = { value: T } | { error: WireError };

function outcomeOf<T>(decode: () => T): Outcome<T> {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof WireError) return { error };
    throw error;
  }
}

function encoded(codec: Codec<Value>, value: Value): Uint8Array {
  const writer = new Writer();
  codec.encode(writer, value);
  return writer.finish();
}

export function messagesSubject(): Subject {
  const seeds = loadVectors()
    .filter(({ message }) => declared.has(message))
    .map(({ message, version, hex }) => ({
      what: `${message} v${version}`,
      bytes: new Uint8Array(Buffer.from(hex, "hex")),
    }));
  return {
    name: "message",
    weight: 24,
    bytesMax: messageBytesMax,
    draw(prng) {
      const { what, bytes } = prng.pick(seeds);
      return { what, bytes: mutate(bytes, prng.pick(seeds).bytes, prng) };
    },
    decode({ what, bytes }) {
      const [name, version] = nameAndVersion(what);
      const codec = declared.get(name)!.exactly(version);
      const value = outcomeOf(() => codec.decode(new Reader(bytes)));
      return { outcome: "value" in value ? "value" : "WireError", value };
    },
    check: (input, { value }) => agreement(input, value as Outcome<Value>),
  };
}

function agreement({ what, bytes }: Input, outcome: Outcome<Value>): void {
  const [name, version] = nameAndVersion(what);
  const message = declared.get(name)!;
  const codec = message.exactly(version);
  const target = { version, flexible: version >= message.flexibleFrom, mode: "bigint" } as const;
  const walked = outcomeOf(() => walkIn(message.shape, new Reader(bytes), target));
  // The number mode refuses more, but never otherwise.
  const inNumbers = outcomeOf(() => message.at(version).decode(new Reader(bytes)));
  if ("error" in outcome) {
    assert("error" in walked, "the walker took it");
    assert("error" in inNumbers, "the number mode took it");
    assert(outcome.error.where.startsWith(`${what} `), outcome.error.message);
    return;
  }
  assert("value" in walked, "the walker refused it");
  assert.deepEqual(outcome.value, walked.value);
  // Padded varints are written as they should have been; what comes of that once stays so.
  const once = encoded(codec, outcome.value);
  assert.deepEqual(encoded(codec, codec.decode(new Reader(once))), once);
}

const METADATA = /Record$/;

/** Values of the metadata log: a frame version, a type and a version before the record. */
export function metadataRecordsSubject(): Subject {
  const seeds = loadVectors().flatMap(({ message: name, version, hex }) => {
    const message = declared.get(name);
    if (message === undefined || !METADATA.test(name) || message.apiKey < 0) return [];
    const writer = new Writer();
    for (const head of [1, message.apiKey, version]) writer.uvarint(head);
    writer.raw(Buffer.from(hex, "hex"));
    return [writer.finish().slice()];
  });
  return {
    name: "metadata record",
    weight: 12,
    bytesMax: messageBytesMax,
    draw: (prng) => ({ what: "", bytes: mutate(prng.pick(seeds), prng.pick(seeds), prng) }),
    decode({ bytes }) {
      const outcome = outcomeOf(() => decodeMetadataRecord(bytes));
      if ("error" in outcome) return { outcome: "WireError" };
      return { outcome: outcome.value.kind === "unknown" ? "unknown" : "value" };
    },
  };
}
