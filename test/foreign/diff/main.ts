// Sends real Kafka 4.3.1 and a Gofka node the same requests, every API and version that Gofka serves,
// good ones and bad ones, and holds the decoded answers against each other, field by field.
//
//   npm run diff:kafka -- [--api Fetch,Produce] [--scenario WORDS] [--version N] [--against gofka|kafka]
//
// `--against kafka` runs two Kafkas: what differs then is a fault of this runner. The exit code is 0
// when every difference is one of exceptions.ts.

import { parseArgs } from "node:util";
import { startBroker } from "../harness.ts";
import type { Difference } from "./compare.ts";
import { differences } from "./compare.ts";
import type { Place } from "./exceptions.ts";
import { exceptionFor } from "./exceptions.ts";
import { Report } from "./report.ts";
import type { ApiScenarios, Scenario, World } from "./scenario.ts";
import { worlds } from "./scenario.ts";
import { suites } from "./scenarios/index.ts";
import { Side, versionsOf } from "./side.ts";

const { values: given } = parseArgs({
  options: {
    api: { type: "string" },
    scenario: { type: "string", default: "" },
    version: { type: "string" },
    against: { type: "string", default: "gofka" },
  },
});

const apis = given.api?.toLowerCase().split(",");
const chosen = suites.filter(({ api }) => apis === undefined || apis.includes(api.toLowerCase()));
const against = given.against === "kafka" ? "kafka" : "gofka";

function versionsFor(api: string, { versions = [0, 99] }: Scenario): readonly number[] {
  const [min, max] = versionsOf(api);
  const all = Array.from({ length: max - min + 1 }, (_, at) => min + at);
  return all.filter(
    (version) =>
      versions[0] <= version &&
      version <= versions[1] &&
      (given.version === undefined || Number(given.version) === version),
  );
}

type Sides = readonly [kafka: Side, other: Side];

async function start(world: World): Promise<Sides> {
  const settings = worlds[world];
  const [kafka, other] = await Promise.all([
    startBroker("kafka", { settings }),
    startBroker(against, { settings }),
  ]);
  const sides = [new Side(kafka, "kafka"), new Side(other, against)] as const;
  for (const side of sides) await side.begin();
  if (world !== "strict") for (const side of sides) await side.coordinates();
  return sides;
}

type Attempt = {
  readonly suite: ApiScenarios;
  readonly scenario: Scenario;
  readonly version: number;
};

async function attempt(sides: Sides, { suite, scenario, version }: Attempt, number: number) {
  const at = suite.scenarios.indexOf(scenario);
  const again = number === 0 ? "" : `again-`;
  const stem = `${again}${suite.api.toLowerCase()}-${at}-v${version}`;
  const run = { api: suite.api, version, stem, slow: number > 0 };
  const [kafka, other] = await Promise.all(sides.map((side) => side.play(scenario, run)));
  return scenario.steps.map((_, step) => differences(kafka![step]!, other![step]!));
}

/** Where a step's answer is counted: with its own API, which need not be the scenario's. */
function placeOf({ suite, scenario, version }: Attempt, at: number): Place {
  const step = scenario.steps[at]!;
  const api = step.api ?? suite.api;
  if (api === suite.api) return { api, scenario: scenario.name, version: step.version ?? version };
  const name = `${suite.api}: ${scenario.name}`;
  return { api, scenario: name, version: step.version ?? versionsOf(api)[1] };
}

function isAlike(one: Attempt, found: readonly (readonly Difference[])[]): boolean {
  return found.every((each, at) =>
    each.every((difference) => exceptionFor(placeOf(one, at), difference) !== undefined),
  );
}

async function hold(sides: Sides, report: Report, one: Attempt): Promise<void> {
  const startedMs = performance.now();
  let found = await attempt(sides, one, 0);
  if (!isAlike(one, found)) {
    // A broker may not have heard yet of a change that its controller has answered.
    found = await attempt(sides, one, 1);
    if (isAlike(one, found)) report.slowly++;
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  if (seconds > 8)
    console.log(`slow: ${one.scenario.name} v${one.version}: ${seconds.toFixed(0)} s`);
  for (const [at, each] of found.entries()) report.add(placeOf(one, at), at, each);
}

const report = new Report();
for (const world of Object.keys(worlds) as World[]) {
  const here = chosen.filter((suite) => (suite.world ?? "ordinary") === world);
  if (here.length === 0) continue;
  const sides = await start(world);
  try {
    for (const suite of here) {
      const startedMs = performance.now();
      for (const scenario of suite.scenarios) {
        if (!scenario.name.includes(given.scenario)) continue;
        for (const version of versionsFor(suite.api, scenario)) {
          await hold(sides, report, { suite, scenario, version });
        }
      }
      report.printDifferences();
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      console.log(`${suite.api}${world === "ordinary" ? "" : `, ${world}`}: ${seconds} s`);
    }
  } finally {
    for (const side of sides) await side.stop();
  }
}
report.print(apis === undefined && given.scenario === "" && given.version === undefined);
if (!report.isGood) process.exitCode = 1;
