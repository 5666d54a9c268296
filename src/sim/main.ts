// The simulator's command line.
//
//   npm run sim -- --seed 7 [--verbose]        one world, told in full when it fails
//   npm run sim -- --seeds 1000 [--minutes 10] [--from 1] [--keep-going]
//   npm run sim -- --cluster [...]              worlds of several nodes: cluster-command.ts
//   npm run sim -- --zoo [--seeds 1000] [--bug name]   how soon each planted bug is found
//
// Lives on: the developer's machine and CI.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { performance } from "node:perf_hooks";
import { clusterCommand } from "./cluster-command.ts";
import { plantedBugs } from "./planted-bugs.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { runSeed } from "./run.ts";
import type { RunResult } from "./run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string" },
    minutes: { type: "string" },
    zoo: { type: "boolean" },
    cluster: { type: "boolean" },
    bug: { type: "string" },
    resume: { type: "string" },
    scenario: { type: "string" },
    shrink: { type: "string" },
    verbose: { type: "boolean" },
    "keep-going": { type: "boolean" },
  },
});

// Kept from before the simulator forbids it.
const cpuUsage = process.cpuUsage.bind(process);
const nowMs = performance.now.bind(performance);

function namedBug(name: string): PlantedBug {
  const bug = plantedBugs.find((each) => each.name === name);
  if (bug === undefined) {
    console.error(
      `no planted bug ${name}; there are: ${plantedBugs.map((b) => b.name).join(", ")}`,
    );
    process.exit(2);
  }
  return bug;
}

function number(text: string | undefined, fallback: number): number {
  const parsed = Number(text ?? fallback);
  if (Number.isFinite(parsed) && parsed >= 0) return parsed;
  console.error(`not a number: ${text}`);
  process.exit(2);
}

function report(result: RunResult): void {
  const { seed, config, violation, lines, hash, events } = result;
  console.log(lines.join("\n"));
  console.log(`\nconfig of seed ${seed}: ${JSON.stringify(config, null, 2)}`);
  console.log(`\nseed ${seed} broke: ${violation?.invariant}`);
  console.log(`  ${violation?.detail}`);
  console.log(`  at ${violation?.atMs.toFixed(3)} ms, event ${events}, trace hash ${hash}`);
  console.log(`  again: npm run sim -- --seed ${seed} --verbose`);
}

function summary({ seed, hash, events, virtualMs, records, answers, faults }: RunResult): string {
  const happened = [...faults].map(([name, count]) => `${name} ${count}`).join(", ");
  const time = (virtualMs / 1000).toFixed(1);
  return `seed ${seed}: ${hash}, ${events} events in ${time} virtual s, ${records} records, ${answers} answers; ${happened || "no faults"}`;
}

function runOne(seed: number): never {
  const started = nowMs();
  const bug = values.bug === undefined ? undefined : namedBug(values.bug);
  const result = runSeed(seed, {
    ...(bug === undefined ? {} : { bug }),
    ...(values.verbose === true ? { onLine: (line) => console.log(line) } : {}),
  });
  if (result.violation !== undefined) report(result);
  console.log(`${summary(result)} (${((nowMs() - started) / 1000).toFixed(2)} s)`);
  process.exit(result.violation === undefined ? 0 : 1);
}

function runMany(count: number): never {
  const started = nowMs();
  const first = number(values.from, 1);
  const untilMs = values.minutes === undefined ? Infinity : number(values.minutes, 0) * 60_000;
  let done = 0;
  let events = 0;
  let broken = 0;
  for (let seed = first; seed < first + count && nowMs() - started < untilMs; seed++) {
    const result = runSeed(seed);
    done += 1;
    events += result.events;
    if (values.verbose === true) console.log(summary(result));
    if (result.violation === undefined) continue;
    broken += 1;
    if (values["keep-going"] === true) {
      const { invariant, detail } = result.violation;
      console.log(`seed ${seed} broke: ${invariant}: ${detail.split("\n")[0]}`);
      continue;
    }
    report(result);
    process.exit(1);
  }
  const seconds = (nowMs() - started) / 1000;
  const told = broken === 0 ? "no broken invariant" : `${broken} broke an invariant`;
  console.log(`${done} seeds from ${first} on, ${told}; ${events} events, ${seconds.toFixed(1)} s`);
  process.exit(broken === 0 ? 0 : 1);
}

function runZoo(count: number): never {
  const bugs = values.bug === undefined ? plantedBugs : [namedBug(values.bug)];
  const first = number(values.from, 1);
  let escaped = 0;
  for (const bug of bugs) {
    let found: RunResult | undefined;
    for (let seed = first; seed < first + count && found === undefined; seed++) {
      const result = runSeed(seed, { bug });
      if (result.violation !== undefined) found = result;
    }
    if (found === undefined) escaped += 1;
    const by = found === undefined ? `not within ${count} seeds` : `seed ${found.seed}`;
    console.log(`${bug.name.padEnd(32)} ${by.padEnd(12)} ${found?.violation?.invariant ?? ""}`);
  }
  console.log(`${bugs.length} planted bugs, ${bugs.length - escaped} found`);
  process.exit(escaped === 0 ? 0 : 1);
}

const given = {
  from: number(values.from, 1),
  seeds: number(values.seeds, values.minutes === undefined ? 100 : 1e9),
  minutes: values.minutes === undefined ? Infinity : number(values.minutes, 0),
};

if (values.cluster === true) {
  process.exit(
    clusterCommand(values, given, {
      nowMs,
      cpuMs: () => (cpuUsage().user + cpuUsage().system) / 1000,
      print: (line) => console.log(line),
      read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
      write: (path, text) => writeFileSync(path, text),
    }),
  );
}
if (values.zoo === true) runZoo(number(values.seeds, 1_000));
else if (values.seed !== undefined) runOne(number(values.seed, 1));
else runMany(given.seeds);
