// The house rules, held by a test: layers, banned words, sizes, names. Each rule is first shown
// violations planted for it, so that a rule that has gone blind fails before the tree is judged.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { findCycle } from "./tidy/graph.ts";
import { rules } from "./tidy/rules.ts";
import { readSource } from "./tidy/source.ts";
import { readTree } from "./tidy/tree.ts";

const root = new URL("..", import.meta.url).pathname;
const header = "// A planted file.\n//\n// Lives on: anywhere.\n";

/** Each plant is a small tree of files; its rule must find something, at the line if given. */
type Plant = { readonly files: Readonly<Record<string, string>>; readonly line?: number };

function importing(path: string, specifier: string, types = ""): Plant {
  return { files: { [path]: `${header}import ${types}{ x } from "${specifier}";\n` }, line: 4 };
}

function containing(path: string, code: string): Plant {
  return { files: { [path]: `${header}${code}\n` }, line: 4 };
}

const lines = (count: number, text: string): string => `${text}\n`.repeat(count);

const plants: Readonly<Record<keyof typeof rules, readonly Plant[]>> = {
  "imports follow the layer table": [
    importing("src/base/a.ts", "../runtime/actor.ts"),
    importing("src/base/a.ts", "node:fs"),
    importing("src/base/a.ts", "../../tools/check.ts"),
    importing("src/codec/a.ts", "node:fs"),
    importing("src/codec/a.ts", "../protocol/wire.ts"),
    importing("src/codec/a.ts", "msgpackr"),
    importing("src/protocol/a.ts", "../runtime/ports.ts", "type "),
    importing("src/protocol/a.ts", "snappy"),
    importing("src/config/a.ts", "../protocol/wire.ts"),
    importing("src/metadata/a.ts", "../actors/broker/messages.ts", "type "),
    importing("src/runtime/a.ts", "../protocol/wire.ts"),
    importing("src/runtime/a.ts", "msgpackr"),
    importing("src/runtime/a.ts", "./threads/pool.ts"),
    importing("src/runtime/a.ts", "piscina"),
    importing("src/storage/a.ts", "node:fs/promises"),
    importing("src/storage/a.ts", "./real-disk/disk.ts"),
    importing("src/storage/a.ts", "../protocol/messages/00-produce.ts", "type "),
    importing("src/storage/a.ts", "../runtime/actor.ts"),
    importing("src/storage/real-disk/disk.ts", "node:net"),
    importing("src/net/a.ts", "../protocol/wire.ts"),
    importing("src/net/a.ts", "../storage/log.ts"),
    importing("src/runtime/threads/a.ts", "@grpc/grpc-js"),
    importing("src/actors/partition/a.ts", "../group/classic.ts"),
    importing("src/actors/partition/a.ts", "../group/classic.ts", "type "),
    importing("src/actors/partition/a.ts", "../../runtime/host.ts"),
    importing("src/actors/partition/a.ts", "../../runtime/ports.ts"),
    importing("src/actors/partition/a.ts", "../../storage/real-disk/disk.ts"),
    importing("src/actors/partition/a.ts", "../../codec/zstd.ts"),
    importing("src/actors/partition/a.ts", "node:buffer"),
    importing("src/client/a.ts", "../runtime/ports.ts"),
    importing("src/client/a.ts", "node:net"),
    importing("src/node.ts", "./net/sockets.ts"),
    importing("src/node.ts", "./sim/world.ts"),
    importing("src/node.ts", "./main.ts"),
    importing("src/sim/a.ts", "../storage/real-disk/disk.ts"),
    importing("src/sim/a.ts", "../main.ts"),
    importing("src/sim/a.ts", "node:fs"),
    importing("src/elsewhere/a.ts", "../base/assert.ts"),
    { files: { "src/base/a.ts": `${header}export * from "node:fs";\n` }, line: 4 },
    { files: { "src/base/a.ts": `${header}import "node:fs";\n` }, line: 4 },
    { files: { "src/base/a.ts": `${header}const x = import("node:fs");\n` }, line: 4 },
    { files: { "src/base/a.ts": `${header}import {\n  x,\n  y,\n} from "node:fs";\n` }, line: 7 },
  ],
  "folders import one another in one direction": [
    {
      files: {
        "src/base/a.ts": `${header}import type { b } from "../codec/b.ts";\n`,
        "src/codec/b.ts": `${header}import { c } from "../base/c.ts";\n`,
      },
    },
  ],
  "files import one another in one direction": [
    {
      files: {
        "src/base/a.ts": `${header}import { b } from "./b.ts";\n`,
        "src/base/b.ts": `${header}export { c } from "./c.ts";\n`,
        "src/base/c.ts": `${header}import { a } from "./a.ts";\n`,
      },
    },
  ],
  "only adapters and entries reach the outside world": [
    containing("src/base/a.ts", "const now = Date.now();"),
    containing("src/base/a.ts", "const now = new Date();"),
    containing("src/sim/a.ts", "const now = performance.now();"),
    containing("src/actors/partition/a.ts", "const chance = Math.random();"),
    containing("src/actors/partition/a.ts", "setTimeout(() => x(), 1);"),
    containing("src/node.ts", "setInterval(x, 1);"),
    containing("src/storage/a.ts", "globalThis.setImmediate(x);"),
    containing("src/storage/a.ts", "process.nextTick(x);"),
    containing("src/storage/a.ts", "const at = process.hrtime.bigint();"),
    containing("src/runtime/a.ts", "queueMicrotask(x);"),
    containing("src/runtime/a.ts", "const id = crypto.randomUUID();"),
    containing("src/runtime/a.ts", "const held = new WeakRef(x);"),
    containing("src/runtime/a.ts", "const held = new FinalizationRegistry(x);"),
    containing("src/protocol/a.ts", "console.log(x);"),
    containing("src/protocol/a.ts", "const text = `${Date.now()}`;"),
  ],
  "actors, storage and protocol never await": [
    containing("src/actors/partition/a.ts", "async function f(): X {}"),
    containing("src/storage/a.ts", "const x = await y;"),
    containing("src/runtime/host.ts", "let x: Promise<void>;"),
  ],
  "no any outside the schema compiler": [
    containing("src/base/a.ts", "export const a: any = 1;"),
    containing("src/base/a.ts", "export const a = b as any;"),
    containing("test/a.test.ts", "const a = new Map<string, any>();"),
    containing("test/a.test.ts", "const a = (b: string, c: any[]) => 1;"),
  ],
  "files are short": [{ files: { "src/base/a.ts": lines(401, "// long") }, line: 400 }],
  "functions are short": [
    containing("src/base/a.ts", `function f(): void {\n${lines(70, "  x();")}}`),
    containing("src/base/a.ts", `const f = (): void => {\n${lines(70, "  x();")}};`),
    containing("src/base/a.ts", `function f(\n  a: A,\n): void {\n${lines(68, "  x();")}}`),
    {
      files: {
        "src/base/a.ts": `${header}class C {\n  private async m(a: A): Promise<X> {\n${lines(70, "    x();")}  }\n}\n`,
      },
      line: 5,
    },
    {
      files: {
        "src/base/a.ts": `${header}class C {\n  *m<T>(\n    a: A,\n  ): Routine<T> {\n${lines(70, "    if (x) {\n    }")}  }\n}\n`,
      },
      line: 5,
    },
  ],
  "nothing is left to do in comments": [
    containing("src/base/a.ts", "// TODO: later"),
    containing("tools/a.ts", "const a = 1; /* FIXME */"),
  ],
  "comments speak of this repository only": [
    containing("src/base/a.ts", "// As issue 17 asks."),
    containing("src/base/a.ts", "// See design.md."),
  ],
  "no code is commented out": [
    containing("src/base/a.ts", "// const x = 1;"),
    containing("src/base/a.ts", "// if (x) {"),
    containing("src/base/a.ts", "// this.out.reply(to, x);"),
    containing("src/base/a.ts", "  // return x;"),
    containing("src/base/a.ts", "//return x;"),
  ],
  "names are kebab-case": [
    { files: { "src/base/aFile.ts": header } },
    { files: { "src/base/a_file.ts": header } },
    { files: { "src/Base/a.ts": header } },
  ],
  "files open by saying what they are and where they live": [
    { files: { "src/base/a.ts": "export const a = 1;\n" }, line: 1 },
    { files: { "tools/a.ts": "// What it is.\nexport const a = 1; // Lives on: main\n" }, line: 1 },
  ],
};

