// Where readers are likely to go on: the place after what they read last. A consumer that follows the
// log finds its next batch without the index and without reading anything twice.
//
// Lives on: anywhere (pure; one per log).

const HINTS_MAX = 16;

export class ReadHints {
  private readonly offsets = new Float64Array(HINTS_MAX).fill(-1);
  private readonly bases = new Float64Array(HINTS_MAX);
  private readonly positions = new Float64Array(HINTS_MAX);
  private next = 0;

  /** The batch that begins with `offset` begins at `position` of the segment. */
  remember(offset: number, segmentBase: number, position: number): void {
    const known = this.offsets.indexOf(offset);
    const slot = known < 0 ? this.next : known;
    if (known < 0) this.next = (this.next + 1) % HINTS_MAX;
    this.offsets[slot] = offset;
    this.bases[slot] = segmentBase;
    this.positions[slot] = position;
  }

  /** -1 when it is not known. */
  positionOf(offset: number, segmentBase: number): number {
    const slot = this.offsets.indexOf(offset);
    return slot >= 0 && this.bases[slot] === segmentBase ? this.positions[slot]! : -1;
  }

  /** After bytes have moved or gone. */
  clear(): void {
    this.offsets.fill(-1);
  }
}
