// `gofka wire` as a process: what goes in, what comes out, and how it ends.

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";

const root = join(import.meta.dirname, "../../..");
/** Half of what a process needs to start is reading TypeScript. */
const compileCache = join(tmpdir(), "gofka-test-compile-cache");

function wire(input: string | Buffer, ...words: string[]) {
  const command = [join(root, "src/main.ts"), "wire", ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  return { status, stdout, stderr };
}

const vectorsOf = (path: string) => gunzipSync(readFileSync(join(root, "test/protocol", path)));

describe("gofka wire", () => {
  it("decodes and encodes", () => {
    const json =
      '{\n  "requestApiKey": 1,\n  "requestApiVersion": 2,\n  "correlationId": 3,\n  "clientId": null\n}\n';
    const asked = ["--message", "RequestHeader", "--version", "2"];
    const hex = "0001 0002 00000003 ffff 00\n";
    assert.deepEqual(wire(hex, "decode", ...asked), { status: 0, stdout: json, stderr: "" });
    const bytes = hex.replaceAll(" ", "");
    assert.deepEqual(wire(json, "encode", ...asked), { status: 0, stdout: bytes, stderr: "" });
    const base64 = `${Buffer.from(bytes.trim(), "hex").toString("base64")}\n`;
    assert.equal(wire(json, "encode", "--base64", ...asked).stdout, base64);
    assert.equal(wire(base64, "decode", ...asked).stdout, json);
  });

  it("says when there is more than it shows", () => {
    const asked = ["decode", "--compact", "--message", "ResponseHeader", "--version", "1"];
    const hidden = wire("0000000301e80701ff", ...asked);
    assert.equal(hidden.stdout, '{"correlationId":3}\n');
    assert.match(hidden.stderr, /^gofka: .*--unknown-tags\n$/);
    assert.deepEqual(wire("0000000301e80701ff", ...asked, "--unknown-tags"), {
      status: 0,
      stdout: '{"correlationId":3,"unknownTags":[{"tag":1000,"bytes":"/w=="}]}\n',
      stderr: "",
    });
  });

  it("decodes record batches in a row, as they are in a file", () => {
    const [line = ""] = vectorsOf("record-batch/batches.jsonl.gz").toString().split("\n", 1);
    const { hex } = JSON.parse(line) as { hex: string };
    const raw = Buffer.from(hex + hex, "hex");
    const { status, stdout } = wire(raw, "decode", "--compact");
    assert.equal(status, 0);
    const [one, two] = stdout.trimEnd().split("\n");
    assert.equal(one, two);
    assert.ok(line.includes(one ?? "nothing"));
  });

  it("explains a captured frame", () => {
    const hex = "0012 0003 0000 0001 0002 6d65 00 056b636174 0231 00";
    const { status, stdout } = wire(hex, "frame", "--compact");
    assert.equal(status, 0);
    assert.match(stdout, /^\{"message":"ApiVersionsRequest v3","header":\{.*\},"body":\{.*\}\}\n$/);
  });

  it("verifies everything that Kafka wrote", () => {
    const lines = ["vectors.jsonl.gz", "record-batch/batches.jsonl.gz"].map(vectorsOf);
    const { status, stdout, stderr } = wire(Buffer.concat(lines), "verify");
    const count = Buffer.concat(lines).toString().trimEnd().split("\n").length;
    assert.deepEqual([status, stdout, stderr], [0, `verified ${count}, differ 0\n`, ""]);
  });

  it("prints what differs, counts it, and ends with 1", () => {
    const right = {
      message: "ResponseHeader",
      version: 0,
      json: { correlationId: 3 },
      hex: "00000003",
    };
    const wrong = { ...right, hex: "00000004" };
    const lines = [right, wrong, right].map((line) => JSON.stringify(line));
    assert.deepEqual(wire(`${lines.join("\n")}\n\nnonsense`, "verify"), {
      status: 1,
      stdout:
        "line 2: ResponseHeader v0 correlationId: the bytes say 4, the JSON 3\n" +
        "line 5: this is no JSON: Unexpected token 'o', \"nonsense\" is not valid JSON\n" +
        "verified 4, differ 2\n",
      stderr: "",
    });
    assert.deepEqual(wire("", "verify").stdout, "verified 0, differ 0\n");
  });

  it("takes a line of many MiB", () => {
    const records = Buffer.alloc(6 * 2 ** 20, 7);
    const json = {
      throttleTimeMs: 0,
      errorCode: 0,
      topics: [
        {
          name: "t",
          partitions: [
            {
              index: 0,
              errorCode: 0,
              snapshotId: { endOffset: 1, epoch: 2 },
              size: 3,
              position: 4,
              unalignedRecords: records.toString("base64"),
            },
          ],
        },
      ],
    };
    const asked = ["--message", "FetchSnapshotResponse", "--version", "0"];
    const { stdout: hex } = wire(JSON.stringify(json), "encode", ...asked);
    assert.ok(hex.length > 2 * records.length);
    const line = { message: "FetchSnapshotResponse", version: 0, json, hex: hex.trim() };
    assert.equal(wire(JSON.stringify(line), "verify").stdout, "verified 1, differ 0\n");
  });

  it("complains of its input on stderr and ends with 1", () => {
    const bad: readonly [input: string, words: string[], what: RegExp][] = [
      [
        "00",
        ["decode", "--message", "ResponseHeader", "--version", "0"],
        /ResponseHeader v0 correlationId: 4 bytes are needed, 1 are left \(at byte 0\)/,
      ],
      [
        "00",
        ["decode", "--message", "FetchRequest"],
        /versions 4 to \d+; say which with --version/,
      ],
      [
        "00",
        ["decode", "--message", "fetch", "--version", "4"],
        /no message fetch; there is FetchRequest, FetchResponse/,
      ],
      ["zz!", ["decode"], /neither hex nor base64/],
      ["{", ["encode", "--message", "ResponseHeader", "--version", "0"], /this is no JSON/],
      [
        "{}",
        ["encode", "--message", "ResponseHeader", "--version", "0"],
        /ResponseHeader v0 correlationId is missing/,
      ],
      [
        '{"correlationId":3000000000}',
        ["encode", "--message", "ResponseHeader", "--version", "0"],
        /ResponseHeader v0 correlationId: 3000000000 is no int32/,
      ],
      ["", ["frame"], /nothing came on standard input/],
    ];
    for (const [input, words, what] of bad) {
      const { status, stdout, stderr } = wire(input, ...words);
      assert.equal(status, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^gofka: .*\n$/);
      assert.match(stderr, what);
    }
  });

  it("complains of how it was called and ends with 2", () => {
    const { status, stdout, stderr } = wire("", "dekode");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^gofka: there is no command "gofka wire dekode"\n$/);
    assert.match(wire("", "--help").stdout, /^Usage: gofka wire COMMAND/);
  });

  it("and the node do not load each other", () => {
    const look = `import { registerHooks } from "node:module";
      registerHooks({ resolve(specifier, context, next) {
        const found = next(specifier, context);
        if (found.url.includes("/src/")) console.error(found.url);
        return found;
      } });`;
    const loadedBy = (...words: string[]): string => {
      const hook = ["--import", `data:text/javascript,${encodeURIComponent(look)}`];
      const command = [...hook, join(root, "src/main.ts"), ...words];
      return spawnSync(process.execPath, command, { encoding: "utf8" }).stderr;
    };
    const [byWire, byNode] = [loadedBy("wire", "--help"), loadedBy("--help")];
    assert.match(byWire, /src\/cli\/wire\/command/);
    assert.doesNotMatch(byWire, /src\/(actors|storage|runtime|start-node|cli\/command)/);
    assert.match(byNode, /src\/start-node/);
    assert.doesNotMatch(byNode, /src\/(cli\/wire|protocol\/(json|registry))/);
  });
});
