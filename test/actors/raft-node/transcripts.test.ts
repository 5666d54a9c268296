// Runs the dialogues of transcripts/*.txt: a command, `----`, and everything it caused. Rewritten with
// REWRITE_TRANSCRIPTS=1; commit a change only when you know what caused it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Dialogue } from "./model/dialogue.ts";

const directory = new URL("./transcripts/", import.meta.url);
const rewrite = process.env["REWRITE_TRANSCRIPTS"] === "1";

function rewritten(transcript: string): string {
  const dialogue = new Dialogue();
  const paragraphs = transcript.trimEnd().split(/\n{2,}/);
  return `${paragraphs
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const commands = lines.slice(0, lines.includes("----") ? lines.indexOf("----") : undefined);
      const outputs = commands
        .filter((line) => !line.startsWith("#"))
        .flatMap((command) => dialogue.run(command));
      if (outputs.length === 0) return commands.join("\n");
      return [...commands, "----", ...outputs].join("\n");
    })
    .join("\n\n")}\n`;
}

for (const name of readdirSync(directory).filter((file) => file.endsWith(".txt"))) {
  test(name.replaceAll("-", " ").slice(0, -".txt".length), () => {
    const path = new URL(name, directory);
    const transcript = readFileSync(path, "utf8");
    const now = rewritten(transcript);
    if (rewrite) writeFileSync(path, now);
    else assert.equal(now, transcript);
  });
}
