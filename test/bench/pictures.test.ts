import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { throughputTimes } from "../../bench/goals.ts";
import { machine } from "../../bench/machine.ts";
import { latencyPicture } from "../../bench/pictures/latency.ts";
import { element, linear, logarithmic, text } from "../../bench/pictures/svg.ts";
import { soakPicture } from "../../bench/pictures/soak.ts";
import { throughputPicture } from "../../bench/pictures/throughput.ts";
import type { Recorded, RecordedRow } from "../../bench/record.ts";
import { recordRow } from "../../bench/record.ts";
import type { SteadyRow } from "../../bench/row.ts";
import { measurement, pairsOf } from "./measurements.ts";

const row: SteadyRow = {
  kind: "steady",
  name: "produce <100> B",
  unit: "records/s",
  better: "more",
  goals: [throughputTimes(1.2)],
  measure: () => Promise.reject(new Error("not in this test")),
};

function recordedWith(rows: Readonly<Record<string, RecordedRow>>): Recorded {
  return {
    at: "2030-01-01T00:00:00.000Z",
    labels: ["gofka", "kafka"],
    machine: machine(),
    pinned: false,
    seconds: 3,
    rows,
  };
}

/** Every element that is opened is closed, in order. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [tag, closing, name, alone] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/gi)) {
    if (alone === "/") continue;
    if (closing !== "/") open.push(name!);
    else if (open.pop() !== name) throw new Error(`${tag} closes nothing`);
  }
  return open.length === 0 && !/NaN|undefined|Infinity/.test(svg);
}

describe("pictures", () => {
  test("text and attributes are escaped", () => {
    assert.equal(text(1, 2, "a<b & c"), '<text x="1" y="2">a&lt;b &amp; c</text>');
    assert.equal(element("rect", { class: '"' }), '<rect class="&quot;"/>');
  });

  test("scales keep what is beyond their ends at the ends", () => {
    const straight = linear([0, 10], [100, 200]);
    assert.deepEqual([-1, 5, 11].map(straight), [100, 150, 200]);
    const steep = logarithmic([0.1, 1_000], [0, 400]);
    assert.deepEqual(
      [0, 0.1, 1, 10, 1_000].map((at) => Math.round(steep(at))),
      [0, 0, 100, 200, 400],
    );
  });

  test("throughput shows each row's ratio and goal", () => {
    const svg = throughputPicture(
      recordedWith({
        produce: recordRow(row, pairsOf([150, 100]), 2),
        alone: recordRow({ ...row, name: "of one side" }, [{ left: measurement(1) }], 2),
      }),
    );
    assert.ok(isWellFormed(svg));
    assert.match(svg, /produce &lt;100&gt; B/);
    assert.match(svg, /1\.50 x/);
    assert.equal(svg.match(/class="goal"/g)?.length, 1);
    assert.doesNotMatch(svg, /of one side/);
  });

  test("latency shows each percentile of both sides", () => {
    const steady: SteadyRow = { ...row, name: "p99 at a steady rate", unit: "ms", better: "less" };
    const side = (p50: number, p99: number, p999: number) =>
      measurement(p99, { notes: { p50, "p99.9": p999 } });
    const pair = { left: side(0.2, 1, 3), right: side(0.5, 4, 90) };
    const svg = latencyPicture(recordedWith({ steady: recordRow(steady, [pair], 2) }));
    assert.ok(isWellFormed(svg));
    assert.deepEqual(
      [...svg.matchAll(/>(p[\d.]+)</g)].map((match) => match[1]),
      ["p50", "p99", "p99.9"],
    );
    assert.match(svg, /3\.00 to 90\.00 ms/);
    assert.match(svg, />a steady rate</);
  });

  test("a long run shows a line for each figure, as long as the run", () => {
    const turn = { residentMiB: 150, handles: 40, cpuSeconds: 9, p50Ms: 1, p99Ms: 4, p999Ms: 9 };
    const turns = [0.5, 1, 1.5].map((minute) => ({ ...turn, minute, handles: 40 + minute }));
    const at = "2026-01-02T03:04:05.000Z";
    const svg = soakPicture({ at, recordBytes: 100, most: 2_000, rate: 1_000, turns });
    assert.ok(isWellFormed(svg));
    const lines = [...svg.matchAll(/points="([^"]+)"/g)].map((match) => match[1]!.split(" "));
    assert.deepEqual(
      lines.map((points) => points.length),
      [3, 3, 3, 3, 3],
    );
    // Descriptors end at the top of their strip, where their most is.
    const heights = lines[1]!.map((point) => Number(point.split(",")[1]));
    assert.ok(heights[0]! > heights[1]! && heights[1]! > heights[2]!);
    assert.match(svg, /50 % of what a node can take/);
  });

  test("of a record without rows are empty, not broken", () => {
    assert.ok(isWellFormed(throughputPicture(recordedWith({}))));
    assert.ok(isWellFormed(latencyPicture(recordedWith({}))));
  });
});
