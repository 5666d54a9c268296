import { strict as assert } from "node:assert";
import { test } from "node:test";
import fc from "fast-check";
import { UnsyncedFiles } from "../../../src/actors/partition/unsynced-files.ts";

test("what is written is not durable before its sync has been answered", () => {
  const files = new UnsyncedFiles(10);
  assert.equal(files.durableEnd, 10);
  files.wrote("a", 12);
  assert.deepEqual(files.syncsToAsk(), [{ path: "a", end: 12 }]);
  files.wrote("a", 15);
  assert.equal(files.durableEnd, 10);
  files.synced("a", 12);
  assert.equal(files.durableEnd, 12);
  assert.deepEqual(files.syncsToAsk(), [{ path: "a", end: 15 }]);
  assert.deepEqual(files.syncsToAsk(), []);
  files.synced("a", 15);
  assert.equal(files.durableEnd, 15);
});

test("a rolled file must be synced too, in whatever order the answers come", () => {
  const files = new UnsyncedFiles(0);
  files.wrote("a", 5);
  files.wrote("b", 9);
  assert.deepEqual(files.syncsToAsk(), [
    { path: "a", end: 5 },
    { path: "b", end: 9 },
  ]);
  files.synced("b", 9);
  assert.equal(files.durableEnd, 0);
  files.synced("a", 5);
  assert.equal(files.durableEnd, 9);
});

test("a late answer to an earlier question takes nothing back", () => {
  const files = new UnsyncedFiles(0);
  files.wrote("a", 5);
  files.synced("a", 5);
  files.wrote("a", 8);
  files.synced("a", 3);
  assert.equal(files.durableEnd, 5);
});

test("removed files need no sync", () => {
  const files = new UnsyncedFiles(0);
  files.wrote("a", 5);
  files.wrote("b", 9);
  files.wrote("c", 11);
  files.removedBelow(8);
  assert.equal(files.durableEnd, 5);
  files.removedBelow(9);
  assert.equal(files.durableEnd, 9);
  files.synced("a", 5);
  assert.deepEqual(files.syncsToAsk(), [{ path: "c", end: 11 }]);
});

test("storage that syncs by itself counts", () => {
  const files = new UnsyncedFiles(0);
  files.wrote("a", 5);
  files.wrote("b", 9);
  files.syncedUpTo(5);
  assert.equal(files.durableEnd, 5);
  assert.deepEqual(files.syncsToAsk(), [{ path: "b", end: 9 }]);
});

test("the durable end is that of a model which knows every byte", () => {
  const step = fc.oneof(
    fc.record({ act: fc.constant("write" as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ act: fc.constant("roll" as const) }),
    fc.record({ act: fc.constant("ask" as const) }),
    fc.record({ act: fc.constant("answer" as const), which: fc.nat(7) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const files = new UnsyncedFiles(0);
      const durable: boolean[] = [];
      const fileOf: string[] = [];
      const asked: { path: string; end: number }[] = [];
      let file = 0;
      for (const it of steps) {
        if (it.act === "write") {
          for (let i = 0; i < it.count; i++) {
            durable.push(false);
            fileOf.push(`f${file}`);
          }
          files.wrote(`f${file}`, durable.length);
        } else if (it.act === "roll") {
          if (fileOf.at(-1) === `f${file}`) file += 1;
        } else if (it.act === "ask") {
          asked.push(...files.syncsToAsk());
        } else if (asked.length > 0) {
          const [answer] = asked.splice(it.which % asked.length, 1);
          for (let offset = 0; offset < answer!.end; offset++) {
            if (fileOf[offset] === answer!.path) durable[offset] = true;
          }
          files.synced(answer!.path, answer!.end);
        }
        const firstMissing = durable.indexOf(false);
        const end = firstMissing === -1 ? durable.length : firstMissing;
        assert.equal(files.durableEnd, end);
      }
    }),
  );
});
