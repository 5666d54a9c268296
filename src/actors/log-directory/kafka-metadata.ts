// Reads Kafka's own metadata log, `__cluster_metadata-0`, as a Kafka node left it: the newest snapshot
// that is whole, and the log from there to its last whole batch. A single node cannot tell how far the
// quorum had committed; Kafka syncs what it appends there before anyone is told, so all that is whole
// counts. Nothing in that directory is ever changed.
//
// What is torn off at the end was never finished. Bytes that went bad with whole batches behind them
// are another matter: what these build on is not known, and the whole log is refused.
//
// Lives on: host 0 (over the Disk port).

import type { FaultCode } from "../../base/outcome.ts";
import { failure, need } from "../../base/outcome.ts";
import { Replay } from "../../metadata/replay.ts";
import type { SnapshotId } from "../../metadata/snapshot-file.ts";
import {
  decodeSnapshot,
  SNAPSHOT_BYTES_MAX,
  snapshotIdOf,
  snapshotName,
} from "../../metadata/snapshot-file.ts";
import type { DirectoryEntry } from "../../runtime/ports.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk, tryDisk } from "../../runtime/routine.ts";
import { LOG_SUFFIX, offsetOfFileName } from "../../storage/file-names.ts";
import type { MetadataSegment } from "./metadata-log-walk.ts";
import { MetadataLogWalk } from "./metadata-log-walk.ts";

export const KAFKA_METADATA_DIRECTORY = "__cluster_metadata-0";

const damage: ReadonlySet<FaultCode> = new Set(["corrupt", "tooLarge", "EIO"]);

export type KafkaMetadata =
  | { readonly state: "absent" }
  | { readonly state: "unusable"; readonly why: string }
  | {
      readonly state: "read";
      readonly replay: Replay;
      /** Where what was read ends. */
      readonly endOffset: number;
      /** What was amiss and did not matter. */
      readonly notes: readonly string[];
    };

export function* readKafkaMetadata(directory: string): Routine<KafkaMetadata> {
  const listed = yield* tryDisk("list", { path: directory });
  if (!listed.ok && listed.fault === "ENOENT") return { state: "absent" };
  const read = yield* attempt(readAll(directory, need(listed)));
  if (read.ok) return read.value;
  // What may be there for the next start is not given up: it is taken over once and never again.
  if (!damage.has(read.fault)) need(read);
  return { state: "unusable", why: read.detail };
}

function* readAll(directory: string, entries: readonly DirectoryEntry[]): Routine<KafkaMetadata> {
  const notes: string[] = [];
  const segments = segmentsOf(entries);
  const begun = yield* newestSnapshot(directory, entries, notes);
  if (begun === null && segments.length === 0) {
    need(failure("corrupt", `${directory} holds neither a log nor a snapshot that can be used`));
  }
  const { replay, endOffset: from } = begun ?? { replay: new Replay(), endOffset: 0 };
  const walk = new MetadataLogWalk(directory, segments, from, replay);
  const endOffset = yield* walk.run(notes);
  if (replay.isInTransaction) notes.push("the last transaction has not ended, and does not count");
  replay.image.lastOffset = endOffset - 1;
  return { state: "read", replay, endOffset, notes };
}

/** In the order of their offsets, which is that of their names. */
function segmentsOf(entries: readonly DirectoryEntry[]): readonly MetadataSegment[] {
  return entries.flatMap(({ name, sizeBytes }) => {
    const baseOffset = offsetOfFileName(name, LOG_SUFFIX);
    return baseOffset === null ? [] : [{ name, baseOffset, sizeBytes }];
  });
}

type Begun = { readonly replay: Replay; readonly endOffset: number };

/** Null when there is none that can be used. */
function* newestSnapshot(
  directory: string,
  entries: readonly DirectoryEntry[],
  notes: string[],
): Routine<Begun | null> {
  const found = entries
    .map(({ name, sizeBytes }) => ({ id: snapshotIdOf(name), sizeBytes }))
    .filter((entry): entry is { id: SnapshotId; sizeBytes: number } => entry.id !== null)
    .sort((a, b) => b.id.endOffset - a.id.endOffset || b.id.epoch - a.id.epoch);
  for (const { id, sizeBytes } of found) {
    const path = `${directory}/${snapshotName(id)}`;
    const replay = yield* attempt(replaySnapshot(path, id, sizeBytes));
    if (replay.ok) return { replay: replay.value, endOffset: id.endOffset };
    if (!damage.has(replay.fault)) need(replay);
    notes.push(`${snapshotName(id)} cannot be used: ${replay.detail}`);
  }
  return null;
}

function* replaySnapshot(path: string, id: SnapshotId, sizeBytes: number): Routine<Replay> {
  if (sizeBytes > SNAPSHOT_BYTES_MAX) need(failure("tooLarge", `it has ${sizeBytes} bytes`));
  const bytes = yield* disk("read", { path, position: 0, length: sizeBytes });
  const replay = new Replay();
  for (const record of need(decodeSnapshot(bytes, id))) {
    const problem = replay.next(record);
    if (problem !== undefined) need(failure("corrupt", problem));
  }
  return replay;
}
