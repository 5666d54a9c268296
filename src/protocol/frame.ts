// Frames and headers: what stands around every request and response. A frame is a length of four
// bytes and that many more; a request's header says which API and version its body is, and carries
// the number under which the answer will come back.
//
// Lives on: anywhere.

import type { Reader } from "./wire.ts";
import { WireError, Writer } from "./wire.ts";
import { requestHeaderVersion, responseHeaderVersion } from "./header-versions.ts";

/** Before every frame. */
export const FRAME_LENGTH_BYTES = 4;

export type RequestHeader = {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
};

/** The first bytes of a request are the same in every header version. */
export function readRequestHeader(reader: Reader): RequestHeader {
  let field = "requestApiKey";
  try {
    const apiKey = reader.int16();
    field = "requestApiVersion";
    const apiVersion = reader.int16();
    field = "correlationId";
    const correlationId = reader.int32();
    field = "clientId";
    // The client id keeps its old form even in the flexible header.
    const clientId = reader.nullableString();
    field = "unknownTags";
    if (requestHeaderVersion(apiKey, apiVersion) === 2) skipTags(reader);
    return { apiKey, apiVersion, correlationId, clientId };
  } catch (error) {
    throw error instanceof WireError ? error.within(`RequestHeader ${field}`) : error;
  }
}

export function writeRequestHeader(writer: Writer, header: RequestHeader): void {
  writer.int16(header.apiKey);
  writer.int16(header.apiVersion);
  writer.int32(header.correlationId);
  writer.nullableString(header.clientId);
  if (requestHeaderVersion(header.apiKey, header.apiVersion) === 2) writer.uvarint(0);
}

/** Answers the correlation id. */
export function readResponseHeader(reader: Reader, apiKey: number, apiVersion: number): number {
  const version = responseHeaderVersion(apiKey, apiVersion);
  let field = "correlationId";
  try {
    const correlationId = reader.int32();
    field = "unknownTags";
    if (version === 1) skipTags(reader);
    return correlationId;
  } catch (error) {
    throw error instanceof WireError ? error.within(`ResponseHeader v${version} ${field}`) : error;
  }
}

export function writeResponseHeader(
  writer: Writer,
  apiKey: number,
  apiVersion: number,
  correlationId: number,
): void {
  writer.int32(correlationId);
  if (responseHeaderVersion(apiKey, apiVersion) === 1) writer.uvarint(0);
}

function skipTags(reader: Reader): void {
  for (let count = reader.uvarint(), before = -1; count > 0; count--) {
    const tag = reader.uvarint();
    if (tag <= before) throw new WireError(`tagged field ${tag} comes after ${before}`, reader.at);
    before = tag;
    reader.at = reader.tagEnd();
  }
}

/** A writer with room for the frame's length in front. */
export function beginFrame(): Writer {
  const writer = new Writer();
  writer.int32(0);
  return writer;
}

/** The whole frame, its length filled in; large blobs by reference. */
export function endFrame(writer: Writer): readonly Uint8Array[] {
  writer.patchFirstInt32(writer.length - FRAME_LENGTH_BYTES);
  return writer.finishChunks();
}

/** Nothing may follow a body; as a codec's `decodeWhole` checks, for those who read one by hand. */
export function checkAllRead(reader: Reader): void {
  if (reader.remaining() > 0) {
    throw new WireError(`${reader.remaining()} bytes follow the body`, reader.at);
  }
}
