import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { parseWireArguments } from "../../../src/cli/wire/arguments.ts";

const parse = (line: string) => parseWireArguments(line.split(" ").filter((word) => word !== ""));

describe("gofka wire", () => {
  it("takes a message and a version", () => {
    const expected = {
      command: "decode",
      message: "FetchRequest",
      version: 12,
      form: null,
      compact: false,
      unknownTags: false,
    };
    assert.deepEqual(parse("decode --message FetchRequest --version 12"), expected);
    assert.deepEqual(parse("decode --version=12 --message=FetchRequest"), expected);
    assert.deepEqual(parse("encode --base64"), {
      ...expected,
      command: "encode",
      message: null,
      version: null,
      form: "base64",
    });
  });

  it("takes the API that a frame answers by its name or key", () => {
    const expected = {
      command: "frame",
      api: "Fetch",
      version: 4,
      form: null,
      compact: true,
      records: true,
    };
    assert.deepEqual(parse("frame --api Fetch --version 4 --records --compact"), expected);
    assert.deepEqual(parse("frame --key 1 --version 4 --records --compact"), {
      ...expected,
      api: "1",
    });
  });

  for (const line of ["", "--help", "decode --help", "verify -h"]) {
    it(`explains itself: ${line}`, () => assert.deepEqual(parse(line), { command: "help" }));
  }

  const invalid: readonly [line: string, problem: RegExp][] = [
    ["dekode", /no command "gofka wire dekode"/],
    ["toString", /no command/],
    ["verify file.jsonl", /"file.jsonl" is not expected; .* standard input/],
    ["verify --version 3", /no option --version/],
    ["decode --version twelve", /--version takes a number, not "twelve"/],
    ["decode --version", /--version needs a value/],
    ["decode --message=", /--message needs a value/],
    ["decode --compact=yes", /--compact takes no value/],
    ["decode --hex --base64", /either/],
    ["frame --version 3", /--version goes with --api/],
    ["frame --api Fetch", /--version is needed/],
  ];
  for (const [line, problem] of invalid) {
    it(`complains: ${line}`, () => {
      const parsed = parse(line);
      assert.ok(parsed.command === "invalid");
      assert.match(parsed.problem, problem);
    });
  }
});
