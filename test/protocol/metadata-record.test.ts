import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../src/protocol/records/metadata-record.ts";
import type { MetadataRecordDraft } from "../../src/protocol/records/metadata-record.ts";
import { WireError } from "../../src/protocol/wire.ts";
import { declaredRecords } from "./support/declared.ts";
import { isWide, loadVectors, valueOf } from "./support/vectors.ts";

const topicId = "ABEiM0RVZneImaq7zN3u_w";

describe("a metadata record", () => {
  it("stands in Kafka's frame: frame version, type, version, body", () => {
    const record = { kind: "TopicRecord", value: { name: "t", topicId } } as const;
    const bytes = encodeMetadataRecord(record);
    const hex = "01" + "02" + "00" + "0274" + "00112233445566778899aabbccddeeff" + "00";
    assert.equal(Buffer.from(bytes).toString("hex"), hex);
    assert.deepEqual(decodeMetadataRecord(bytes), record);
  });

  it("of every type and version comes back as it was", () => {
    const kinds = new Set<string>();
    for (const vector of loadVectors()) {
      const { message, version, json } = vector;
      const declaration = declaredRecords.find(({ name }) => name === message);
      if (declaration === undefined || !isMetadata(message) || isWide(json)) continue;
      const value = valueOf(declaration, vector, "number");
      const bytes = encodeMetadataRecord({ kind: message, value } as MetadataRecordDraft, version);
      assert.deepEqual(decodeMetadataRecord(bytes), { kind: message, value });
      kinds.add(message);
    }
    assert.equal(kinds.size, 26);
  });

  it("of an unknown type or a newer version is told as such", () => {
    assert.deepEqual(decodeMetadataRecord(new Uint8Array([1, 99, 3, 0xff])), {
      kind: "unknown",
      type: 99,
      version: 3,
    });
    assert.deepEqual(decodeMetadataRecord(new Uint8Array([1, 2, 9, 0xff])), {
      kind: "unknown",
      type: 2,
      version: 9,
    });
  });

  it("is refused when its bytes are no record", () => {
    const whole = encodeMetadataRecord({ kind: "TopicRecord", value: { name: "t", topicId } });
    for (let end = 0; end < whole.length; end++) {
      assert.throws(() => decodeMetadataRecord(whole.subarray(0, end)), WireError);
    }
    assert.throws(() => decodeMetadataRecord(Uint8Array.from([...whole, 0])), WireError);
    assert.throws(() => decodeMetadataRecord(new Uint8Array([2, 2, 0])), WireError);
    assert.throws(() => decodeMetadataRecord(new Uint8Array(0)), WireError);
  });
});

/** Names of metadata records that say so in their files' place. */
function isMetadata(name: string): boolean {
  return name.endsWith("Record") && !/^(KRaft|Remote|Snapshot|Voters)/.test(name);
}
