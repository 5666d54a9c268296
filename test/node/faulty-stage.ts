// A node of two hosts, as a process of its own, with a topic over both and records in every partition,
// in which a test can make an actor throw.
//
// Lives on: tests.

import { join } from "node:path";
import type { TestContext } from "node:test";
import { placePartition } from "../../src/actors/partition/messages.ts";
import { Faults } from "../support/faults/fault.ts";
import { TestClient } from "../support/kafka-client.ts";
import type { Program } from "../support/node-process.ts";
import { runGofka } from "../support/node-process.ts";
import { scratchDirectory } from "../support/scratch.ts";

export const PARTITIONS = 6;
export const TOPIC = "orders";

export type Stage = {
  readonly node: Program;
  readonly address: string;
  readonly client: TestClient;
  readonly faults: Faults;
  readonly dataDir: string;
  /** The partitions of each host. */
  readonly partitionsOf: readonly (readonly number[])[];
};

export function startNode(t: TestContext, scratch: string): { node: Program; faults: Faults } {
  const faults = new Faults(scratch);
  const words = ["start", "--port", "0", "--hosts", "2", "--data-dir", join(scratch, "data")];
  return { node: runGofka(t, words, faults), faults };
}

export async function startStage(t: TestContext, scratch = scratchDirectory(t)): Promise<Stage> {
  const { node, faults } = startNode(t, scratch);
  const address = await node.ready();
  const client = new TestClient(address);
  t.after(() => client.close());
  await client.createTopic(TOPIC, PARTITIONS);
  const topicId = (await client.metadata([TOPIC])).topics[0]!.topicId;
  const partitionsOf = [0, 1].map((hostIndex) =>
    Array.from({ length: PARTITIONS }, (_, index) => index).filter(
      (index) => placePartition(`${topicId}-${index}`, 2) === hostIndex,
    ),
  );
  for (let index = 0; index < PARTITIONS; index++) {
    await client.produce(TOPIC, index, before(index));
  }
  return { node, address, client, faults, dataDir: join(scratch, "data"), partitionsOf };
}

export function before(index: number): string[] {
  return Array.from({ length: 20 }, (_, n) => `${index}: ${n}`);
}

export function fatalLines({ stderr }: Program): { msg: string; reason: string }[] {
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("{") && JSON.parse(line).level === "fatal")
    .map((line) => JSON.parse(line) as { msg: string; reason: string });
}

export function hostsReplaced({ stderr }: Program): number {
  return stderr.split('"host starts anew"').length - 1;
}
