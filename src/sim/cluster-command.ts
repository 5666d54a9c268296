// The command line for worlds of several nodes.
//
//   npm run sim -- --cluster --seed 7 [--verbose] [--shrink FILE.json]
//   npm run sim -- --cluster --seeds 1000 [--from 1] [--minutes 10] [--resume FILE] [--keep-going]
//   npm run sim -- --cluster --zoo [--seeds 1000] [--bug name]
//   npm run sim -- --cluster --scenario FILE.json
//
// A resumed run goes on behind the last seed that its file tells of, and adds to its counts.
//
// Lives on: the developer's machine and CI.

import type { ClusterResult } from "./cluster-run.ts";
import { runCluster, runPlan } from "./cluster-run.ts";
import { drawCluster } from "./cluster-plan.ts";
import { clusterBugs } from "./planted-cluster-bugs.ts";
import type { ClusterBug } from "./planted-cluster-bugs.ts";
import { readScenario, scenarioText } from "./scenario.ts";
import { shrinkPlan } from "./shrink.ts";

const SAVE_EVERY_MS = 10_000;

export type ClusterWords = {
  readonly seed?: string | undefined;
  readonly bug?: string | undefined;
  readonly resume?: string | undefined;
  readonly scenario?: string | undefined;
  readonly shrink?: string | undefined;
  readonly zoo?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly "keep-going"?: boolean | undefined;
};

export type ClusterRange = {
  readonly from: number;
  readonly seeds: number;
  readonly minutes: number;
};

export type Surroundings = {
  readonly nowMs: () => number;
  /** Of one core; less than the time that passes where others want it as well. */
  readonly cpuMs: () => number;
  readonly print: (line: string) => void;
  readonly read: (path: string) => string | undefined;
  readonly write: (path: string, text: string) => void;
};

/** What a long run has come to; kept in its file. */
type Tally = {
  first: number;
  next: number;
  seeds: number;
  events: number;
  faults: number;
  changes: number;
  records: number;
  commits: number;
  seconds: number;
  cpuSeconds: number;
  readonly broken: number[];
};

/** The exit code. */
export function clusterCommand(
  words: ClusterWords,
  range: ClusterRange,
  around: Surroundings,
): number {
  if (words.scenario !== undefined) return replay(words.scenario, words, around);
  if (words.zoo === true) return zoo(words, range, around);
  if (words.seed !== undefined) return one(Number(words.seed), words, around);
  return many(words, range, around);
}

function bugOf({ bug }: ClusterWords): ClusterBug | undefined {
  const found = clusterBugs.find(({ name }) => name === bug);
  if (bug === undefined || found !== undefined) return found;
  const names = clusterBugs.map(({ name }) => name).join(", ");
  throw new RangeError(`no planted bug ${bug}; there are: ${names}`);
}

function tell(result: ClusterResult, { print }: Surroundings): void {
  const { plan, violation, events, hash, faults, changes, records, commits } = result;
  if (violation !== undefined) {
    for (const line of result.lines) print(line);
    print(`config: ${JSON.stringify(plan.config)}`);
    print(`broke: ${violation.invariant}\n  ${violation.detail}\n  at ${violation.atMs} ms`);
  }
  const did = `${changes} changes, ${records} records, ${faults} faults, ${commits} committed`;
  print(`seed ${plan.config.seed}: ${hash}, ${events} events; ${did}`);
}

function one(seed: number, words: ClusterWords, around: Surroundings): number {
  const bug = bugOf(words);
  const plan = drawCluster(seed, bug?.provoke);
  const onLine = words.verbose === true ? around.print : undefined;
  const result = runPlan(plan, bug, onLine);
  tell(result, around);
  const { violation } = result;
  if (violation === undefined) return 0;
  if (words.shrink !== undefined) {
    const small = shrinkPlan(
      plan,
      violation.invariant,
      (each) => runPlan(each, bug).violation,
      around.print,
    );
    const found = runPlan(small, bug).violation!;
    around.write(
      words.shrink,
      scenarioText({ bug: bug?.name, breaks: found.invariant, plan: small }),
    );
  }
  return 1;
}

