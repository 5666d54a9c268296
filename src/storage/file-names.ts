// Names of the files of a log, Kafka's own (`LogFileUtils`): the segment's base offset in twenty
// digits and what the file holds.
//
// Lives on: anywhere (pure).

export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TRANSACTION_INDEX_SUFFIX = ".txnindex";
export const SNAPSHOT_SUFFIX = ".snapshot";

/** Set aside; unlinked after `file.delete.delay.ms`, or at the next start. */
export const DELETED_SUFFIX = ".deleted";
/** Half-written output of compaction: worth nothing. */
export const CLEANED_SUFFIX = ".cleaned";
/** Finished output of compaction on its way to replace what it was made from. */
export const SWAP_SUFFIX = ".swap";
/** A file that was to replace another one and has not yet. */
export const TEMPORARY_SUFFIX = ".tmp";
/** A partition's directory on its way out. */
export const DELETED_DIRECTORY_SUFFIX = "-delete";

/** Everything that goes when a segment goes, the log itself first: without it the rest is nothing. */
export const SEGMENT_SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TRANSACTION_INDEX_SUFFIX,
] as const;

export function offsetFileName(offset: number, suffix: string): string {
  return String(offset).padStart(20, "0") + suffix;
}

/** The offset in a name such as `00000000000000000042.log`; null when that is not what it is. */
export function offsetOfFileName(name: string, suffix: string): number | null {
  if (name.length !== 20 + suffix.length || !name.endsWith(suffix)) return null;
  const digits = name.slice(0, 20);
  if (!/^\d{20}$/.test(digits)) return null;
  const offset = Number(digits);
  return Number.isSafeInteger(offset) ? offset : null;
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? path.slice(0, slash + 1) : path.slice(0, slash);
}
