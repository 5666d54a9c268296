// The codec beside others: decode and encode of the messages of the hot path by Gofka's compiled
// declarations, by the encoders and decoders of two JavaScript clients and by Kafka's generated classes.
// The sides take turns, each turn in a process of its own; what counts is CPU time of the one thread.
//
//   npm run bench:codec -- [--rounds 5] [--ms 300] [--sides gofka,kafkajs,platformatic,java]
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare, library } from "../../test/oracle/java.ts";
import { spread } from "../report.ts";
import type { RowName } from "./messages.ts";
import { messages, rows } from "./messages.ts";
import type { Measured } from "./side.ts";
import type { Started } from "./start.ts";

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** CPU time that each row is measured for, after as much to warm up. */
    ms: { type: "string", default: "300" },
    /** java: Java 17 and Maven are needed. */
    sides: { type: "string", default: "gofka,kafkajs,platformatic,java" },
  },
});
const sides = given.sides.split(",");
const here = import.meta.dirname;

function output(command: string, args: readonly string[], input = ""): unknown {
  const stdio: ["pipe", "pipe", "inherit"] = ["pipe", "pipe", "inherit"];
  const { status, stdout, error } = spawnSync(command, args, { input, stdio, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`, { cause: error });
  return JSON.parse(stdout);
}

const hexLines = Object.values(messages)
  .map((make) => `${Buffer.from(make()).toString("hex")}\n`)
  .join("");

function measured(side: string): Measured {
  if (side !== "java") return output("node", [join(here, "side.ts"), side, given.ms]) as Measured;
  const args = ["-cp", join(library, "*"), join(here, "Codec.java"), given.ms];
  return output("java", args, hexLines) as Measured;
}

function figure(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

function shown(values: readonly number[]): string {
  const { min, median, max } = spread(values);
  return `${figure(median)} (${figure(min)} .. ${figure(max)})`;
}

const turns = new Map<string, Measured[]>(sides.map((side) => [side, []]));

function printRow(row: RowName): void {
  const { title, goalUs } = rows[row];
  console.log(`\n${title}${goalUs === undefined ? "" : `; goal: ${goalUs} us`}`);
  const medians = sides.map((side) => {
    const found = turns.get(side)!.map((turn) => turn[row]!);
    const us = found.map((each) => each.us);
    const { median } = spread(us);
    const bytes = spread(found.map((each) => each.bytes)).median;
    const rate = Math.round(1e6 / median).toLocaleString("en");
    console.log(
      `  ${side.padEnd(13)}${shown(us).padStart(28)} us ${rate.padStart(11)}/s ${bytes.toLocaleString("en").padStart(11)} bytes`,
    );
    return { side, median };
  });
  const [ours, ...peers] = medians;
  if (ours?.side !== "gofka") return;
  const ratios = peers.map(({ side, median }) => `${(median / ours.median).toFixed(2)} x ${side}`);
  if (peers.length > 0) console.log(`  gofka's rate is ${ratios.join(", ")}`);
}

function printStart(started: readonly Started[]): void {
  const { client, all } = started[0]!.codecs;
  const line = (of: (each: Started) => number) => `${shown(started.map(of))} ms`;
  console.log(`\nAt the start; goal: 15 ms`);
  console.log(
    `  all declarations evaluated, none compiled       ${line(({ declareMs }) => declareMs)}`,
  );
  console.log(
    `  the ${client} codecs of a producer and a consumer   ${line(({ clientMs }) => clientMs)}`,
  );
  console.log(`  all ${all} (nobody does that)                     ${line(({ allMs }) => allMs)}`);
}

if (sides.includes("java")) prepare();
const started: Started[] = [];
for (let round = 0; round < Number(given.rounds); round++) {
  for (let i = 0; i < sides.length; i++) {
    const side = sides[(round + i) % sides.length]!;
    turns.get(side)!.push(measured(side));
  }
  started.push(output("node", [join(here, "start.ts")]) as Started);
}
console.log(
  "Microseconds of CPU time a call: median (least .. most), calls a second, bytes allocated",
);
for (const row of Object.keys(rows) as RowName[]) printRow(row);
printStart(started);
