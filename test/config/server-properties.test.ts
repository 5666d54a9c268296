import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseProperties } from "../../src/config/server-properties.ts";

function parsed(source: string): Readonly<Record<string, string>> {
  const result = parseProperties(source);
  assert.ok("properties" in result, JSON.stringify(result));
  return result.properties;
}

describe("server.properties", () => {
  const cases: readonly (readonly [string, string, Record<string, string>])[] = [
    ["an equals sign", "a=b", { a: "b" }],
    ["a colon", "a:b", { a: "b" }],
    ["blanks", "a b", { a: "b" }],
    ["blanks around the sign", " a \t= b ", { a: "b " }],
    ["a value with signs in it", "a=b=c:d", { a: "b=c:d" }],
    ["no value", "a\nb=", { a: "", b: "" }],
    ["comments and blank lines", "# x=1\n\n  ! y=2\na=b # c", { a: "b # c" }],
    ["all kinds of line ends", "a=1\r\nb=2\rc=3\n", { a: "1", b: "2", c: "3" }],
    ["a continued line", "a=1,\\\n    2,\\\n    3", { a: "1,2,3" }],
    ["a continued key", "a\\\n  b=1", { ab: "1" }],
    ["an escaped backslash at the end", "a=1\\\\\nb=2", { a: "1\\", b: "2" }],
    ["a comment is not continued", "# a\\\nb=2", { b: "2" }],
    ["the end inside a continued line", "a=1\\", { a: "1" }],
    ["escapes", "a=\\t\\n\\u0041\\q\\=\\:", { a: "\t\nAq=:" }],
    ["an escaped sign in the key", "a\\=b\\ c=1", { "a=b c": "1" }],
    ["a key twice: the last holds", "a=1\na=2", { a: "2" }],
    ["a name that objects have by themselves", "constructor=1", { constructor: "1" }],
  ];
  for (const [what, source, expected] of cases) {
    test(what, () => assert.deepEqual(parsed(source), expected));
  }

  test("names the line of an escape that is none", () => {
    assert.deepEqual(parseProperties("a=1\nb=\\u12"), {
      problems: ["line 2: \\u must be followed by four hexadecimal digits"],
    });
  });

  test("reads back whatever is written with everything escaped", () => {
    const escape = (text: string): string =>
      [...Array(text.length).keys()]
        .map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`)
        .join("");
    const property = fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
      (properties) => {
        const source = Object.entries(properties).map(([k, v]) => `${escape(k)}=${escape(v)}`);
        assert.deepEqual(parsed(source.join("\n")), { ...properties });
      },
    );
    fc.assert(property);
  });

  test("never fails in another way, whatever it is given", () => {
    fc.assert(fc.property(fc.string(), (source) => void parseProperties(source)));
  });
});
