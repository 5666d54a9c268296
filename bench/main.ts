// Gofka against a real Kafka: the same loads on the same machine, in alternating pairs. What counts are the
// ratios and their spread; single figures of one machine are not comparable with others.
//   node bench/main.ts [--rows produce-100,start] [--pairs 5] [--seconds 3] [--minutes 25] [--json FILE]
//   node bench/main.ts --smoke        a few rows in two minutes, beside bench/recorded.json
//
// Lives on: the developer's machine.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Broker } from "./broker.ts";
import { fallen, fallText } from "./compare.ts";
import { machine } from "./machine.ts";
import type { RecordedRow } from "./record.ts";
import { readRecorded, recordRow, writeRecorded } from "./record.ts";
import { rowReport, verdictText } from "./report.ts";
import type { Row } from "./row.ts";
import { rows } from "./rows.ts";
import { sideOf } from "./sides.ts";
import { runTable } from "./table.ts";

const { values: words } = parseArgs({
  options: {
    /** By name; `produce-*` is all that begin so. */
    rows: { type: "string" },
    pairs: { type: "string" },
    seconds: { type: "string" },
    /** Load on each broker before anything is measured, for the JVM's compiler. */
    warm: { type: "string" },
    /** For the whole table: rows get fewer pairs rather than more time, but one at least. */
    minutes: { type: "string" },
    left: { type: "string", default: "gofka" },
    right: { type: "string", default: "kafka" },
    hosts: { type: "string" },
    /** Broker on core 0, client on core 1. */
    pin: { type: "boolean", default: false },
    json: { type: "string" },
    list: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
  },
});

const table = { rows: "*", pairs: "5", seconds: "3", warm: "30", minutes: "0" };
const smoke = {
  rows: "produce-100,produce-1k,consume-1k,steady-1k,end-to-end,start",
  pairs: "2",
  seconds: "2",
  warm: "8",
  minutes: "1.2",
};
const given = { ...(words.smoke ? smoke : table), ...words };

const names = given.rows.split(",").flatMap((name) => {
  const found = Object.keys(rows).filter((key) =>
    name.endsWith("*") ? key.startsWith(name.slice(0, -1)) : key === name,
  );
  if (found.length === 0) throw new Error(`no row ${name}; rows: ${Object.keys(rows).join(", ")}`);
  return found;
});

async function main(): Promise<void> {
  const cores = availableParallelism();
  const scratch = mkdtempSync(join(tmpdir(), "gofka-bench-"));
  const options = {
    scratch,
    hosts: given.hosts === undefined ? undefined : Number(given.hosts),
    cores: given.pin ? "0" : undefined,
  };
  const labels = [
    given.left,
    given.left === given.right ? `${given.right}'` : given.right,
  ] as const;
  const started: Broker[] = [];
  const labelsOf = (row: Row): readonly [string, string] =>
    row.kind === "process" && row.alone !== undefined ? [row.alone, ""] : labels;
  const recorded: Record<string, RecordedRow> = {};
  const at = new Date().toISOString();
  const seconds = Number(given.seconds);
  const record = { at, labels, machine: machine(), pinned: given.pin, seconds, rows: recorded };
  const pinning = given.pin ? "broker and client pinned to a core each" : "nothing pinned";
  console.log(`${cores} cores, ${pinning}; ${at}\n`);
  try {
    await runTable(
      names.map((name) => [name, rows[name]!]),
      {
        left: sideOf(given.left, labels[0], options, started),
        right: sideOf(given.right, labels[1], options, started),
        started,
        settings: {
          seconds,
          warmSeconds: Number(given.warm),
          clientCores: given.pin ? "1" : undefined,
        },
        pairs: Number(given.pairs),
        minutes: Number(given.minutes),
        done: (key, row, pairs) => {
          console.log(`[${key}] ${rowReport(row, pairs, labelsOf(row), cores)}\n`);
          recorded[key] = recordRow(row, pairs, cores);
          if (given.json !== undefined) writeRecorded(given.json, record);
        },
        failed: (key, row, error) => {
          process.exitCode = 1;
          console.log(`[${key}] ${row.name}: FAILED: ${String(error)}\n`);
        },
        told: (line) => console.log(`${line}\n`),
      },
    );
  } finally {
    for (const broker of started) await broker.kill();
    rmSync(scratch, { recursive: true, force: true });
  }
  summarize(recorded);
  if (given.smoke) compare(recorded);
}

function compare(recorded: Readonly<Record<string, RecordedRow>>): void {
  const file = join(import.meta.dirname, "recorded.json");
  if (!existsSync(file)) return console.log(`there is no ${file} to compare with`);
  const before = readRecorded(file);
  const falls = fallen(recorded, before.rows);
  for (const fall of falls) console.log(fallText(fall));
  if (falls.length === 0) console.log(`no ratio has fallen by a fifth since ${before.at}`);
}

/** What was promised and is not so, at the end, where it is seen. */
function summarize(recorded: Readonly<Record<string, RecordedRow>>): void {
  const all = Object.entries(recorded).flatMap(([key, { goals }]) =>
    goals.map((verdict) => ({ key, verdict })),
  );
  const missed = all.filter(({ verdict }) => !verdict.met);
  console.log(`${all.length - missed.length} of ${all.length} goals are met`);
  for (const { key, verdict } of missed) console.log(`    ${key}: ${verdictText(verdict)}`);
}

if (given.list) for (const name of names) console.log(`${name.padEnd(18)} ${rows[name]!.name}`);
else await main();
// Whatever a failed row may have left open must not keep the machine's other users waiting.
process.exit();
