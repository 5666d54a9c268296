import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  beginFrame,
  endFrame,
  readRequestHeader,
  readResponseHeader,
  writeRequestHeader,
  writeResponseHeader,
} from "../../src/protocol/frame.ts";
import { requestHeaderVersion, responseHeaderVersion } from "../../src/protocol/header-versions.ts";
import { Reader, WireError, Writer } from "../../src/protocol/wire.ts";
import { loadVectors } from "./support/vectors.ts";

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.finish();
}

describe("headers", () => {
  it("have the versions that each API's version asks for", () => {
    assert.equal(requestHeaderVersion(0, 8), 1);
    assert.equal(requestHeaderVersion(0, 9), 2);
    assert.equal(requestHeaderVersion(17, 1), 1, "SaslHandshake is never flexible");
    assert.equal(requestHeaderVersion(47, 0), 1, "nor is OffsetDelete");
    assert.equal(requestHeaderVersion(18, 3), 2);
    assert.equal(requestHeaderVersion(18, 77), 2, "the version of a client yet to come");
    assert.equal(requestHeaderVersion(4, 0), undefined);
    assert.equal(responseHeaderVersion(0, 9), 1);
    assert.equal(responseHeaderVersion(0, 8), 0);
    assert.equal(responseHeaderVersion(18, 4), 0, "ApiVersions always answers in header 0");
  });

  it("read as Kafka writes them, and are written as Kafka writes them", () => {
    let checked = 0;
    for (const { message, version, json, hex, unknownTags } of loadVectors()) {
      const bytes = new Uint8Array(Buffer.from(hex, "hex"));
      if (message === "RequestHeader") {
        const header = readRequestHeader(new Reader(rekeyed(bytes, version)));
        assert.equal(header.correlationId, json["correlationId"]);
        assert.equal(header.clientId, json["clientId"]);
        if (unknownTags) continue;
        assert.deepEqual(
          bytesOf((writer) => writeRequestHeader(writer, header)),
          rekeyed(bytes, version),
        );
        checked++;
      } else if (message === "ResponseHeader") {
        const apiVersion = version === 1 ? 9 : 8;
        const reader = new Reader(bytes);
        assert.equal(readResponseHeader(reader, 0, apiVersion), json["correlationId"]);
        assert.equal(reader.remaining(), 0);
        if (unknownTags) continue;
        const correlationId = json["correlationId"] as number;
        assert.deepEqual(
          bytesOf((writer) => writeResponseHeader(writer, 0, apiVersion, correlationId)),
          bytes,
        );
        checked++;
      }
    }
    assert(checked >= 12);
  });

  it("of an unknown API can still be told by their first part", () => {
    const bytes = Buffer.from("03e7" + "0001" + "0000002a" + "00026d65" + "ffff", "hex");
    assert.deepEqual(readRequestHeader(new Reader(bytes)), {
      apiKey: 999,
      apiVersion: 1,
      correlationId: 42,
      clientId: "me",
    });
  });

  it("are refused when they are cut off or lie", () => {
    const whole = Buffer.from("0000000900000001ffff" + "02" + "0000" + "0102abcd", "hex");
    const reader = new Reader(new Uint8Array(whole));
    readRequestHeader(reader);
    assert.equal(reader.remaining(), 0);
    for (let end = 0; end < whole.length; end++) {
      assert.throws(() => readRequestHeader(new Reader(whole.subarray(0, end))), WireError);
    }
    const endlessTags = Buffer.from("0000000900000001ffff" + "ffffffff07", "hex");
    assert.throws(() => readRequestHeader(new Reader(endlessTags)), WireError);
  });
});

/** The header of a vector with an API and version in front that fit its header version. */
function rekeyed(bytes: Uint8Array, headerVersion: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setInt16(0, 0);
  new DataView(copy.buffer).setInt16(2, headerVersion === 2 ? 9 : 8);
  return copy;
}

describe("a frame", () => {
  it("begins with the length of what follows", () => {
    const writer = beginFrame();
    writeResponseHeader(writer, 0, 9, 7);
    writer.bytes32(new Uint8Array(10_000));
    const whole = Buffer.concat(endFrame(writer));
    assert.equal(whole.readInt32BE(0), whole.length - 4);
    assert.equal(whole.readInt32BE(4), 7);
    assert.equal(whole.length, 4 + 5 + 4 + 10_000);
  });
});
