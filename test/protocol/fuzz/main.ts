// Fuzzing of the decoders: damaged messages, frames, record batches and compressed bytes. Whatever the
// bytes, there is a value or a typed refusal; never another exception, a hang, or memory beyond a
// stated multiple of the input. Seeds are Kafka's own instances and recorded frames of real clients.
//
//   npm run fuzz -- --minutes 10 [--seed N]
//   npm run fuzz -- --subject batch [--what "..."] --hex 00ff...     one input again
//
// The first finding ends the run with exit code 1 and all that is needed to see it again.

import { parseArgs } from "node:util";
import type { Finding, Tally } from "./loop.ts";
import { allSubjects, judge } from "./loop.ts";
import { watched } from "./watch.ts";

const { values: given } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Math.trunc(Math.random() * 2 ** 31)) },
    subject: { type: "string" },
    what: { type: "string", default: "" },
    hex: { type: "string" },
  },
});

/** An input that takes longer never comes back. */
const HANG_MS = 20_000;
const RESIDENT_MIB_MAX = 600;

const residentMiB = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20);

function again(): void {
  const subject = allSubjects().find(({ name }) => name === given.subject);
  if (subject === undefined) throw new Error(`there is no subject ${given.subject}`);
  const bytes = new Uint8Array(Buffer.from(given.hex ?? "", "hex"));
  const input = { what: given.what, bytes };
  const why = judge(subject, input);
  console.log(why ?? subject.decode(input).outcome);
  process.exitCode = why === undefined ? 0 : 1;
}

function print(tally: Tally): void {
  const outcomes = Object.entries(tally.outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${outcome} ${count}`);
  const share = ((100 * tally.mostBytes) / tally.mostBytesMax).toFixed(0);
  console.log(
    `${tally.subject.padEnd(16)} ${String(tally.inputs).padStart(8)}  ${outcomes.join(", ")}`,
  );
  console.log(
    `${" ".repeat(27)}most memory: ${tally.mostBytes} bytes for ${tally.mostInputBytes}` +
      ` (${share}% of what is allowed); longest: ${tally.mostMs.toFixed(1)} ms`,
  );
}

function report({ subject, what, hex, why }: Finding, seed: number): void {
  console.log(`\nFINDING (seed ${seed}) in ${subject}${subject === "" ? "" : ": "}${what}\n${why}`);
  console.log(`hex: ${hex}`);
}

async function fuzz(): Promise<void> {
  const seed = Number(given.seed);
  const minutes = Number(given.minutes);
  console.log(`fuzz: ${minutes} min, seed ${seed}`);
  const startMiB = residentMiB();
  const startedMs = performance.now();
  const { tallies, finding } = await watched({ seed, ms: minutes * 60_000 }, HANG_MS);
  for (const tally of tallies) print(tally);
  const inputs = tallies.reduce((sum, tally) => sum + tally.inputs, 0);
  const seconds = (performance.now() - startedMs) / 1000;
  const endMiB = residentMiB();
  console.log(
    `${inputs} inputs in ${seconds.toFixed(1)} s, ${Math.round(inputs / seconds)} a second;` +
      ` RSS ${startMiB} MiB at the start, ${endMiB} MiB at the end`,
  );
  if (finding !== undefined) report(finding, seed);
  if (endMiB > RESIDENT_MIB_MAX) console.log(`\nFINDING (seed ${seed}): RSS ${endMiB} MiB`);
  process.exitCode = finding !== undefined || endMiB > RESIDENT_MIB_MAX ? 1 : 0;
}

if (given.hex !== undefined) again();
else await fuzz();