describe("each rule finds what was planted for it", () => {
  for (const [name, rule] of Object.entries(rules)) {
    for (const { files, line } of plants[name] ?? [{ files: {} }]) {
      const [firstPath, firstText] = Object.entries(files)[0] ?? ["nothing planted", ""];
      const shown = firstText.replace(header, "").split("\n")[0]?.slice(0, 60) ?? "";
      test(`${name}: ${firstPath}: ${shown}`, () => {
        const found = rule(Object.entries(files).map(([path, text]) => readSource(path, text)));
        assert.ok(found.length > 0, "the planted violation was not found");
        if (line !== undefined) assert.equal(found[0]!.line, line);
      });
    }
  }
});

describe("what looks like a violation and is none", () => {
  const harmless: readonly (readonly [path: string, text: string])[] = [
    ["src/base/a.ts", 'const a = "Date.now() setTimeout(x)"; // not Date.now\n'],
    ["src/base/a.ts", "const a = `await ${b} Date.now`;\n"],
    ["src/base/a.ts", "const quote = /[/\"'`]/.test(a / b / c) ? 1 : 2; // it's\n"],
    ["src/base/a.ts", "const any = 1;\n"],
    ["src/base/a.ts", "// A sentence; it ends (so to say) like this;\n// const is a word.\n"],
    ["src/actors/partition/a.ts", 'import { x } from "../group/messages.ts";\n'],
    ["src/actors/partition/a.ts", 'import type { x } from "../../runtime/ports.ts";\n'],
    ["src/base/a.ts", "// For example:\n//\n//   const x = f();\n"],
    ["src/actors/partition/a.ts", "clock.wallMs();\nthis.fetch(x);\n"],
    ["src/runtime/envelope.ts", 'import { Packr } from "msgpackr";\n'],
    ["src/runtime/threads/a.ts", 'import Piscina from "piscina";\nsetTimeout(x, 1);\n'],
    ["src/sim/a.ts", 'import { x } from "../node.ts";\nimport { y } from "./world.ts";\n'],
    ["src/main.ts", 'import { x } from "./net/sockets.ts";\nimport fs from "node:fs";\n'],
    ["src/base/a.ts", `function f(): void {\n${lines(68, "  x();")}}\n`],
    ["src/base/a.ts", `class C {\n${lines(9, "  m(): void {\n    x();\n  }\n").repeat(9)}}\n`],
  ];
  for (const [path, text] of harmless) {
    test(`${path}: ${text.split("\n")[0]!.slice(0, 70)}`, () => {
      const tree = [readSource(path, header + text)];
      for (const [name, rule] of Object.entries(rules)) assert.deepEqual(rule(tree), [], name);
    });
  }

  test("a graph without a cycle has none", () => {
    const graph = new Map([
      ["a", new Set(["b", "c"])],
      ["b", new Set(["c"])],
    ]);
    assert.equal(findCycle(graph), undefined);
  });
});

describe("the repository", () => {
  const tree = readTree(root);
  for (const [name, rule] of Object.entries(rules)) {
    test(name, () => {
      const found = rule(tree).map(({ path, line, what }) => `${path}:${line} ${what}`);
      assert.deepEqual(found, []);
    });
  }

  test("the lock file serves every platform that package.json does", () => {
    const lock = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const named = Object.values(lock.packages).flatMap((holder) =>
      Object.entries(holder.optionalDependencies ?? {}).filter(([, version]) =>
        /^\d/.test(version),
      ),
    );
    const absent = named.filter(([name]) => !(`node_modules/${name}` in lock.packages));
    assert.deepEqual(absent, [], "run `node tools/complete-lock.ts`");
  });
});
