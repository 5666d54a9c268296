// Which leader epoch began at which offset (`LeaderEpochFileCache` of Kafka, KIP-101, KIP-279): what
// tells two replicas where their logs part. Entries ascend in both epoch and start offset.
//
// Lives on: anywhere (pure; one per log).

export type EpochEntry = { readonly epoch: number; readonly startOffset: number };

/** What `endOffsetFor` answers when nothing is known. */
export const UNDEFINED_EPOCH = -1;
export const UNDEFINED_EPOCH_OFFSET = -1;

export type EpochEnd = { readonly epoch: number; readonly endOffset: number };

export class LeaderEpochCache {
  private list: EpochEntry[];
  private changes = 0;

  /** Entries that do not ascend end the list. */
  constructor(entries: readonly EpochEntry[] = []) {
    this.list = [];
    for (const { epoch, startOffset } of entries) {
      if (!this.mayFollow(epoch, startOffset)) break;
      this.list.push({ epoch, startOffset });
    }
  }

  get entries(): readonly EpochEntry[] {
    return this.list;
  }

  /** Goes up with every change: whoever keeps a copy sees whether it is still the same. */
  get version(): number {
    return this.changes;
  }

  /** -1 when there is none. */
  get latestEpoch(): number {
    return this.list.at(-1)?.epoch ?? UNDEFINED_EPOCH;
  }

  /**
   * The log from `startOffset` on is of `epoch`. Entries that contradict it go: they were of records
   * that another leader has replaced. Does nothing when the epoch is known from an earlier offset.
   */
  assign(epoch: number, startOffset: number): void {
    const latest = this.list.at(-1);
    if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return;
    while (this.list.length > 0 && !this.mayFollow(epoch, startOffset)) this.list.pop();
    this.list.push({ epoch, startOffset });
    this.changes += 1;
  }

  /** The epoch of the record at `offset`; -1 when it lies before all that is known. */
  epochFor(offset: number): number {
    for (let at = this.list.length - 1; at >= 0; at--) {
      const entry = this.list[at]!;
      if (entry.startOffset <= offset) return entry.epoch;
    }
    return UNDEFINED_EPOCH;
  }

  /**
   * Where `epoch` ended in this log: its own end, or that of the latest epoch before it
   * (`LeaderEpochFileCache.endOffsetFor`). An epoch later than all known ones is undefined.
   */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEnd {
    const latest = this.list.at(-1);
    if (epoch === UNDEFINED_EPOCH || latest === undefined || epoch > latest.epoch) {
      return { epoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_EPOCH_OFFSET };
    }
    if (epoch === latest.epoch) return { epoch, endOffset: logEndOffset };
    const next = this.list.findIndex((entry) => entry.epoch > epoch);
    const endOffset = this.list[next]!.startOffset;
    const own = this.list[next - 1];
    return { epoch: own?.epoch ?? epoch, endOffset };
  }

  /** The log now ends at `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    const kept = this.list.filter((entry) => entry.startOffset < endOffset);
    if (kept.length !== this.list.length) this.replace(kept);
  }

  /** The log now starts at `startOffset`: the epoch that was running there starts there. */
  truncateFromStart(startOffset: number): void {
    const first = this.list.findLastIndex((entry) => entry.startOffset <= startOffset);
    if (first < 0 || (first === 0 && this.list[0]!.startOffset === startOffset)) return;
    this.replace([{ epoch: this.list[first]!.epoch, startOffset }, ...this.list.slice(first + 1)]);
  }

  clear(): void {
    if (this.list.length > 0) this.replace([]);
  }

  private replace(entries: EpochEntry[]): void {
    this.list = entries;
    this.changes += 1;
  }

  private mayFollow(epoch: number, startOffset: number): boolean {
    const latest = this.list.at(-1);
    return latest === undefined || (epoch > latest.epoch && startOffset > latest.startOffset);
  }
}
