// franz-go's own test suite: TestGroupETL three times (a chain of groups, each way of assigning, members
// that come and go all the time), then every other test that needs neither transactions nor share groups.
//
//   node test/foreign/franz-go-suite.ts [--against gofka|kafka]

import { join } from "node:path";
import type { Checks } from "./harness.ts";
import { against, run } from "./harness.ts";

const folder = join(import.meta.dirname, "../../bench/load");
const suite = "github.com/twmb/franz-go/pkg/kgo";
/** What is left out, and why. */
const leftOut = ["Share", "Txn"];
const EXPECTED_PASSES = 130;

async function go(bootstrap: string, words: readonly string[]): Promise<string> {
  const environment = [
    ...[`KGO_SEEDS=${bootstrap}`, "KGO_TEST_RF=1", "KGO_TEST_RECORDS=50000", "KGO_LOG_LEVEL=none"],
  ];
  const test = ["go", "test", "-count=1", "-timeout=20m", "-v", ...words, suite];
  const { stdout, stderr } = await run("env", [...environment, ...test], {
    cwd: folder,
    timeoutMs: 1_300_000,
  });
  return `${stdout}\n${stderr}`;
}

/** Names of tests, not of their parts, by how they ended. */
function ended(output: string, how: "PASS" | "FAIL" | "SKIP"): string[] {
  return [...output.matchAll(new RegExp(`^--- ${how}: (\\S+)`, "gm"))].map((match) => match[1]!);
}

async function groupEtl(checks: Checks, bootstrap: string, time: number): Promise<void> {
  await checks.check(`TestGroupETL, run ${time} of 3`, async () => {
    const output = await go(bootstrap, ["-run=^TestGroupETL$"]);
    if (ended(output, "PASS").length !== 1) throw new Error(output.slice(-3_000));
    const parts = [...output.matchAll(/^ +--- (PASS|SKIP): TestGroupETL\/(\S+)/gm)];
    return parts.map((part) => `${part[2]} ${part[1]!.toLowerCase()}`).join(", ");
  });
}

await against(
  async (checks, bootstrap) => {
    for (let time = 1; time <= 3; time++) await groupEtl(checks, bootstrap, time);
    await checks.check("all other tests", async () => {
      const skipped = [...leftOut, "^TestGroupETL$"].join("|");
      const output = await go(bootstrap, [`-skip=${skipped}`]);
      const [passed, failed, left] = (["PASS", "FAIL", "SKIP"] as const).map((how) =>
        ended(output, how),
      );
      if (failed!.length > 0) throw new Error(`failed: ${failed!.join(" ")}`);
      if (passed!.length < EXPECTED_PASSES) throw new Error(output.slice(-3_000));
      return `${passed!.length} passed, skipped by themselves: ${left!.join(" ")}`;
    });
  },
  { settings: { "group.initial.rebalance.delay.ms": "0" } },
);
