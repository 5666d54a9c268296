// What the checkpoint files of a log directory say, or are to say next. The values are hints that
// every log clamps to what it really holds, but only hints about the right log are harmless: a log
// start that was true of a deleted topic would cut away the records of a new one of the same name.
// So an entry is forgotten, on disk too, before a directory of its name is made.
//
// Lives on: host 0 (pure; part of the broker actor).

import type { PartitionOffset } from "../../storage/offset-checkpoint.ts";
import {
  CLEANER_OFFSET_FILE,
  HIGH_WATERMARK_FILE,
  LOG_START_FILE,
  RECOVERY_POINT_FILE,
} from "../../storage/offset-checkpoint.ts";
import type { DirectoryCheckpoint } from "./messages.ts";

/** Kafka's four files (`LogManager`, `LogCleanerManager`, `ReplicaManager`), all of one format. */
export const CHECKPOINT_FILES = {
  recoveryPoint: RECOVERY_POINT_FILE,
  logStartOffset: LOG_START_FILE,
  highWatermark: HIGH_WATERMARK_FILE,
  firstDirtyOffset: CLEANER_OFFSET_FILE,
} as const;

export type CheckpointedValue = keyof typeof CHECKPOINT_FILES;
export type CheckpointHints = { readonly [K in CheckpointedValue]?: number };

/** What each file is to hold. */
export type CheckpointLines = { readonly [K in CheckpointedValue]: readonly PartitionOffset[] };

type Entry = { readonly owner: number | undefined; readonly values: CheckpointHints };

export class CheckpointBook {
  private readonly entries = new Map<string, Entry>();
  /** Directories that the files may speak of. */
  private onDisk = new Set<string>();

  /** Takes in what a file said at start; nobody owns it yet. */
  load(value: CheckpointedValue, offsets: readonly PartitionOffset[]): void {
    for (const line of offsets) {
      const directory = directoryOf(line);
      this.onDisk.add(directory);
      const values = { ...this.entries.get(directory)?.values, [value]: line.offset };
      this.entries.set(directory, { owner: undefined, values });
    }
  }

  hintsFor(directory: string): CheckpointHints {
    return this.entries.get(directory)?.values ?? {};
  }

  /** All that one host knows: what it no longer names is gone. */
  report(hostIndex: number, checkpoints: readonly DirectoryCheckpoint[]): void {
    for (const [directory, { owner }] of this.entries) {
      if (owner === hostIndex) this.entries.delete(directory);
    }
    for (const { directory, ...values } of checkpoints) {
      this.entries.set(directory, { owner: hostIndex, values });
    }
  }

  /** Whether the files still speak of any of them: then they are to be written anew. */
  forget(directories: readonly string[]): boolean {
    for (const directory of directories) this.entries.delete(directory);
    return directories.some((directory) => this.onDisk.has(directory));
  }

  lines(): CheckpointLines {
    return {
      recoveryPoint: this.linesOf("recoveryPoint"),
      // A log that starts at 0 needs no hint.
      logStartOffset: this.linesOf("logStartOffset").filter(({ offset }) => offset > 0),
      highWatermark: this.linesOf("highWatermark"),
      // Nor does a log that nobody has compacted.
      firstDirtyOffset: this.linesOf("firstDirtyOffset").filter(({ offset }) => offset > 0),
    };
  }

  /** The files are about to hold these lines, beside what they held before. */
  writing(lines: CheckpointLines): void {
    for (const directory of namesIn(lines)) this.onDisk.add(directory);
  }

  /** The files hold these lines and nothing else. */
  written(lines: CheckpointLines): void {
    this.onDisk = new Set(namesIn(lines));
  }

  /** Sorted, so that the same facts make the same file. */
  private linesOf(value: CheckpointedValue): PartitionOffset[] {
    const lines: PartitionOffset[] = [];
    for (const directory of [...this.entries.keys()].sort()) {
      const offset = this.entries.get(directory)?.values[value];
      if (offset === undefined) continue;
      const dash = directory.lastIndexOf("-");
      const partition = Number(directory.slice(dash + 1));
      lines.push({ topic: directory.slice(0, dash), partition, offset });
    }
    return lines;
  }
}

function namesIn(lines: CheckpointLines): string[] {
  return Object.values(lines).flatMap((file) => file.map(directoryOf));
}

function directoryOf({ topic, partition }: PartitionOffset): string {
  return `${topic}-${partition}`;
}
