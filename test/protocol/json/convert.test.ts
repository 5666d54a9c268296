// The JSON of declarations; that it is Kafka's, the vectors say.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exactJson } from "../../../src/protocol/json/convert.ts";
import { JsonError } from "../../../src/protocol/json/json-error.ts";
import type { Json } from "../../../src/protocol/json/text.ts";
import { parseJson, printJson } from "../../../src/protocol/json/text.ts";
import { messagesByName } from "../../../src/protocol/registry.ts";
import type { Message, Shape } from "../../../src/protocol/schema.ts";
import {
  arrayOf,
  bytes,
  exactInt64,
  float64,
  int32,
  int64,
  message,
  records,
  string,
  struct,
  uuid,
} from "../../../src/protocol/schema.ts";
import { firstDifference } from "../../../src/protocol/json/differs.ts";
import { Reader, Writer } from "../../../src/protocol/wire.ts";
import { declared } from "../support/declared.ts";
import { loadVectors } from "../support/vectors.ts";

const Sample = message(
  { name: "Sample", apiKey: -1, versions: [0, 2], flexibleFrom: 1 },
  {
    name: string,
    since: int32.from(2),
    until: int32.upTo(1),
    wide: int64,
    exact: exactInt64,
    rate: float64,
    id: uuid,
    raw: bytes.nullable(),
    batches: records,
    items: arrayOf({ x: int32, note: string.tagged(0).nullable().orElse(null) }),
    numbers: arrayOf(int64).nullable(),
    part: struct({ y: int32 }).tagged(0),
    later: int64.from(2).tagged(1).orElse(-1),
  },
) as unknown as Message<Shape>;

const whole = {
  name: "a",
  since: 0,
  until: 7,
  wide: -(2n ** 63n),
  exact: 2n ** 63n - 1n,
  rate: -0,
  id: "AAAAAAAAAAAAAAAAAAAAAQ",
  raw: null,
  batches: Uint8Array.of(1, 2, 3),
  items: [
    { x: 1, note: null },
    { x: 2, note: "n" },
  ],
  numbers: [1n],
  part: { y: 0 },
  later: -1n,
};
const wholeText =
  '{"name":"a","until":7,"wide":-9223372036854775808,"exact":9223372036854775807,"rate":-0.0,' +
  '"id":"AAAAAAAAAAAAAAAAAAAAAQ","raw":null,"batches":"AQID","items":[{"x":1},{"x":2,"note":"n"}],' +
  '"numbers":[1]}';

describe("a value as JSON", () => {
  const v1 = exactJson(Sample, 1);

  it("has the version's fields, tagged ones only where they differ from their default", () => {
    assert.equal(printJson(v1.toJson(whole)), wholeText);
    const later = exactJson(Sample, 2).toJson({ ...whole, later: 5n, part: { y: 3 } });
    assert.deepEqual(later["later"], 5);
    assert.deepEqual(later["part"], { y: 3 });
    assert.ok(!("until" in later) && "since" in later);
  });

  it("comes back whole", () => {
    const value = v1.fromJson(parseJson(wholeText));
    assert.deepEqual(value, whole);
    assert(Object.is(value["rate"], -0));
  });

  it("shows a tagged struct with unknown tags inside, and them if asked to", () => {
    const tags = [{ tag: 9, bytes: Uint8Array.of(255) }];
    const value = { ...whole, part: { y: 0, unknownTags: tags }, unknownTags: tags };
    const json = v1.toJson(value);
    assert.deepEqual(json["part"], { y: 0 });
    assert.ok(!("unknownTags" in json));
    const shown = v1.toJson(value, { unknownTags: true });
    assert.deepEqual(shown["unknownTags"], [{ tag: 9, bytes: "/w==" }]);
    assert.deepEqual(v1.fromJson(shown), value);
  });

  it("shows record batches as it is told to", () => {
    const json = v1.toJson(whole, { batches: (batch) => batch.byteLength });
    assert.equal(json["batches"], 3);
  });

  it("of Kafka's making goes to bytes and back", () => {
    for (const vector of loadVectors()) {
      const { message: name, version, json, hex, unknownTags } = vector;
      const codec = declared.get(name)!.exactly(version);
      const converter = exactJson(declared.get(name)!, version);
      const value = codec.decodeWhole(new Reader(new Uint8Array(Buffer.from(hex, "hex"))));
      assert.equal(
        firstDifference(converter.toJson(value), json),
        undefined,
        `${name} v${version}`,
      );
      const full = parseJson(printJson(converter.toJson(value, { unknownTags: true })));
      const writer = new Writer();
      codec.encode(writer, converter.fromJson(unknownTags === true ? full : json));
      assert.equal(Buffer.from(writer.finish()).toString("hex"), hex, `${name} v${version}`);
    }
  });
});

describe("JSON that does not fit is refused by field", () => {
  const fits = parseJson(wholeText) as { readonly [name: string]: Json };
  const bent: readonly [change: { [name: string]: Json | undefined }, message: RegExp][] = [
    [{ name: undefined }, /^name is missing; version 1 has it$/],
    [{ name: 5 }, /^name is no string: 5$/],
    [{ name: null }, /^name is null, not allowed in version 1$/],
    [{ since: 5 }, /^since is no field of version 1$/],
    [{ nmae: 5 }, /^nmae is no field in any version$/],
    [{ wide: 1.5 }, /^wide is no integer: 1.5$/],
    [{ wide: "1" }, /^wide is no integer: "1"$/],
    [{ until: 1.5 }, /^until is no integer of that size: 1.5$/],
    [{ rate: "x" }, /^rate is no number: "x"$/],
    [{ raw: "A" }, /^raw is no base64: "A"$/],
    [{ raw: "!!!!" }, /^raw is no base64/],
    [{ items: {} }, /^items is no array: {}$/],
    [{ items: [{ x: 1 }, { x: "2" }] }, /^items\[1\]\.x is no integer of that size: "2"$/],
    [{ items: [5] }, /^items\[0\] is no object: 5$/],
    [{ numbers: [1, null] }, /^numbers\[1\] is no integer: null$/],
    [{ part: { y: 1, z: 2 } }, /^part\.z is no field in any version$/],
    [{ unknownTags: [{ tag: 1, bytes: "?" }] }, /^unknownTags\[0\]\.bytes is no base64: "\?"$/],
  ];
  const v1 = exactJson(Sample, 1);
  for (const [change, what] of bent) {
    it(`${what.source}`, () => {
      const json = Object.fromEntries(
        Object.entries({ ...fits, ...change }).filter(([, value]) => value !== undefined),
      ) as Json;
      assert.throws(
        () => v1.fromJson(json),
        (error) => error instanceof JsonError && what.test(error.message),
      );
    });
  }

  it("and so are unknown tags where there can be none", () => {
    const header = exactJson(messagesByName.get("ResponseHeader")!, 0);
    assert.throws(() => header.fromJson({ correlationId: 1, unknownTags: [] }), JsonError);
  });
});
