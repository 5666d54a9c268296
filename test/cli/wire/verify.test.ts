import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { linesOf } from "../../../src/cli/wire/lines.ts";
import { verifyLine } from "../../../src/cli/wire/verify.ts";
import { batchToJson } from "../../../src/protocol/json/batch.ts";
import { printJson } from "../../../src/protocol/json/text.ts";
import { buildBatch, stampCrc } from "../../../src/protocol/record-batch.ts";

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Version 4: group "g", generation 7, member "m", no instance; no tags. */
const heartbeat = {
  message: "HeartbeatRequest",
  version: 4,
  json: { groupId: "g", generationId: 7, memberId: "m", groupInstanceId: null },
  hex: "0267000000070" + "26d0000",
};
const verify = (change: object, line: object = heartbeat) =>
  verifyLine(JSON.stringify({ ...line, ...change }));

describe("a line of a message", () => {
  it("is right, whatever else stands in it", () => {
    assert.equal(verify({}), undefined);
    assert.equal(verify({ seed: 5, hex: heartbeat.hex.toUpperCase() }), undefined);
  });

  const { json } = heartbeat;
  const differing: readonly [change: object, what: string | RegExp][] = [
    [
      { json: { ...json, generationId: 8 } },
      "HeartbeatRequest v4 generationId: the bytes say 7, the JSON 8",
    ],
    [
      { json: { ...json, groupInstanceId: "" } },
      'HeartbeatRequest v4 groupInstanceId: the bytes say null, the JSON ""',
    ],
    [
      { json: { groupId: "g", generationId: 7, memberId: "m" } },
      "HeartbeatRequest v4 groupInstanceId: the bytes say null, the JSON nothing",
    ],
    [{ json: { ...json, more: 1 } }, "HeartbeatRequest v4 more: the bytes say nothing, the JSON 1"],
    [{ hex: heartbeat.hex.slice(0, -2) }, /^HeartbeatRequest v4 unknownTags: .* \(at byte 9\)$/],
    [{ hex: `${heartbeat.hex}00` }, /^HeartbeatRequest v4: 1 bytes follow its end \(at byte 10\)$/],
    [{ hex: heartbeat.hex.slice(1) }, "its hex is none"],
    [{ hex: undefined }, "has no hex"],
    [{ json: undefined }, "has no json"],
    [{ version: undefined }, "HeartbeatRequest has no version"],
    [{ version: 5 }, "HeartbeatRequest has versions 0 to 4, not 5"],
    [{ version: 1.5 }, "HeartbeatRequest has versions 0 to 4, not 1.5"],
    [{ message: "Heartbeat" }, /^there is no message Heartbeat; there is .*HeartbeatRequest/],
    [{ message: 7 }, "the message has no name"],
  ];
  for (const [change, what] of differing) {
    it(`differs: ${JSON.stringify(change)}`, () => {
      const said = verify(change);
      if (typeof what === "string") assert.equal(said, what);
      else assert.match(said ?? "nothing", what);
    });
  }

  it("with a path through arrays", () => {
    const bytes = "00000001" + "000174" + "00000002" + "00000000" + "00000002";
    const line = { message: "AddPartitionsToTxnRequest", version: 0 };
    const said = verifyLine(
      JSON.stringify({
        ...line,
        json: {
          v3AndBelowTransactionalId: "x",
          v3AndBelowProducerId: 1,
          v3AndBelowProducerEpoch: 2,
          v3AndBelowTopics: [{ name: "t", partitions: [0, 1] }],
        },
        hex: `000178${"0000000000000001"}0002${bytes}`,
      }),
    );
    assert.equal(
      said,
      "AddPartitionsToTxnRequest v0 v3AndBelowTopics[0].partitions[1]: the bytes say 2, the JSON 1",
    );
  });

  it("with tags that its JSON does not show has to say so", () => {
    const hex = `${heartbeat.hex.slice(0, -2)}01e80701ff`;
    assert.equal(verify({ hex, unknownTags: true }), undefined);
    assert.match(verify({ hex }) ?? "", /^HeartbeatRequest v4 unknownTags: /);
    const unknownTags = [{ tag: 1000, bytes: "/w==" }];
    assert.equal(verify({ hex, json: { ...json, unknownTags } }), undefined);
  });

  it("whose bytes could be fewer is not what we write", () => {
    // A length in two bytes where one would do.
    const hex = `8200${heartbeat.hex.slice(2)}`;
    const said = verify({ hex }) ?? "";
    assert.match(
      said,
      /^HeartbeatRequest v4 encoded differently from byte 0 on \(10 bytes for 11\)/,
    );
  });

  for (const text of ["", "[]", "7", "{", '{"message":"HeartbeatRequest"']) {
    it(`is none: ${JSON.stringify(text)}`, () => assert.ok(verifyLine(text) !== undefined));
  }
});

describe("a line of a record batch", () => {
  const records = [1, 2, 3].map((at) => ({
    timestampMs: at * 1000,
    key: null,
    value: new Uint8Array(50).fill(at),
    headers: [{ key: "abc", value: Uint8Array.of(1) }],
  }));
  const lineOf = (batch: Uint8Array, keys: "text" | "bytes" = "text") =>
    printJson({ json: batchToJson(batch, keys), hex: hexOf(batch) });

  it("is right in every codec", () => {
    for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
      assert.equal(verifyLine(lineOf(buildBatch(records, { compression }))), undefined);
      assert.equal(verifyLine(lineOf(buildBatch(records, { compression }), "bytes")), undefined);
    }
  });

  it("differs by field", () => {
    for (const compression of ["none", "zstd"] as const) {
      const line = lineOf(buildBatch(records, { compression }));
      assert.equal(
        verifyLine(line.replace('"timestampDelta":2000', '"timestampDelta":2001')),
        "RecordBatch records[2].timestampDelta: the bytes say 2000, the JSON 2001",
      );
      assert.equal(
        verifyLine(line.replace('"abc"', '"abd"')),
        'RecordBatch records[0].headers[0].key: the bytes say "abc", the JSON "abd"',
      );
    }
  });

  it("has the right checksum", () => {
    const batch = buildBatch(records);
    batch[20]! ^= 1;
    assert.match(
      verifyLine(lineOf(batch)) ?? "",
      /^RecordBatch crc: the bytes have \d+, the header/,
    );
    stampCrc(batch);
    assert.equal(verifyLine(lineOf(batch)), undefined);
  });
});

describe("lines", () => {
  it("are what newlines divide, however they are cut", async () => {
    const text = "ä\u2028b\r\n\n{}\nlast";
    const whole = Buffer.from(text);
    for (let size = 1; size <= whole.length; size++) {
      const lines: string[] = [];
      for await (const line of linesOf(chunksOf(whole, size))) lines.push(line);
      assert.deepEqual(lines, ["ä\u2028b\r", "", "{}", "last"]);
    }
  });
});

async function* chunksOf(whole: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) {
    yield await Promise.resolve(whole.subarray(at, at + size));
  }
}
