// Makes the pictures of the README, and the table of docs/PERFORMANCE.md, from the record of a run.
//   node bench/pictures.ts [bench/recorded.json]
//
// Lives on: the developer's machine.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performancePage, recordedTable, writeSection } from "./pages.ts";
import { latencyPicture } from "./pictures/latency.ts";
import { throughputPicture } from "./pictures/throughput.ts";
import { readRecorded } from "./record.ts";

const recorded = readRecorded(process.argv[2] ?? join(import.meta.dirname, "recorded.json"));
const directory = join(import.meta.dirname, "../docs/pictures");
mkdirSync(directory, { recursive: true });
for (const [name, draw] of Object.entries({
  throughput: throughputPicture,
  latency: latencyPicture,
})) {
  const file = join(directory, `${name}.svg`);
  writeFileSync(file, draw(recorded));
  console.log(file);
}
writeSection(performancePage, "rows", recordedTable(recorded));
