import { strict as assert } from "node:assert";
import { test } from "node:test";
import { innermostFirst, rootOf } from "../../src/base/roots.ts";

test("a path lies in the innermost directory that holds it, and in no namesake", () => {
  const roots = innermostFirst(["/a", "/a/b", "/a"]);
  assert.deepEqual(roots, ["/a/b", "/a"]);
  const cases = {
    "/a/b/c": "/a/b",
    "/a/b": "/a/b",
    "/a/bc": "/a",
    "/a": "/a",
    "/ab/c": "",
    "": "",
  };
  for (const [path, root] of Object.entries(cases)) assert.equal(rootOf(roots, path), root, path);
});
