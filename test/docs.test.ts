// The generated parts of the documentation follow the code.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { renderedPages } from "../tools/docs.ts";
import { handlers } from "../src/actors/front-door/handlers/index.ts";
import { servedApis } from "./foreign/served-apis.ts";

const root = join(import.meta.dirname, "..");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "docs/ARCHITECTURE.md",
  "docs/SEMANTICS.md",
  "docs/COMPATIBILITY.md",
  "docs/PERFORMANCE.md",
  "docs/RELIABILITY.md",
];

describe("documentation", () => {
  for (const [page, { is, shouldBe }] of renderedPages()) {
    test(`${page} is up to date (else: node tools/docs.ts)`, () => assert.equal(is, shouldBe));
  }

  for (const page of pages) {
    test(`links of ${page} lead somewhere`, () => {
      const text = readFileSync(join(root, page), "utf8");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1]!);
      const broken = links.filter((link) => !existsSync(join(root, dirname(page), link)));
      assert.deepEqual(broken, []);
    });

    test(`paths named in ${page} exist`, () => {
      const text = readFileSync(join(root, page), "utf8");
      const named = [...text.matchAll(/`((?:src|test|tools|bench|docs)\/[\w./-]+)`/g)];
      const absent = named
        .map((match) => match[1]!)
        .filter((path) => !existsSync(join(root, path)));
      assert.deepEqual(absent, []);
    });
  }

  test("the foreign runners know the same APIs as the node", () => {
    assert.deepEqual([...servedApis].sort(), handlers.map(({ name }) => name).sort());
  });
});
