// Frames as they are captured, put together by hand or by the codec.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import type { FrameOptions } from "../../../src/cli/wire/frame.ts";
import { framesToJson } from "../../../src/cli/wire/frame.ts";
import { InputError } from "../../../src/cli/wire/input-error.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { beginFrame, endFrame, writeResponseHeader } from "../../../src/protocol/frame.ts";
import { writeRequestHeader } from "../../../src/protocol/frame.ts";
import type { Json, JsonObject } from "../../../src/protocol/json/text.ts";
import { ProduceRequest } from "../../../src/protocol/messages/00-produce.ts";
import { FetchResponse } from "../../../src/protocol/messages/01-fetch.ts";
import { ApiVersionsResponse } from "../../../src/protocol/messages/18-api-versions.ts";
import { buildBatch } from "../../../src/protocol/record-batch.ts";
import { WireError } from "../../../src/protocol/wire.ts";

const request: FrameOptions = { answered: null, records: false };
const answerTo = (api: string, version: number): FrameOptions => ({
  answered: { api, version },
  records: false,
});

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const asked = "0012 0003 00000001 0002 6d65 00  056b636174 0231 00";
const whole = `00000015 ${asked}`;
const shown = {
  message: "ApiVersionsRequest v3",
  header: { requestApiKey: 18, requestApiVersion: 3, correlationId: 1, clientId: "me" },
  body: { clientSoftwareName: "kcat", clientSoftwareVersion: "1" },
};
const batch = buildBatch(
  [1, 2].map((at) => ({ timestampMs: at, value: Uint8Array.of(at) })),
  { compression: "gzip", transactional: true },
);

function at(json: Json | undefined, ...path: (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => (value as JsonObject)[step], json);
}

function produce(): Uint8Array {
  const writer = beginFrame();
  writeRequestHeader(writer, { apiKey: 0, apiVersion: 9, correlationId: 5, clientId: null });
  ProduceRequest.at(9).encode(writer, {
    acks: -1,
    timeoutMs: 1,
    topicData: [{ name: "t", partitionData: [{ index: 0, records: batch }] }],
  });
  return Buffer.concat(endFrame(writer));
}

function fetched(records: Uint8Array): Uint8Array {
  const writer = beginFrame();
  writeResponseHeader(writer, 1, 12, 6);
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 9, records };
  FetchResponse.at(12).encode(writer, {
    throttleTimeMs: 0,
    responses: [{ topic: "t", partitions: [{ ...partition, abortedTransactions: null }] }],
  });
  return Buffer.concat(endFrame(writer));
}

describe("a captured request", () => {
  it("comes with its length in front or without", () => {
    assert.deepEqual(framesToJson(bytesOf(whole), request), [shown]);
    assert.deepEqual(framesToJson(bytesOf(asked), request), [shown]);
  });

  it("may be one of several", () => {
    assert.deepEqual(framesToJson(bytesOf(whole + whole), request), [shown, shown]);
  });

  it("shows in short what is produced, or in full", () => {
    const [short] = framesToJson(produce(), request);
    const path = ["body", "topicData", 0, "partitionData", 0, "records", 0] as const;
    assert.deepEqual(at(short, ...path), {
      baseOffset: 0,
      lastOffset: 1,
      records: 2,
      bytes: batch.byteLength,
      compression: "gzip",
      transactional: true,
    });
    const [full] = framesToJson(produce(), { ...request, records: true });
    assert.equal(at(full, ...path, "records", 1, "value"), "Ag==");
  });

  const refused: readonly [hex: string, what: RegExp][] = [
    [
      "0012 0009 00000001 ffff 00",
      /ApiVersionsRequest has versions 0 to \d, not 9 [^]+ of a response, say/,
    ],
    ["0212 0003 00000001 ffff 00", /there is no API 530 [^]+ of a response, say what/],
    ["0012 0003 00000001 0009 6d65", /RequestHeader v2 clientId: 9 bytes are needed, 2 are left/],
    [whole.slice(0, -4), /as a length, the first four bytes say 21, and 19 follow/],
    [`${asked} 00`, /ApiVersionsRequest v3: 1 bytes follow its end \(at byte 21\)/],
    ["0000 0006 0000 0007 0000", /of a response, say what it answers: --api and --version/],
    ["", /./],
    ["00", /RequestHeader: it begins with its API's key and version, and 1 bytes are there/],
  ];
  for (const [hex, what] of refused) {
    it(`is refused: ${hex}`, () => {
      assert.throws(
        () => framesToJson(bytesOf(hex), request),
        (error) =>
          (error instanceof InputError || error instanceof WireError) && what.test(error.message),
      );
    });
  }
});

describe("a captured response", () => {
  it("is read as what it answers, by name or key", () => {
    const frame = fetched(batch);
    const byName = framesToJson(frame, answerTo("Fetch", 12));
    assert.deepEqual(at(byName[0], "header"), { correlationId: 6 });
    assert.equal(at(byName[0], "message"), "FetchResponse v12");
    for (const api of ["1", "fetch", "FetchResponse"]) {
      assert.deepEqual(framesToJson(frame, answerTo(api, 12)), byName);
    }
  });

  it("may end in a part of a batch", () => {
    const cut = Buffer.concat([batch, batch.subarray(0, 70)]);
    for (const records of [true, false]) {
      const [json] = framesToJson(fetched(cut), { ...answerTo("Fetch", 12), records });
      const path = ["body", "responses", 0, "partitions", 0, "records"] as const;
      assert.equal((at(json, ...path) as readonly Json[]).length, 2);
      assert.deepEqual(at(json, ...path, 1), {
        is: "the beginning of a batch",
        bytes: 70,
        begins: Buffer.from(batch.subarray(0, 61)).toString("hex"),
      });
    }
  });

  it("of ApiVersions is of version 0 when the version was refused", () => {
    const writer = beginFrame();
    writeResponseHeader(writer, 18, 4, 1);
    const errorCode = ErrorCode.UNSUPPORTED_VERSION;
    ApiVersionsResponse.at(0).encode(writer, { errorCode, apiKeys: [] });
    const frame = Buffer.concat(endFrame(writer));
    const [json] = framesToJson(frame, answerTo("ApiVersions", 4));
    assert.equal(at(json, "message"), "ApiVersionsResponse v0");
    assert.equal(at(json, "body", "errorCode"), 35);
  });

  it("is refused when there is no such API or version", () => {
    const frame = fetched(batch);
    assert.throws(() => framesToJson(frame, answerTo("Fetsch", 12)), /there is no API Fetsch/);
    assert.throws(() => framesToJson(frame, answerTo("4", 0)), /there is no API 4/);
    assert.throws(() => framesToJson(frame, answerTo("Fetch", 99)), /versions 4 to \d+, not 99/);
  });
});
