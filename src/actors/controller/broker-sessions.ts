// Which brokers are heard of (`BrokerHeartbeatManager`). Time is the leader's own, and begins anew with
// each leader: nobody is fenced for what a former leader may have heard.
//
// Lives on: the metadata host (part of the controller).

import type { BrokerState, MetadataImage } from "../../metadata/image.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { unfencing } from "./brokers.ts";

/** What a broker says of itself again and again. */
export type Heartbeat = {
  readonly brokerId: number;
  readonly incarnationId: string;
  /** Its hosts have followed the metadata up to its own registration: it can serve. */
  readonly isReady: boolean;
};

export class BrokerSessions {
  readonly #timeoutMs: number;
  readonly #heardMs = new Map<number, number>();
  /** Those that were heard over the stream that there is to their node. */
  readonly #present = new Set<number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A new leader: everyone there is has just been heard of. */
  begin(image: MetadataImage, nowMs: number): void {
    this.#heardMs.clear();
    this.#present.clear();
    for (const brokerId of image.brokers().keys()) this.#heardMs.set(brokerId, nowMs);
  }

  registered(brokerId: number, nowMs: number): void {
    this.#heardMs.set(brokerId, nowMs);
    this.#present.add(brokerId);
  }

  /** A stream has come or gone: another process may speak for the node from now on. */
  streamChanged(brokerId: number): void {
    this.#present.delete(brokerId);
  }

  /** Whether the broker is registered by another run of it, which is there (DUPLICATE_BROKER_REGISTRATION). */
  isTaken(image: MetadataImage, { brokerId, incarnationId }: BrokerState, nowMs: number): boolean {
    const held = image.brokers().get(brokerId);
    if (held === undefined || held.incarnationId === incarnationId) return false;
    if (held.inControlledShutdown || !this.#present.has(brokerId)) return false;
    return nowMs - (this.#heardMs.get(brokerId) ?? -Infinity) <= this.#timeoutMs;
  }

  /** The broker that is registered is unfenced once it can serve; of any other nothing is believed. */
  heard(
    image: MetadataImage,
    { brokerId, incarnationId, isReady }: Heartbeat,
    nowMs: number,
  ): readonly MetadataRecord[] {
    const broker = image.brokers().get(brokerId);
    if (broker?.incarnationId !== incarnationId) return [];
    this.registered(brokerId, nowMs);
    const { fenced, inControlledShutdown } = broker;
    return fenced && isReady && !inControlledShutdown ? unfencing(image, broker) : [];
  }

  /** Those who were silent for too long; `self` is heard whenever this runs. */
  overdue(image: MetadataImage, self: number, nowMs: number): readonly BrokerState[] {
    return [...image.brokers().values()].filter(({ brokerId, fenced }) => {
      const heardMs = this.#heardMs.get(brokerId);
      if (heardMs === undefined || brokerId === self) {
        this.#heardMs.set(brokerId, nowMs);
        return false;
      }
      return !fenced && nowMs - heardMs > this.#timeoutMs;
    });
  }
}
