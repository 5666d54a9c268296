// How far each host of the node has followed the metadata image. A host counts from when it has said
// that it is there; one that died counts no more once its successor says so and starts from nothing.
//
// Lives on: the metadata host (part of the controller).

const nothing = -1;

export class HostTable {
  readonly #applied = new Map<number, number>();

  has(hostIndex: number): boolean {
    return this.#applied.has(hostIndex);
  }

  hosts(): readonly number[] {
    return [...this.#applied.keys()];
  }

  /** It has no image yet, or none any more. */
  joined(hostIndex: number): void {
    this.#applied.set(hostIndex, nothing);
  }

  applied(hostIndex: number, offset: number): void {
    this.#applied.set(hostIndex, Math.max(offset, this.#applied.get(hostIndex) ?? nothing));
  }

  /** What every host there has applied. Nobody there: everything. */
  appliedByAll(): number {
    return Math.min(Infinity, ...this.#applied.values());
  }

  /** Whether hosts 0 to `hostCount` - 1 are all there and have applied `offset`. */
  haveAll(hostCount: number, offset: number): boolean {
    return this.#applied.size >= hostCount && this.appliedByAll() >= offset;
  }
}
