// The registry against what is declared, and against what Kafka has.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { messagesByName } from "../../src/protocol/registry.ts";
import { declared, versionsOf } from "./support/declared.ts";

test("whatever is declared is there by its name", () => {
  assert.deepEqual([...messagesByName.keys()].sort(), [...declared.keys()].sort());
  for (const [name, message] of declared) assert.equal(messagesByName.get(name), message);
});

test("every message of Kafka 4.3.1 is there in every version", () => {
  const text = readFileSync(new URL("kafka-versions.txt", import.meta.url), "utf8");
  const missing: string[] = [];
  let pairs = 0;
  for (const line of text.trimEnd().split("\n")) {
    const [name = "", range = ""] = line.split(" ");
    if (name === "#") continue;
    const [min = 0, max = min] = range.split("-").map(Number);
    pairs += max - min + 1;
    const message = messagesByName.get(name);
    const versions = message === undefined ? [] : versionsOf(message);
    if (versions[0] !== min || versions.at(-1) !== max) missing.push(line);
  }
  assert.deepEqual(missing, []);
  assert.equal(pairs, 728);
});

test("beyond Kafka 4.3.1 there are the two APIs of 4.4 that are known", () => {
  const pairs = [...messagesByName.values()].flatMap(versionsOf).length;
  assert.equal(pairs, 728 + 4);
  for (const name of ["StreamsGroupTopologyDescriptionUpdate", "UnregisterController"]) {
    for (const kind of ["Request", "Response"]) assert.ok(messagesByName.has(name + kind));
  }
});
