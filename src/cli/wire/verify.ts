// Whether bytes and JSON are the same message: decoded the bytes give the JSON, encoded the JSON gives
// the bytes. One line at a time, as another implementation has written them.
//
//   {"message":"FetchRequest","version":12,"json":{...},"hex":"..."}    other names are ignored
//   {"json":{...},"hex":"..."}                                          a record batch
//
// Lives on: main thread (pure).

import type { HeaderKeys } from "../../protocol/json/batch.ts";
import { batchFromJson, batchToJson } from "../../protocol/json/batch.ts";
import type { Value } from "../../protocol/json/convert.ts";
import { firstDifference } from "../../protocol/json/differs.ts";
import { JsonError } from "../../protocol/json/json-error.ts";
import type { Json, JsonObject } from "../../protocol/json/text.ts";
import { isJsonObject, parseJson } from "../../protocol/json/text.ts";
import { codecNameOf, computeCrc, crcOf } from "../../protocol/record-batch.ts";
import { DraftError, Reader, WireError, Writer } from "../../protocol/wire.ts";
import { InputError } from "./input-error.ts";
import type { Named } from "./named.ts";
import { namedMessage } from "./named.ts";

/** What is different, in words; `undefined` for nothing. */
export function verifyLine(text: string): string | undefined {
  let title = "";
  try {
    const line = parseJson(text);
    if (!isJsonObject(line)) return "is no object";
    const { message, version, json } = line;
    const bytes = bytesOf(line["hex"]);
    if (json === undefined) return "has no json";
    if (message === undefined) {
      title = "RecordBatch ";
      return under(title, verifyBatch(json, bytes));
    }
    if (typeof message !== "string") return "the message has no name";
    if (typeof version !== "number") return `${message} has no version`;
    const named = namedMessage(message, version);
    title = `${named.title} `;
    return under(title, verifyMessage(named, json, bytes, line["unknownTags"] === true));
  } catch (error) {
    return whatIsWrong(error, title);
  }
}

/** What is wrong with the input; anything else is thrown on. */
export function whatIsWrong(error: unknown, title = ""): string {
  if (error instanceof JsonError) return `${title}${error.message}`;
  if (error instanceof SyntaxError) return `this is no JSON: ${error.message}`;
  if (error instanceof InputError) return error.message;
  if (error instanceof WireError || error instanceof DraftError) return error.message;
  throw error;
}

function under(title: string, what: string | undefined): string | undefined {
  return what === undefined ? undefined : title + what;
}

function bytesOf(hex: Json | undefined): Uint8Array {
  if (typeof hex !== "string") throw new InputError("has no hex");
  const { buffer, byteOffset, byteLength } = Buffer.from(hex, "hex");
  if (byteLength * 2 !== hex.length) throw new InputError("its hex is none");
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function verifyMessage(
  { codec, json: converter }: Named,
  json: Json,
  bytes: Uint8Array,
  hidesTags: boolean,
): string | undefined {
  const value = codec.decodeWhole(new Reader(bytes));
  const decoded = differs(converter.toJson(value, { unknownTags: !hidesTags }), json);
  if (decoded !== undefined) return decoded;
  const writer = new Writer();
  // Tags that the JSON does not show can only come out of the bytes.
  codec.encode(writer, hidesTags ? value : converter.fromJson(json));
  return differentBytes(writer.finish(), bytes, (again) =>
    differs(toJson(again), converter.toJson(value, { unknownTags: true })),
  );
  function toJson(again: Uint8Array): JsonObject {
    return converter.toJson(codec.decode(new Reader(again)) as Value, { unknownTags: true });
  }
}

/** Header keys are text; lines that have them as base64 are taken as well. */
function verifyBatch(json: Json, bytes: Uint8Array): string | undefined {
  const asText = verifyBatchWith("text", json, bytes);
  if (asText === undefined || !asText.includes(".headers[")) return asText;
  return verifyBatchWith("bytes", json, bytes) === undefined ? undefined : asText;
}

function verifyBatchWith(keys: HeaderKeys, json: Json, bytes: Uint8Array): string | undefined {
  const decodedJson = batchToJson(bytes, keys);
  const decoded = differs(decodedJson, json);
  if (decoded !== undefined) return decoded;
  const crc = computeCrc(bytes);
  if (crc !== crcOf(bytes)) return `crc: the bytes have ${crc}, the header says ${crcOf(bytes)}`;
  const encoded = batchFromJson(json, keys);
  if (codecNameOf(bytes) === "none") return differentBytes(encoded, bytes, () => undefined);
  // Every compressor packs in its own way: what matters is that the same can be read out of it.
  const { crc: _ours, ...again } = batchToJson(encoded, keys);
  const { crc: _theirs, ...before } = decodedJson;
  return under("encoded and decoded again: ", differs(again, before));
}

function differs(ours: Json, theirs: Json): string | undefined {
  const found = firstDifference(ours, theirs);
  if (found === undefined) return undefined;
  return `${found.path}: the bytes say ${found.ours}, the JSON ${found.theirs}`;
}

function differentBytes(
  ours: Uint8Array,
  theirs: Uint8Array,
  field: (ours: Uint8Array) => string | undefined,
): string | undefined {
  if (Buffer.compare(ours, theirs) === 0) return undefined;
  const length = Math.min(ours.byteLength, theirs.byteLength);
  let at = 0;
  while (at < length && ours[at] === theirs[at]) at += 1;
  const sizes = `${ours.byteLength} bytes for ${theirs.byteLength}`;
  const what = field(ours);
  return `encoded differently from byte ${at} on (${sizes})${what === undefined ? "" : `; ${what}`}`;
}
