#!/usr/bin/env node
// The command `gofka`. Only the age of Node is looked at here: an older one could not even read the
// modules that follow, and would say so in words that help nobody.
//
// Lives on: main thread.

const NEEDED = [22, 15] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `Gofka needs Node ${NEEDED.join(".")} or newer, but this is Node ${process.versions.node}.\n`,
  );
  process.exitCode = 1;
} else {
  const words = process.argv.slice(2);
  if (words[0] === "wire") {
    // Apart, because a node and the codec's declarations have no use for each other's loading time.
    const { runWire } = await import("./cli/wire/command.ts");
    process.exitCode = await runWire(words.slice(1));
  } else {
    const { runCommand } = await import("./cli/command.ts");
    process.exitCode = await runCommand(words);
  }
}

export {};
