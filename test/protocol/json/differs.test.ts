import assert from "node:assert/strict";
import { test } from "node:test";
import { firstDifference } from "../../../src/protocol/json/differs.ts";
import type { Json } from "../../../src/protocol/json/text.ts";
import { doubleJson, integerJson, parseJson } from "../../../src/protocol/json/text.ts";

test("what is the same has no difference, whatever the order of names", () => {
  const ours = { a: [1, { b: "x", c: null }], d: true };
  assert.equal(
    firstDifference(ours, parseJson(`{"d":true,"a":[1,{"c":null,"b":"x"}]}`)),
    undefined,
  );
});

const differing: readonly [ours: Json, theirs: Json, path: string][] = [
  [{ a: 1 }, { a: 2 }, "a"],
  [{ a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }, { b: 3 }] }, "a[1].b"],
  [{ a: [1] }, { a: [1, 2] }, "a"],
  [{ a: 1, b: 2 }, { a: 1 }, "b"],
  [{ a: 1 }, { a: 1, b: 2 }, "b"],
  [{ a: null }, { a: [] }, "a"],
  [{ a: "" }, { a: null }, "a"],
  [{ a: "1" }, { a: 1 }, "a"],
  [{ a: {} }, { a: [] }, "a"],
  [[[1]], [[2]], "[0][0]"],
];
for (const [ours, theirs, path] of differing) {
  test(`${JSON.stringify(ours)} and ${JSON.stringify(theirs)} part at ${path}`, () => {
    assert.equal(firstDifference(ours, theirs)?.path, path);
  });
}

test("neighbours beyond 2^53 are different", () => {
  const one = integerJson(2n ** 60n);
  assert.equal(firstDifference(one, parseJson(String(2n ** 60n))), undefined);
  assert.deepEqual(firstDifference({ a: one }, parseJson(`{"a":${2n ** 60n + 1n}}`)), {
    path: "a",
    ours: "1152921504606846976",
    theirs: "1152921504606846977",
  });
});

test("doubles are the same by value, and zeros by their sign", () => {
  const same: readonly [number, string][] = [
    [5, "5.0"],
    [1e22, "1.0E22"],
    [1e22, "10000000000000000000000"],
    [-0, "-0.0"],
    [0, "0.0"],
    [0.1, "0.1"],
    [1.2345678901234567e19, "1.2345678901234567E19"],
  ];
  for (const [ours, theirs] of same) {
    assert.equal(firstDifference(doubleJson(ours), parseJson(theirs)), undefined, theirs);
  }
  for (const [ours, theirs] of [
    [0, "-0.0"],
    [-0, "0.0"],
    [5, "5.1"],
  ] as const) {
    assert.ok(firstDifference(doubleJson(ours), parseJson(theirs)) !== undefined, theirs);
  }
});

test("long values are shown in part", () => {
  const found = firstDifference({ a: "x".repeat(10_000) }, { a: 1 });
  assert.ok(found!.ours.length < 100);
});
