// Bytes into JSON and JSON into bytes, of one message or of record batches.
//
// Lives on: main thread (pure).

import { batchFromJson, batchToJson } from "../../protocol/json/batch.ts";
import type { JsonObject } from "../../protocol/json/text.ts";
import { parseJson } from "../../protocol/json/text.ts";
import { batchSizeAt } from "../../protocol/record-batch.ts";
import { Reader, Writer } from "../../protocol/wire.ts";
import { JsonError } from "../../protocol/json/json-error.ts";
import { InputError } from "./input-error.ts";
import type { Named } from "./named.ts";
import { namedMessage } from "./named.ts";

/** As people may call what has no name among Kafka's messages. */
const BATCH = "RecordBatch";

export type Asked = { readonly message: string | null; readonly version: number | null };
export type Decoded = { readonly shown: readonly JsonObject[]; readonly hidesTags: boolean };

export function decodeBytes(bytes: Uint8Array, asked: Asked, unknownTags: boolean): Decoded {
  const named = namedOrBatch(asked);
  if (named === null) return { shown: batchesOf(bytes), hidesTags: false };
  const value = named.codec.decodeWhole(new Reader(bytes));
  const shown = named.json.toJson(value, { unknownTags });
  const whole = unknownTags ? shown : named.json.toJson(value, { unknownTags: true });
  return { shown: [shown], hidesTags: JSON.stringify(whole) !== JSON.stringify(shown) };
}

export function encodeJson(text: string, asked: Asked): Uint8Array {
  const json = parseJson(text);
  const named = namedOrBatch(asked);
  if (named === null) return batchFromJson(json);
  const writer = new Writer();
  try {
    named.codec.encode(writer, named.json.fromJson(json));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new InputError(`${named.title} ${error.message}`);
  }
  return writer.finish();
}

function namedOrBatch({ message, version }: Asked): Named | null {
  if (message !== null && message !== BATCH) return namedMessage(message, version);
  if (version !== null && version !== 2) {
    throw new InputError(`record batches have version 2 only, not ${version}`);
  }
  return null;
}

function batchesOf(bytes: Uint8Array): JsonObject[] {
  const shown: JsonObject[] = [];
  for (let at = 0; at === 0 || at < bytes.byteLength;) {
    const size = batchSizeAt(bytes, at);
    // What is no whole batch is refused there, with the reason.
    const end = size > 0 ? at + size : bytes.byteLength;
    shown.push(batchToJson(bytes.subarray(at, end)));
    at = end;
  }
  return shown;
}
