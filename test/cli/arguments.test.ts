import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";

const parse = (line: string) => parseArguments(line.split(" ").filter((word) => word !== ""));
const problem = (line: string): string => {
  const parsed = parse(line);
  assert.equal(parsed.command, "invalid");
  return parsed.command === "invalid" ? parsed.problem : "";
};

describe("arguments", () => {
  it("reads a file and every option, with a space or an equals sign", () => {
    assert.deepEqual(
      parse(
        "start my.properties --port 0 --data-dir=/d --hosts 2 --set a=b --set c=d=e --until-stdin-closes",
      ),
      {
        command: "start",
        propertiesFile: "my.properties",
        port: 0,
        dataDirectory: "/d",
        hosts: 2,
        settings: [
          ["a", "b"],
          ["c", "d=e"],
        ],
        untilStdinCloses: true,
      },
    );
  });

  it("leaves out what was not said", () => {
    assert.deepEqual(parse("start"), {
      command: "start",
      propertiesFile: null,
      port: null,
      dataDirectory: null,
      hosts: null,
      settings: [],
      untilStdinCloses: false,
    });
  });

  it("knows help and version wherever they stand", () => {
    assert.equal(parse("").command, "help");
    assert.equal(parse("start --help").command, "help");
    assert.equal(parse("--version").command, "version");
  });

  it("says what is wrong with what value", () => {
    assert.match(problem("serve"), /"serve"/);
    assert.match(problem("start --port 65536"), /0 to 65535, not "65536"/);
    assert.match(problem("start --port -1"), /not "-1"/);
    assert.match(problem("start --hosts many"), /not "many"/);
    assert.match(problem("start --data-dir"), /needs a value/);
    assert.match(problem("start --set novalue"), /KEY=VALUE, not "novalue"/);
    assert.match(problem("start --colour red"), /no option --colour/);
    assert.match(problem("start a b"), /a second file: "b"/);
  });
});
