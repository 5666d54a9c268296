// Frames as clients and brokers sent them (frames.jsonl.gz), header and body, taken in as a broker and
// a client take them in.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Api } from "../../../src/protocol/api-keys.ts";
import { apiOf, apis } from "../../../src/protocol/api-keys.ts";
import { readRequestHeader, readResponseHeader } from "../../../src/protocol/frame.ts";
import { Reader, WireError } from "../../../src/protocol/wire.ts";
import { messageBytesMax } from "./messages.ts";
import { mutate } from "./mutate.ts";
import type { RecordedFrame } from "./recording.ts";
import type { Input, Subject } from "./subject.ts";
import { nameAndVersion } from "./subject.ts";

export function loadFrames(): readonly RecordedFrame[] {
  const packed = readFileSync(join(import.meta.dirname, "frames.jsonl.gz"));
  const lines = gunzipSync(packed).toString("utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedFrame);
}

const apiByName = new Map<string, Api>(apis.map((api) => [api.name, api]));

/** What a response answers is known from elsewhere; a request says itself what it is. */
export function decodeFrame({ what, bytes }: Input): unknown {
  const reader = new Reader(bytes);
  if (what === "request") {
    const { apiKey, apiVersion } = readRequestHeader(reader);
    const request = apiOf(apiKey)?.request;
    const isKnown =
      request !== undefined &&
      request.versions[0] <= apiVersion &&
      apiVersion <= request.versions[1];
    return isKnown ? request.at(apiVersion).decodeWhole(reader) : undefined;
  }
  const [name, version] = nameAndVersion(what);
  const { key, response } = apiByName.get(name)!;
  readResponseHeader(reader, key, version);
  return response.at(version).decodeWhole(reader);
}

export function frameInputs(): readonly Input[] {
  return loadFrames().map(({ api, version, kind, hex }) => ({
    what: kind === "request" ? kind : `${api} v${version}`,
    bytes: new Uint8Array(Buffer.from(hex, "hex")),
  }));
}

export function framesSubject(): Subject {
  const seeds = frameInputs();
  return {
    name: "frame",
    weight: 24,
    bytesMax: messageBytesMax,
    draw(prng) {
      const { what, bytes } = prng.pick(seeds);
      return { what, bytes: mutate(bytes, prng.pick(seeds).bytes, prng) };
    },
    decode(input) {
      try {
        const value = decodeFrame(input);
        return { outcome: value === undefined ? "unknown" : "value", value };
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        if (error.where === "") throw new Error("the error names no place", { cause: error });
        return { outcome: "WireError" };
      }
    },
  };
}
