import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { throughputTimes } from "../../bench/goals.ts";
import { performancePage, recordedTable, withSection } from "../../bench/pages.ts";
import { recordRow } from "../../bench/record.ts";
import type { SteadyRow } from "../../bench/row.ts";
import { measurement, pairsOf } from "./measurements.ts";

const row: SteadyRow = {
  kind: "steady",
  name: "produce",
  unit: "records/s",
  better: "more",
  goals: [throughputTimes(1.2)],
  measure: () => Promise.reject(new Error("not in this test")),
};

describe("pages about measurements", () => {
  test("a section is replaced and nothing else", () => {
    const page = "before\n<!-- rows -->\n\nold\n\n<!-- /rows -->\nafter\n";
    const replaced = withSection(page, "rows", "new");
    assert.equal(replaced, "before\n<!-- rows -->\n\nnew\n\n<!-- /rows -->\nafter\n");
    assert.equal(withSection(replaced, "rows", "new"), replaced);
    assert.throws(() => withSection(page, "stages", ""), /no section stages/);
  });

  test("the page has the sections that tools write", () => {
    const page = readFileSync(performancePage, "utf8");
    for (const name of ["rows", "stages"]) assert.ok(withSection(page, name, "x").includes("x"));
  });

  test("the table tells ratios, figures, and goals that are not met", () => {
    const table = recordedTable({
      at: "2030-01-01T00:00:00.000Z",
      labels: ["gofka", "kafka"],
      machine: { cores: 2, processor: "P", memoryGiB: 8, kernel: "6", node: "v24" },
      pinned: false,
      seconds: 3,
      rows: {
        produce: recordRow(row, pairsOf([110, 100], [110, 100]), 2),
        alone: recordRow({ ...row, goals: [] }, [{ left: measurement(5) }], 2),
      },
    });
    const lines = table.split("\n");
    assert.equal(
      lines[0],
      "2030-01-01, 2 cores (P, 8 GiB), Linux 6, Node v24; 1 to 2 pairs of 3 s.",
    );
    assert.equal(
      lines[4],
      "| produce | 1.10 (1.10 .. 1.10) | 110 to 100 records/s | 1.00 (1.00 .. 1.00) | waiting | >= 1.2 x: **not met**, 1.10 |",
    );
    assert.match(lines[5]!, /^\| produce \|  \| 5\.00 records\/s \|/);
  });
});
