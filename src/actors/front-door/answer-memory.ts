// What the answers of one host take in memory, from their reading until their clients have taken them.
// Kafka hands files to the kernel and has no such memory; here it is bounded in three steps: fetches read
// less when it fills (fetch-budget.ts); when it is full a connection gets one answer at a time, and a
// request that was sent before the last answer could be read waits until it is not (connection.ts); and
// who then takes nothing for a while is let go (idle-rules.ts).
//
// Lives on: anywhere (pure; part of the front door).

/** Answers of a whole node that may be in memory before it counts as full. */
const NODE_BYTES_MAX = 64 * 1024 * 1024;

export class AnswerMemory {
  readonly bytesMax: number;
  #unsentBytes = 0;
  /** Connection id -> what goes on when there is room, in the order of arrival. */
  readonly #waiting = new Map<number, () => void>();

  constructor(hostCount: number) {
    this.bytesMax = Math.ceil(NODE_BYTES_MAX / hostCount);
  }

  /** Of answers that clients have not taken, over all connections of the host. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get isFull(): boolean {
    return this.#unsentBytes > this.bytesMax;
  }

  /** From here on it is worth a message to know how much of an answer has left. */
  get isFilling(): boolean {
    return this.#unsentBytes > this.bytesMax / 2;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Of one connection so many more, or less, are unsent now. */
  count(bytes: number): void {
    this.#unsentBytes += bytes;
    for (const [connectionId, goOn] of this.#waiting) {
      if (this.isFull) return;
      this.#waiting.delete(connectionId);
      goOn();
    }
  }

  wait(connectionId: number, goOn: () => void): void {
    this.#waiting.set(connectionId, goOn);
  }

  stopWaiting(connectionId: number): void {
    this.#waiting.delete(connectionId);
  }
}
