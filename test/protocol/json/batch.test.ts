import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { batchFromJson, batchToJson } from "../../../src/protocol/json/batch.ts";
import { firstDifference } from "../../../src/protocol/json/differs.ts";
import type { JsonObject } from "../../../src/protocol/json/text.ts";
import { parseJson, printJson } from "../../../src/protocol/json/text.ts";
import {
  buildBatch,
  codecNameOf,
  codecNames,
  isCrcRight,
  recordsAt,
  stampCrc,
} from "../../../src/protocol/record-batch.ts";
import { WireError } from "../../../src/protocol/wire.ts";

type Line = { readonly json: JsonObject; readonly hex: string };

const packed = readFileSync(new URL("../record-batch/batches.jsonl.gz", import.meta.url));
const lines = gunzipSync(packed)
  .toString()
  .trim()
  .split("\n")
  .map((line) => parseJson(line) as unknown as Line);

describe("a record batch as JSON", () => {
  it("is what Kafka says that it holds, to the last bit", () => {
    for (const { json, hex } of lines) {
      const batch = new Uint8Array(Buffer.from(hex, "hex"));
      assert.equal(firstDifference(batchToJson(batch), json), undefined);
      const again = batchFromJson(parseJson(printJson(json)));
      if (codecNameOf(batch) === "none") assert.deepEqual(again, batch);
      assert.ok(isCrcRight(again));
      const { crc: _, ...rest } = batchToJson(again);
      const { crc: __, ...expected } = json;
      assert.equal(firstDifference(rest, expected), undefined);
    }
  });

  const record = { timestampMs: 5, key: Uint8Array.of(1), value: null };
  for (const compression of codecNames) {
    it(`goes there and back: ${compression}`, () => {
      const headers = [{ key: "\uFEFFä", value: null }];
      const batch = buildBatch([{ ...record, headers }, record], { compression });
      const json = batchToJson(batch);
      assert.deepEqual((json["records"] as readonly JsonObject[])[0]!["headers"], headers);
      assert.deepEqual(batchFromJson(json), batch);
    });
  }

  it("may show the keys of headers as bytes", () => {
    const batch = buildBatch([{ ...record, headers: [{ key: "ab", value: null }] }]);
    batch[batch.length - 2] = 0xff;
    stampCrc(batch);
    const json = batchToJson(batch, "bytes");
    assert.match(printJson(json), /"headers":\[\{"key":"Yf8=","value":null\}\]/);
    assert.deepEqual(batchFromJson(json, "bytes"), batch);
  });

  it("may be empty, whatever codec it once had", () => {
    const json = { ...batchToJson(buildBatch([record])), records: [], attributes: 4 };
    const batch = batchFromJson(json);
    assert.equal(batch.byteLength, recordsAt);
    assert.deepEqual(batchToJson(batch)["records"], []);
  });

  it("refuses what is no batch, by place", () => {
    const batch = buildBatch([record, record]);
    const bent = (at: number, value: number): Uint8Array => batch.with(at, value);
    const refused: readonly [Uint8Array, RegExp][] = [
      [new Uint8Array(0), /RecordBatch: its length does not fit/],
      [batch.subarray(0, -1), /RecordBatch: its length does not fit/],
      [Uint8Array.of(...batch, 0), /RecordBatch: 1 bytes follow its end \(at byte 77\)/],
      [bent(16, 1), /RecordBatch: record format 1, only 2 is known \(at byte 16\)/],
      [bent(22, 5), /RecordBatch records: unknown compression 5/],
      [bent(22, 1), /RecordBatch records: gzip/],
      [bent(60, 3), /RecordBatch: records\[2\] is cut short \(at byte 77\)/],
      [bent(60, 1), /RecordBatch: records: 8 bytes follow the 1 counted \(at byte 69\)/],
      [bent(61, 4), /RecordBatch: records\[0\] is cut short \(at byte 61\)/],
    ];
    for (const [bytes, what] of refused) {
      assert.throws(
        () => batchToJson(bytes),
        (error) => error instanceof WireError && what.test(error.message),
        String(what),
      );
    }
  });

  it("refuses JSON that is none, by field", () => {
    const json = batchToJson(buildBatch([record]));
    assert.throws(() => batchFromJson({ ...json, attributes: 7 }), /attributes name compression 7/);
    assert.throws(() => batchFromJson({ ...json, records: [{}] }), /records\[0\]\.offsetDelta/);
    assert.throws(() => batchFromJson({ ...json, magic: 300 }), /magic/);
  });
});
