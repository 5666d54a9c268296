import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { disk } from "../../src/runtime/routine.ts";
import { replaceFile } from "../../src/storage/replace-file.ts";
import { benchOf } from "../support/log-fixtures.ts";

const path = "/data/file";
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("replacing a file", () => {
  it("leaves the old content or the new when the power is cut before any operation", () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      for (let operation = 0; operation <= 8; operation++) {
        const { sim, start } = benchOf(seed);
        const before = start();
        before.run(replaceFile(path, bytesOf("old")));
        const first = sim.operations;
        sim.beforeOperation = (operations) => {
          if (operations === first + operation) sim.powerCut();
        };
        const outcome = before.try(replaceFile(path, bytesOf("new content")));
        sim.beforeOperation = undefined;
        if (outcome !== undefined) sim.powerCut();
        const bytes = start().run(disk("read", { path, position: 0, length: 100 }));
        const text = new TextDecoder().decode(bytes);
        assert.ok(text === "old" || text === "new content", `${text} (seed ${seed})`);
        if (outcome !== undefined) assert.equal(text, "new content");
        seen.add(text);
      }
    }
    assert.equal(seen.size, 2);
  });

  it("goes over what an earlier attempt has left", () => {
    const { start } = benchOf(1);
    const driver = start();
    driver.run(disk("create", { path: `${path}.tmp` }));
    const chunks = [bytesOf("a long attempt that was interrupted")];
    driver.run(disk("write", { path: `${path}.tmp`, position: 0, chunks }));
    driver.run(replaceFile(path, bytesOf("x")));
    assert.equal(driver.run(disk("size", { path })), 1);
  });
});
