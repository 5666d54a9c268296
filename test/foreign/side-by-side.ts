// Runs the same Java tool against two brokers and holds the answers against each other, line by
// line, once what must differ (ports, ids, paths, times) has been given one name.

import type { ChildProcess } from "node:child_process";
import type { Broker } from "../../bench/broker.ts";
import { classPath } from "../../bench/peer/kafka.ts";
import type { Checks, Finished } from "./harness.ts";
import { run } from "./harness.ts";

export type Normalise = (text: string) => string;

export type Step = {
  readonly name: string;
  readonly main: string;
  readonly words: (broker: Broker) => readonly string[];
  readonly input?: string;
  /** On top of what is always made alike. */
  readonly normalise?: Normalise;
  /** The order of the lines says nothing. */
  readonly anyOrder?: boolean;
  /** What must be in both answers, so that two equal failures are not a success. */
  readonly expect?: RegExp;
  /** Lines that may differ, each for a reason of its own. */
  readonly exceptions?: readonly { readonly line: RegExp; readonly reason: string }[];
};

/** Tools live for a second: no compiler of the second tier, and no second core for the collector. */
const jvm = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"];
const quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";

export function java(main: string, words: readonly string[], input?: string): Promise<Finished> {
  return run("java", [...jvm, quiet, "-cp", classPath(), main, ...words], {
    timeoutMs: 180_000,
    ...(input !== undefined && { input }),
  });
}

function alike(broker: Broker, text: string): string {
  return text
    .replaceAll(broker.bootstrap, "HOST:PORT")
    .replaceAll(`:${broker.port}`, ":PORT")
    .replaceAll(broker.dataDirectory, "DIRECTORY")
    .replaceAll(/\b(TopicId: )[\w-]{22}/g, "$1ID")
    .replaceAll(/Created topic [\w-]+\./g, "Created topic.")
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d+/g, "TIME")
    .replaceAll(/^\[TIME\].*$|^\tat .*$|^\t?\.\.\. \d+ more$/gm, "");
}

function linesOf(step: Step, broker: Broker, answer: Finished): readonly string[] {
  const text = alike(broker, `${answer.stdout}\n${answer.stderr}`);
  const lines = (step.normalise?.(text) ?? text)
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .filter((line) => step.exceptions?.some((each) => each.line.test(line)) !== true);
  return [`exit ${answer.code}`, ...(step.anyOrder === true ? lines.toSorted() : lines)];
}

/** Lines of `left` that `right` lacks, as often as they occur. */
function lacking(left: readonly string[], right: readonly string[]): readonly string[] {
  const rest = [...right];
  return left.filter((line) => {
    const at = rest.indexOf(line);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}

/** Throws what is on one side only; else says how many lines there were beside the exit code. */
export function differences(
  [left, right]: readonly [readonly string[], readonly string[]],
  [leftName, rightName]: readonly [string, string],
): string {
  const onlyLeft = lacking(left, right).map((line) => `${leftName} only: ${line}`);
  const onlyRight = lacking(right, left).map((line) => `${rightName} only: ${line}`);
  const differing = [...onlyLeft, ...onlyRight];
  if (differing.length > 0) throw new Error(differing.slice(0, 80).join("\n"));
  if (left.join("\n") !== right.join("\n")) {
    throw new Error(
      `the same lines in another order:\n${left.join("\n")}\n--\n${right.join("\n")}`,
    );
  }
  return `${left.length - 1} lines alike`;
}

export async function compare(
  checks: Checks,
  step: Step,
  brokers: readonly [Broker, Broker],
  show = false,
): Promise<void> {
  await checks.check(step.name, async () => {
    const lines: (readonly string[])[] = [];
    for (const broker of brokers) {
      const answer = await java(step.main, step.words(broker), step.input);
      const whole = `${answer.stdout}\n${answer.stderr}`;
      if (step.expect !== undefined && !step.expect.test(whole)) {
        throw new Error(`${broker.name}: ${step.expect} is not in\n${whole.slice(0, 3_000)}`);
      }
      lines.push(linesOf(step, broker, answer));
    }
    if (show) console.log(lines[0]!.join("\n"));
    const [left, right] = lines as [readonly string[], readonly string[]];
    return differences([left, right], [brokers[0].name, brokers[1].name]);
  });
}

type Sides = {
  readonly checks: Checks;
  readonly brokers: readonly [Broker, Broker];
  /** Of the command line: steps with this word alone; the answers are shown. */
  readonly given: { readonly only?: unknown; readonly show?: unknown };
};

/** Steps before, while members of a group read on either side, and when they have gone. */
export async function compareAround(
  { checks, brokers, given }: Sides,
  steps: Readonly<Record<"before" | "during" | "after", readonly Step[]>>,
  startReaders: (broker: Broker) => Promise<readonly ChildProcess[]>,
): Promise<void> {
  const run = async (some: readonly Step[]): Promise<void> => {
    for (const step of some) {
      if (typeof given.only === "string" && !step.name.includes(given.only)) continue;
      await compare(checks, step, brokers, given.show === true);
    }
  };
  const readers: ChildProcess[] = [];
  try {
    await run(steps.before);
    await checks.check("two ConsoleConsumers share a group", async () => {
      for (const broker of brokers) readers.push(...(await startReaders(broker)));
    });
    await run(steps.during);
    await stopAll(readers);
    await run(steps.after);
  } finally {
    await stopAll(readers);
    for (const broker of brokers) await broker.stop();
  }
}

async function stopAll(readers: ChildProcess[]): Promise<void> {
  for (const reader of readers.splice(0)) {
    const gone = new Promise((resolve) => reader.once("close", resolve));
    reader.kill("SIGTERM");
    await gone;
  }
}
