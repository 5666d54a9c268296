// Runs every foreign client's runner, one after another, and says at the end which of them passed.
//   node tools/foreign.ts [--against kafka] [--only kcat,franz-go]
//
// Lives on: the developer's machine (Go, Java, kcat and a C++ compiler are needed).

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const runners = [
  "smoke",
  "python",
  "kcat",
  "franz-go",
  "kafkajs",
  "node-rdkafka",
  "consumer-groups",
  "mixed-group",
  "franz-go-suite",
  "apache-tools",
  "group-tools",
  "cluster-tools",
  "log-files",
  "compaction",
  "bad-starts",
  "bad-input",
  "frames-fuzz",
  "kill-loop",
  "kill-groups",
  "kill-cluster",
  "cluster-changes",
  "overload",
];
const gofkaOnly = new Set(["bad-starts", "overload", "cluster-changes"]);
/** Always two brokers beside each other. */
const sideBySide = new Set(["apache-tools", "group-tools", "cluster-tools"]);

const { values: given } = parseArgs({
  strict: false,
  options: {
    against: { type: "string", default: "gofka" },
    only: { type: "string", default: runners.join(",") },
  },
});
const which = String(given.against);
const chosen = String(given.only)
  .split(",")
  .filter((name) => which === "gofka" || !gofkaOnly.has(name));

const results: { name: string; passed: boolean; seconds: number }[] = [];
for (const name of chosen) {
  console.log(`\n== ${name}`);
  const startedMs = performance.now();
  const side = sideBySide.has(name) ? ["--left", which] : ["--against", which];
  const words = ["--no-warnings", `test/foreign/${name}.ts`, ...side];
  const { status } = spawnSync(process.execPath, words, {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  results.push({ name, passed: status === 0, seconds });
}
console.log("");
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? "ok  " : "FAIL"}  ${name.padEnd(14)} ${seconds.toFixed(0)} s`);
}
if (results.some(({ passed }) => !passed)) process.exitCode = 1;