function replay(path: string, words: ClusterWords, around: Surroundings): number {
  const scenario = readScenario(around.read(path) ?? "");
  const bug = bugOf({ bug: words.bug ?? scenario.bug });
  const onLine = words.verbose === true ? around.print : undefined;
  const result = runPlan(scenario.plan, bug, onLine);
  tell(result, around);
  return result.violation === undefined ? 0 : 1;
}

function zoo(words: ClusterWords, { from, seeds }: ClusterRange, { print }: Surroundings): number {
  const only = bugOf(words);
  const bugs = only === undefined ? clusterBugs : [only];
  let escaped = 0;
  for (const bug of bugs) {
    let found: ClusterResult | undefined;
    for (let seed = from; seed < from + seeds && found === undefined; seed++) {
      const result = runCluster(seed, bug);
      if (result.violation !== undefined) found = result;
    }
    if (found === undefined) escaped += 1;
    const by = found === undefined ? `not in ${seeds} seeds` : `seed ${found.plan.config.seed}`;
    print(`${bug.name.padEnd(36)} ${by.padEnd(16)} ${found?.violation?.invariant ?? ""}`);
  }
  print(`${bugs.length} planted bugs of clusters, ${bugs.length - escaped} found`);
  return escaped === 0 ? 0 : 1;
}

function many(words: ClusterWords, range: ClusterRange, around: Surroundings): number {
  const kept = words.resume === undefined ? undefined : around.read(words.resume);
  const tally = kept === undefined ? newTally(range.from) : (JSON.parse(kept) as Tally);
  const startedMs = around.nowMs();
  const before = { seconds: tally.seconds, cpuSeconds: tally.cpuSeconds };
  const startedCpuMs = around.cpuMs();
  const untilMs = startedMs + range.minutes * 60_000;
  let savedMs = startedMs;
  const save = (): void => {
    tally.seconds = before.seconds + (around.nowMs() - startedMs) / 1000;
    tally.cpuSeconds = before.cpuSeconds + (around.cpuMs() - startedCpuMs) / 1000;
    if (words.resume !== undefined) around.write(words.resume, `${JSON.stringify(tally)}\n`);
    savedMs = around.nowMs();
  };
  for (let left = range.seeds; left > 0 && around.nowMs() < untilMs; left--) {
    const result = runCluster(tally.next);
    add(tally, result);
    if (words.verbose === true) tell(result, around);
    if (around.nowMs() - savedMs > SAVE_EVERY_MS) save();
    if (result.violation === undefined) continue;
    if (words["keep-going"] !== true) {
      tell(result, around);
      break;
    }
    const { invariant, detail } = result.violation;
    around.print(`cluster seed ${tally.next - 1} broke: ${invariant}: ${detail.split("\n")[0]}`);
  }
  save();
  around.print(summary(tally));
  return tally.broken.length === 0 ? 0 : 1;
}

function newTally(first: number): Tally {
  const none = { seeds: 0, events: 0, faults: 0, changes: 0, records: 0, commits: 0 };
  return { first, next: first, ...none, seconds: 0, cpuSeconds: 0, broken: [] };
}

function add(tally: Tally, result: ClusterResult): void {
  if (result.violation !== undefined) tally.broken.push(tally.next);
  tally.next += 1;
  tally.seeds += 1;
  for (const each of ["events", "faults", "changes", "records", "commits"] as const) {
    tally[each] += result[each];
  }
}

function summary(tally: Tally): string {
  const { first, seeds, broken, seconds, cpuSeconds, events } = tally;
  const { changes, records, faults, commits } = tally;
  const told = broken.length === 0 ? "no broken invariant" : `broken by ${broken.join()}`;
  const did = `${changes} changes, ${records} acknowledged records, ${faults} faults, ${commits} committed offsets`;
  const each = `${Math.round(events / seeds)} events a seed`;
  const rate = `${Math.round(events / cpuSeconds)} events a second, ${((seeds / cpuSeconds) * 3600).toFixed(0)} seeds an hour`;
  const spent = `${cpuSeconds.toFixed(0)} s of a core in ${seconds.toFixed(0)} s`;
  return `${seeds} clusters from ${first} on, ${told}; ${did}; ${events} events, ${each}, ${spent}: a core does ${rate}`;
}
