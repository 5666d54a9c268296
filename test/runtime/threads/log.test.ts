import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";

const program = fileURLToPath(new URL("./log-program.ts", import.meta.url));

function run(mode: string): { stdout: string; lines: string[] } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, mode], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return { stdout, lines: stderr.trimEnd().split("\n") };
}

describe("log", () => {
  it("loses no line of a thread that dies, writes JSON, and leaves stdout alone", () => {
    const { stdout, lines } = run("json");
    assert.equal(stdout, "");
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const host of [0, 1]) {
      const numbers = events.filter((event) => event["host"] === host).map(({ line }) => line);
      assert.deepEqual(
        numbers,
        Array.from({ length: 500 }, (_, line) => line),
      );
    }
    const ends = events.filter(({ msg }) => msg === "host ended");
    assert.equal(ends.length, 2);
    const { time, ...rest } = ends[0]!;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.deepEqual(Object.keys(rest).toSorted(), ["host", "hostIndex", "kind", "level", "msg"]);
    assert.equal(rest["level"], "warn");
  });

  it("writes lines for people when asked to", () => {
    const { lines } = run("pretty");
    const told = lines.filter((line) => /INFO.*line/.test(line));
    assert.equal(told.length, 1000);
  });
});
