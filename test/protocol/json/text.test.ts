import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RawNumber } from "../../../src/protocol/json/text.ts";
import {
  doubleJson,
  integerJson,
  isRawNumber,
  parseJson,
  printJson,
} from "../../../src/protocol/json/text.ts";

describe("JSON as text", () => {
  it("loses no digit of an integer of 64 bits", () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
        const text = printJson({ value: integerJson(value) });
        assert.equal(text, `{"value":${value}}`);
        assert.equal(printJson(parseJson(text)), text);
      }),
    );
  });

  it("keeps digits wherever the number stands", () => {
    const wide = "9223372036854775807";
    for (const text of [wide, `[${wide}]`, `[1, ${wide}]`, `{"a": -${wide}}`, `[1,\n${wide}]`]) {
      assert.equal(printJson(parseJson(text)), text.replace(/\s/g, ""));
    }
  });

  it("is refused when nested deeper than any message", () => {
    const nested = (depth: number, inner: string) => "[".repeat(depth) + inner + "]".repeat(depth);
    const brackets = JSON.stringify(`"\\${"[{".repeat(100)}`);
    assert.equal(printJson(parseJson(nested(64, brackets))), nested(64, brackets));
    for (const depth of [65, 1_000_000]) {
      // A number of many digits is what brings the slow way of parsing with it.
      const text = nested(depth, "9223372036854775807");
      assert.throws(() => parseJson(text), { name: "SyntaxError", message: /nested deeper/ });
    }
    assert.throws(() => parseJson(`{"a":`.repeat(100_000)), SyntaxError);
    assert.equal(parseJson(`"${"x".repeat(20_000_000)}"`), "x".repeat(20_000_000));
  });

  it("leaves what a number holds a number, and texts alone", () => {
    const text = `{"a":9007199254740991,"b":":12345678901234567890","c":1e300,"d":12345678901234567.5}`;
    const json = parseJson(text) as Record<string, unknown>;
    assert.deepEqual(json["a"], Number.MAX_SAFE_INTEGER);
    assert.equal(json["b"], ":12345678901234567890");
    assert.equal(json["c"], 1e300);
    assert.equal(json["d"], 12345678901234568);
  });

  it("reads every double back as it was, and shows that it is one", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = printJson(doubleJson(value));
        assert.match(text, /[.e]/);
        const read = parseJson(text);
        assert(Object.is(isRawNumber(read) ? Number(read.rawJSON) : read, value), text);
      }),
    );
    assert.equal((doubleJson(-0) as RawNumber).rawJSON, "-0.0");
    assert.equal(doubleJson(NaN), "NaN");
    assert.equal(doubleJson(-Infinity), "-Infinity");
  });
});
