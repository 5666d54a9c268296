// Written and synced are two different answers. This keeps, per file of a log, how far it has been
// written and how far a sync is known to have reached, and tells up to which offset everything is on
// disk. A log writes to one file at a time, so older files come first and end where the next begins.
//
// Lives on: anywhere (pure; part of the partition actor).

type UnsyncedFile = {
  readonly path: string;
  /** The offset after the last record written to it. */
  writtenEnd: number;
  /** The end of what a sync covers that has been asked for and not answered. */
  askedEnd: number;
  syncedEnd: number;
};

export type SyncToAsk = { readonly path: string; readonly end: number };

export class UnsyncedFiles {
  /** Oldest first. Empty: all that was written is on disk. */
  private readonly files: UnsyncedFile[] = [];
  /** Up to here everything is on disk when `files` is empty. */
  private cleanEnd: number;

  constructor(durableEnd: number) {
    this.cleanEnd = durableEnd;
  }

  /** Everything below is on disk. */
  get durableEnd(): number {
    return this.files[0]?.syncedEnd ?? this.cleanEnd;
  }

  wrote(path: string, end: number): void {
    const last = this.files.at(-1);
    if (last?.path === path) {
      last.writtenEnd = end;
      return;
    }
    const syncedEnd = last?.writtenEnd ?? this.cleanEnd;
    this.files.push({ path, writtenEnd: end, askedEnd: syncedEnd, syncedEnd });
  }

  /** The syncs nobody has asked for, oldest file first; they count as asked from now on. */
  syncsToAsk(which: "all" | "rolled" = "all"): SyncToAsk[] {
    const syncs: SyncToAsk[] = [];
    for (const file of this.files) {
      if (which === "rolled" && file === this.files.at(-1)) break;
      if (file.askedEnd === file.writtenEnd) continue;
      file.askedEnd = file.writtenEnd;
      syncs.push({ path: file.path, end: file.writtenEnd });
    }
    return syncs;
  }

  /** All syncs without an answer, asked for or not. */
  missingSyncs(): SyncToAsk[] {
    return this.files
      .filter((file) => file.syncedEnd < file.writtenEnd)
      .map(({ path, writtenEnd: end }) => ({ path, end }));
  }

  /** A sync of `path` that was asked for when it had been written up to `end` has succeeded. */
  synced(path: string, end: number): void {
    const file = this.files.find((each) => each.path === path);
    if (file === undefined) return; // the log was cut or rolled past it meanwhile
    file.syncedEnd = Math.max(file.syncedEnd, Math.min(end, file.writtenEnd));
    this.dropClean();
  }

  /** The storage layer itself has synced everything below `end`, as it does when it rolls. */
  syncedUpTo(end: number): void {
    for (const file of this.files) {
      file.syncedEnd = Math.max(file.syncedEnd, Math.min(end, file.writtenEnd));
      file.askedEnd = Math.max(file.askedEnd, file.syncedEnd);
    }
    this.dropClean();
  }

  /** Retention has removed the files that ended at or below `offset`: nothing is left to sync. */
  removedBelow(offset: number): void {
    while (this.files.length > 1 && this.files[0]!.writtenEnd <= offset) {
      this.cleanEnd = Math.max(this.cleanEnd, this.files.shift()!.writtenEnd);
    }
  }

  /** Whether a file still holds bytes that are not known to be on disk. */
  holds(path: string): boolean {
    return this.files.some((file) => file.path === path);
  }

  private dropClean(): void {
    for (let first = this.files[0]; first !== undefined; first = this.files[0]) {
      if (first.syncedEnd < first.writtenEnd) return;
      this.cleanEnd = Math.max(this.cleanEnd, first.writtenEnd);
      this.files.shift();
    }
  }
}
