// How far consumers may read, and how many bytes that is. The visible end only moves forward. Byte
// counts serve `min.bytes` of parked fetches: how much more there is to read now than at some offset
// a moment ago. They are exact for the recent past and too high beyond it, never too low, so that
// nobody sleeps over bytes that are there.
//
// Lives on: anywhere (pure; part of the partition actor).

/** Ends remembered with their byte counts: watchers are seldom further behind than this. */
const REMEMBERED_MAX = 64;

type Mark = { readonly end: number; readonly bytes: number };

export class VisibleEnd {
  private marks: Mark[];

  /** `bytes`: what the log holds up to `end`. */
  constructor(end: number, bytes: number) {
    this.marks = [{ end, bytes }];
  }

  get offset(): number {
    return this.marks.at(-1)!.end;
  }

  /** Bytes that ever became visible: only differences mean anything. */
  get bytes(): number {
    return this.marks.at(-1)!.bytes;
  }

  /** False when `end` is not further than before. */
  advance(end: number, bytesMore: number): boolean {
    if (end <= this.offset) return false;
    this.marks.push({ end, bytes: this.bytes + bytesMore });
    if (this.marks.length >= REMEMBERED_MAX * 2) this.marks = this.marks.slice(REMEMBERED_MAX);
    return true;
  }

  /** What `bytes` was when the visible end was at `offset`; lower when that is long ago. */
  bytesAt(offset: number): number {
    for (let i = this.marks.length - 1; i >= 0; i--) {
      if (this.marks[i]!.end <= offset) return this.marks[i]!.bytes;
    }
    return 0;
  }
}
