// Captured frames: which API and version they are of, their header and body as JSON. A frame may come
// with its length in front or without, and several may follow one another.
//
// Lives on: main thread (pure).

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { Api } from "../../protocol/api-keys.ts";
import { apiOf, apis } from "../../protocol/api-keys.ts";
import { FRAME_LENGTH_BYTES } from "../../protocol/frame.ts";
import { requestHeaderVersion, responseHeaderVersion } from "../../protocol/header-versions.ts";
import type { Json, JsonObject } from "../../protocol/json/text.ts";
import { Reader, WireError } from "../../protocol/wire.ts";
import { batchesInFull, batchSummaries } from "./batches.ts";
import { InputError } from "./input-error.ts";
import type { Named } from "./named.ts";
import { namedMessage } from "./named.ts";

/** Of what the frames are responses. */
export type Answered = { readonly api: string; readonly version: number };
export type FrameOptions = { readonly answered: Answered | null; readonly records: boolean };

export function framesToJson(bytes: Uint8Array, options: FrameOptions): Json[] {
  const frames = splitFrames(bytes);
  try {
    return (frames ?? [[0, bytes.byteLength] as const]).map(([from, end]) =>
      frameToJson(new Reader(bytes, from, end), options),
    );
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const hints = frames === undefined ? [whyNoLength(bytes)] : [];
    if (options.answered === null) {
      hints.push("taken as a request; of a response, say what it answers: --api and --version");
    }
    throw new InputError([error.message, ...hints].join("\n  "));
  }
}

/** Where the frames' contents begin and end, if lengths and contents fill the bytes. */
function splitFrames(bytes: Uint8Array): [from: number, end: number][] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: [number, number][] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (bytes.byteLength - at <= FRAME_LENGTH_BYTES) return undefined;
    const from = at + FRAME_LENGTH_BYTES;
    const length = view.getInt32(at);
    if (length <= 0 || length > bytes.byteLength - from) return undefined;
    at = from + length;
    frames.push([from, at]);
  }
  return frames.length > 0 ? frames : undefined;
}

/** The trouble may be that there is a length in front which does not fit. */
function whyNoLength(bytes: Uint8Array): string {
  const taken = "taken as one frame without its length in front";
  if (bytes.byteLength < FRAME_LENGTH_BYTES) return taken;
  const said = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  const there = bytes.byteLength - FRAME_LENGTH_BYTES;
  return `${taken}: as a length, the first four bytes say ${said}, and ${there} follow`;
}

function frameToJson(reader: Reader, options: FrameOptions): JsonObject {
  return options.answered === null
    ? requestToJson(reader, options)
    : responseToJson(reader, options.answered, options);
}

const KEY_AND_VERSION_BYTES = 4;

function requestToJson(reader: Reader, options: FrameOptions): JsonObject {
  const { at } = reader;
  if (reader.remaining() < KEY_AND_VERSION_BYTES) {
    const what = `it begins with its API's key and version, and ${reader.remaining()} bytes are there`;
    throw new WireError(what, at, "RequestHeader");
  }
  const key = reader.int16();
  const version = reader.int16();
  reader.at = at;
  const api = apiOf(key);
  const headerVersion = requestHeaderVersion(key, version);
  if (api === undefined || headerVersion === undefined) {
    throw new WireError(`there is no API ${key}`, at);
  }
  const [min, max] = api.request.versions;
  if (version < min || version > max) {
    const what = `${api.request.name} has versions ${min} to ${max}, not ${version}`;
    throw new WireError(what, at + 2);
  }
  const header = namedMessage("RequestHeader", headerVersion);
  return partsToJson(reader, header, namedMessage(api.request.name, version), options);
}

function responseToJson(reader: Reader, { api, version }: Answered, options: FrameOptions) {
  const { key, response } = findApi(api);
  // Says what there is when the version is not.
  namedMessage(response.name, version);
  const header = namedMessage("ResponseHeader", responseHeaderVersion(key, version));
  const body = isRefusal(reader, key) ? 0 : version;
  return partsToJson(reader, header, namedMessage(response.name, body), options);
}

const API_VERSIONS = 18;
const CORRELATION_ID_BYTES = 4;

/** A node that does not know the version of an ApiVersions request answers in version 0 (KIP-511). */
function isRefusal({ bytes, at, end }: Reader, key: number): boolean {
  if (key !== API_VERSIONS || end - at < CORRELATION_ID_BYTES + 2) return false;
  const body = new Reader(bytes, at + CORRELATION_ID_BYTES, end);
  return body.int16() === ErrorCode.UNSUPPORTED_VERSION;
}

function findApi(given: string): Api {
  const name = given.toLowerCase().replace(/(request|response)$/, "");
  const found = /^\d+$/.test(given)
    ? apiOf(Number(given))
    : apis.find((api) => api.name.toLowerCase() === name);
  if (found === undefined) throw new InputError(`there is no API ${given}`);
  return found;
}

function partsToJson(
  reader: Reader,
  header: Named,
  body: Named,
  { records }: FrameOptions,
): JsonObject {
  const shown = { unknownTags: true, batches: records ? batchesInFull : batchSummaries };
  return {
    message: body.title,
    header: header.json.toJson(header.codec.decode(reader), shown),
    body: body.json.toJson(body.codec.decodeWhole(reader), shown),
  };
}
