// What one host may have under way in the process's thread pool. All hosts of a node share that pool, and
// a disk that stands still keeps a thread for every operation it owes: without a bound the syncs of data
// would leave none for those of the metadata log, which may be on another disk.
//
// Lives on: host thread (part of the Disk adapter).

type Work = (ended: () => void) => void;

export class PoolShare {
  #free: number;
  readonly #waiting: Work[] = [];

  /** Infinity: as many as there are. */
  constructor(threadsMax: number) {
    this.#free = threadsMax;
  }

  /** Begins the work, now or when earlier work has ended. */
  run(work: Work): void {
    if (this.#free === 0) return void this.#waiting.push(work);
    this.#free -= 1;
    work(() => this.#ended());
  }

  #ended(): void {
    this.#free += 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.run(next);
  }
}
