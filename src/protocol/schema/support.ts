// What generated code calls, apart from the methods of Reader and Writer.
//
// Lives on: anywhere.

import { uuidText } from "../../base/uuid.ts";
import type { UnknownTag } from "../schema.ts";
import { DraftError, WireError } from "../wire/errors.ts";
import type { Reader } from "../wire/reader.ts";
import { int64At } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import {
  checkBoolean,
  checkFloat64,
  checkInt16,
  checkInt32,
  checkInt8,
  checkUint16,
  checkUint32,
  setInt64,
  setInt64Exact,
  setUuid,
} from "../wire/writer.ts";

/** Nobody sends many of them, and each costs far more than its two bytes. */
const UNKNOWN_TAG_ELEMENTS = 64;

/** Keeps a tagged field that is not known here, so that it can be written back. */
function keepUnknown(r: Reader, o: { unknownTags?: UnknownTag[] }, tag: number, end: number): void {
  r.spend(UNKNOWN_TAG_ELEMENTS);
  const { buffer, byteOffset } = r.bytes;
  const bytes = new Uint8Array(buffer, byteOffset + r.at, end - r.at);
  (o.unknownTags ??= []).push({ tag, bytes });
  r.at = end;
}

function badTagEnd(r: Reader, tag: number, end: number): never {
  throw new WireError(`tagged field ${tag} should end at byte ${end}`, r.at);
}

/** KIP-482: in ascending order, each at most once. */
function badTagOrder(r: Reader, tag: number, before: number): never {
  const what = tag === before ? "is there twice" : `comes after ${before}`;
  throw new WireError(`tagged field ${tag} ${what}`, r.at);
}

function refuseSet(version: number): never {
  throw new DraftError(`is set, but version ${version} has no such field`);
}

function refuseMissing(): never {
  throw new DraftError("is missing");
}

/** As they came when they were decoded; a draft may hold them in any order. */
function inOrder(tags: readonly UnknownTag[]): readonly UnknownTag[] {
  const isSorted = tags.every(({ tag }, i) => i === 0 || tags[i - 1]!.tag <= tag);
  return isSorted ? tags : tags.toSorted((a, b) => a.tag - b.tag);
}

/** Writes those from index `from` on whose tag is below `before`; answers where to go on. */
function writeUnknown(
  w: Writer,
  tags: readonly UnknownTag[],
  from: number,
  before: number,
): number {
  let next = from;
  for (; next < tags.length && tags[next]!.tag < before; next++) {
    const { tag, bytes } = tags[next]!;
    w.uvarint(tag);
    w.uvarint(bytes.length);
    w.raw(bytes);
  }
  if (tags[next]?.tag === before) throw new DraftError(`tag ${before} is given twice`);
  return next;
}

export const support = {
  badTagEnd,
  badTagOrder,
  checkBoolean,
  checkFloat64,
  checkInt16,
  checkInt32,
  checkInt8,
  checkUint16,
  checkUint32,
  inOrder,
  int64At,
  keepUnknown,
  refuseMissing,
  refuseSet,
  setInt64,
  setInt64Exact,
  setUuid,
  uuidText,
  writeUnknown,
};
