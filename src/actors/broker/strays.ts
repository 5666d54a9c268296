// Partition directories that belong to no topic of the image. At start, when the first image has
// been followed, they are put aside under another name, so that a topic of that name can be created;
// the host on which the old partition would live does it (log-directory.ts).
//
// Lives on: host 0 (part of the broker actor).

import type { Routine } from "../../runtime/routine.ts";
import { ask } from "../../runtime/routine.ts";
import {
  METADATA_LOGS,
  partitionOfDirectory,
  readTopicId,
} from "../../storage/partition-directory.ts";
import { placePartition } from "../partition/messages.ts";
import { brokerRef } from "./messages.ts";
import type { BrokerState } from "./state.ts";

const RETIRE_TIMEOUT_MS = 30_000;

/** Background work: nothing waits for it. */
export function* putStraysAside(b: BrokerState): Routine<void> {
  for (const { logDirectory, directory } of strayDirectories(b)) {
    const { topic, index } = partitionOfDirectory(directory)!;
    const topicId = yield* readTopicId(`${logDirectory}/${directory}`);
    if (topicId === undefined) {
      b.out.log("warn", "directory of an unknown topic, left alone", { logDirectory, directory });
      continue;
    }
    // One of two that have the same name: only what belongs to no topic of today is a stray.
    if (topicId === b.image?.topicByName(topic)?.topicId) continue;
    const owner = placePartition(`${topicId}-${index}`, b.out.hostCount);
    const asOf = b.image?.lastOffset ?? 0;
    const args = { logDirectory, directory, topicId, index, asOf };
    const asked = yield* ask(brokerRef(owner), "retireDirectory", args, RETIRE_TIMEOUT_MS);
    const retired = asked.ok ? asked.value : asked;
    if (retired.ok) continue;
    const { fault, detail } = retired;
    b.out.log("warn", "directory of an unknown topic stays", { directory, fault, detail });
  }
}

type Place = { readonly logDirectory: string; readonly directory: string };

function strayDirectories(b: BrokerState): Place[] {
  const places = b.directories.flatMap(({ path, names }) =>
    [...names].map((directory) => ({ logDirectory: path, directory })),
  );
  return places.filter(({ directory }) => {
    const { topic, index } = partitionOfDirectory(directory)!;
    if (METADATA_LOGS.has(topic)) return false;
    const known = b.image?.topicByName(topic);
    if (known === undefined || index >= known.partitions.length) return true;
    return b.directories.filter(({ names }) => names.has(directory)).length > 1;
  });
}
