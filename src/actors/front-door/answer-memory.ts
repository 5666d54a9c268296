// What the answers of one host take in memory, from their reading until their clients have taken them.
// Kafka hands files to the kernel and has no such memory; here it is bounded in three steps: fetches read
// less when it fills (fetch-budget.ts), a connection gets one answer at a time when it is full
// (connection.ts), and who then takes nothing for a while is let go (idle-rules.ts).
//
// Lives on: anywhere (pure; part of the front door).

/** Answers of a whole node that may be in memory before it counts as full. */
const NODE_BYTES_MAX = 64 * 1024 * 1024;

export class AnswerMemory {
  readonly bytesMax: number;
  /** Of answers that clients have not taken, over all connections of the host. */
  unsentBytes = 0;

  constructor(hostCount: number) {
    this.bytesMax = Math.ceil(NODE_BYTES_MAX / hostCount);
  }

  get isFull(): boolean {
    return this.unsentBytes > this.bytesMax;
  }
}
