#!/usr/bin/env node
// The command `gofka`. Only the age of Node is looked at here: an older one could not even read the
// modules that follow, and would say so in words that help nobody.
//
// Lives on: main thread.

import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

const NEEDED = [22, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `Gofka needs Node ${NEEDED.join(".")} or newer, but this is Node ${process.versions.node}.\n`,
  );
  process.exitCode = 1;
} else {
  keepCompiledCode();
  const words = process.argv.slice(2);
  if (words[0] === "wire") {
    // Apart, because a node and the codec's declarations have no use for each other's loading time.
    const { runWire } = await import("./cli/wire/command.ts");
    process.exitCode = await runWire(words.slice(1));
  } else if (words[0] === "cluster") {
    const { runCluster } = await import("./cli/cluster/command.ts");
    process.exitCode = await runCluster(words.slice(1));
  } else {
    const { parseArguments } = await import("./cli/arguments.ts");
    const { threadsAhead } = await import("./cli/threads-ahead.ts");
    const parsed = parseArguments(words);
    const ahead = await threadsAhead(parsed);
    const { runCommand } = await import("./cli/command.ts");
    process.exitCode = await runCommand(parsed, ahead);
  }
}

/**
 * Node keeps what it has compiled for the next start, which saves that a quarter of its time. In the
 * user's own folder: in one that all may write to, others could put code there. Where it cannot be
 * written nothing is kept; NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE have the last word.
 */
function keepCompiledCode(): void {
  if (process.env["NODE_COMPILE_CACHE"] !== undefined) return;
  const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  module.enableCompileCache(join(caches, "gofka"));
}
