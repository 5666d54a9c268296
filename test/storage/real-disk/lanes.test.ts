import { strict as assert } from "node:assert";
import { test } from "node:test";
import { DiskLanes } from "../../../src/storage/real-disk/lanes.ts";

test("what waits for one disk waits in its lane, and leaves the others their threads", () => {
  const lanes = new DiskLanes(["/a", "/b"], 2);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const enter = (path: string): void =>
    lanes.of(path).share.run((ended) => {
      begun.push(path);
      ends.push(ended);
    });
  for (const path of ["/a/1", "/a/2", "/a/3", "/b/1", "/elsewhere"]) enter(path);
  assert.deepEqual(begun, ["/a/1", "/a/2", "/b/1", "/elsewhere"]);
  ends[0]!();
  assert.deepEqual(begun.slice(4), ["/a/3"]);
});

test("with one directory all is one lane", () => {
  const lanes = new DiskLanes(["/a"], 2);
  assert.equal(lanes.of("/a/1"), lanes.of("/elsewhere"));
});
