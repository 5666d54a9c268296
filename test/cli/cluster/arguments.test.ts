import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseClusterArguments } from "../../../src/cli/cluster/arguments.ts";

const parse = (line: string) => parseClusterArguments(line.split(" "));

describe("arguments of gofka cluster", () => {
  it("are a command, a node, and options", () => {
    assert.deepEqual(parse("start 2 --dir /d --nodes=5 --port 0 --hosts 1 --set a=b --set c=d=e"), {
      command: "start",
      nodeId: 2,
      folder: "/d",
      nodes: 5,
      port: 0,
      hosts: 1,
      settings: { a: "b", c: "d=e" },
    });
    assert.deepEqual(parse("status"), {
      command: "status",
      nodeId: null,
      folder: "./gofka-cluster",
      nodes: null,
      port: null,
      hosts: null,
      settings: {},
    });
  });

  for (const [line, problem] of [
    ["destroy", 'gofka cluster takes start, stop, kill, pause, resume, status, not "destroy"'],
    ["kill one", 'a node is a number from 1 to 5, not "one"'],
    ["kill 0", 'a node is a number from 1 to 5, not "0"'],
    ["kill 6", 'a node is a number from 1 to 5, not "6"'],
    ["kill 1 2", 'a second node: "2"'],
    ["start --nodes 6", '--nodes takes 1 to 5, not "6"'],
    ["start --nodes 0", '--nodes takes 1 to 5, not "0"'],
    ["start --port 70000", '--port takes 0 to 65515, not "70000"'],
    ["start --hosts many", '--hosts takes 0 to 256, not "many"'],
    ["start --set x", '--set takes KEY=VALUE, not "x"'],
    ["start --dir", "--dir needs a value"],
    ["start --dir=", "--dir needs a directory"],
    ["start --speed 3", "there is no option --speed; see gofka cluster --help"],
    ["stop --nodes 3", "stop has no option --nodes"],
  ] as const) {
    it(`complains of "${line}"`, () => {
      assert.equal(parse(line), problem);
    });
  }
});
