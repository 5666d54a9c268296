// All that `npm test` runs, in order of cost: what a glance could find comes first, the unit tests
// last, so that their summary closes the output. Steps of one stage share the cores; the first
// failure prints what its step said and ends the run.
//
// Lives on: the developer's machine and CI.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";

type Step = {
  readonly name: string;
  readonly command: readonly string[];
  /** The step is skipped, aloud, while this file does not exist. */
  readonly needs?: string;
  readonly timeoutMinutes: number;
};

const sources = ["src", "test", "tools", "bench"].filter((folder) => existsSync(folder));

const stages: readonly (readonly Step[])[] = [
  [
    {
      name: "format",
      command: ["oxfmt", "--check", ...sources],
      timeoutMinutes: 5,
    },
    {
      name: "lint",
      command: ["oxlint", "--type-aware", "--deny-warnings", ...sources],
      timeoutMinutes: 5,
    },
    { name: "types", command: ["tsc", "--noEmit"], timeoutMinutes: 5 },
    {
      name: "tidy",
      command: ["node", "--test", "--test-reporter=dot", "test/tidy.test.ts"],
      needs: "test/tidy.test.ts",
      timeoutMinutes: 5,
    },
  ],
  [
    {
      name: "simulator, 50 seeds",
      command: ["node", "src/sim/main.ts", "--seeds", "50"],
      needs: "src/sim/main.ts",
      timeoutMinutes: 10,
    },
    {
      // Always the same inputs; `npm run fuzz` draws others.
      name: "fuzz, 60 s",
      command: ["node", "test/protocol/fuzz/main.ts", "--minutes", "1", "--seed", "1"],
      needs: "test/protocol/fuzz/main.ts",
      timeoutMinutes: 5,
    },
    {
      name: "clients, smoke",
      command: ["node", "test/foreign/smoke.ts"],
      needs: "src/main.ts",
      timeoutMinutes: 5,
    },
    {
      name: "Python client, smoke",
      command: ["node", "test/foreign/python.ts"],
      needs: "clients/python/tests/smoke.py",
      timeoutMinutes: 5,
    },
  ],
];

const unitTests = [
  "--test",
  "--test-reporter=spec",
  "--test-concurrency=2",
  "--test-timeout=300000",
  "test/**/*.test.ts",
];

type Finished = { readonly step: Step; readonly failed: boolean; readonly output: string };

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

const running = new Set<ReturnType<typeof spawn>>();

function runStep(step: Step): Promise<Finished> {
  if (step.needs !== undefined && !existsSync(step.needs)) {
    console.log(`skip  ${step.name}: there is no ${step.needs} yet`);
    return Promise.resolve({ step, failed: false, output: "" });
  }
  const startedMs = performance.now();
  const [command, ...args] = step.command;
  const { promise, resolve } = Promise.withResolvers<Finished>();
  const child = spawn(command!, args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: step.timeoutMinutes * 60_000,
    killSignal: "SIGKILL",
  });
  running.add(child);
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  child.on("error", (error) => {
    output += String(error);
  });
  child.on("close", (code, signal) => {
    running.delete(child);
    const failed = code !== 0;
    const how = signal === null ? "" : `, ended by ${signal} (limit ${step.timeoutMinutes} min)`;
    console.log(`${failed ? "FAIL" : "ok  "}  ${step.name}  ${seconds(startedMs)}${how}`);
    if (output.startsWith("skip ")) console.log(output.trimEnd());
    resolve({ step, failed, output });
  });
  return promise;
}

/** Settles at the first failure, or when all steps are through. */
async function runStage(steps: readonly Step[]): Promise<Finished | undefined> {
  const finished = steps.map(runStep);
  const firstFailure = finished.map(async (promise) => {
    const result = await promise;
    if (!result.failed) throw new Error("passed");
    return result;
  });
  return Promise.any(firstFailure).catch(() => undefined);
}

function runUnitTests(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn("node", unitTests, { stdio: ["ignore", "inherit", "inherit"] });
  child.on("close", (code) => resolve(code ?? 1));
  return promise;
}

const startedMs = performance.now();
for (const stage of stages) {
  const failure = await runStage(stage);
  if (failure === undefined) continue;
  for (const child of running) child.kill("SIGKILL");
  console.log(`\n${failure.step.name}: ${failure.step.command.join(" ")}\n`);
  console.log(failure.output.trimEnd());
  console.log(`\nnpm test failed at: ${failure.step.name}`);
  process.exit(1);
}
console.log(`ok    everything before the unit tests  ${seconds(startedMs)}\n`);
process.exitCode = await runUnitTests();
