// Brokers come and go: how one is registered, and what becomes of one that is not heard of (KIP-631).
// Time is the leader's own, and begins anew with each leader: nobody is fenced for what a former leader
// may have heard.
//
// Lives on: host 0 (part of the controller).

import type { BrokerState, MetadataImage } from "../../metadata/image.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import { newLeaderEpochs } from "./bootstrap.ts";

/** Its epoch is the offset of this very record, so that a later registration has a later one. */
export function registrationRecords(
  image: MetadataImage,
  broker: BrokerState,
  cleanStart: boolean,
): readonly MetadataRecord[] {
  const brokerEpoch = image.lastOffset + 1;
  const value = { ...broker, brokerEpoch, isMigratingZkBroker: false };
  const epochs = cleanStart ? [] : newLeaderEpochs(image, broker.brokerId);
  return [{ kind: "RegisterBrokerRecord", value }, ...epochs];
}

export class BrokerSessions {
  readonly #timeoutMs: number;
  readonly #heardMs = new Map<number, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A new leader: everyone there is has just been heard of. */
  begin(image: MetadataImage, nowMs: number): void {
    this.#heardMs.clear();
    for (const brokerId of image.brokers().keys()) this.#heardMs.set(brokerId, nowMs);
  }

  registered(brokerId: number, nowMs: number): void {
    this.#heardMs.set(brokerId, nowMs);
  }

  /** A broker says that it is there: it is unfenced if it is the one that is registered. */
  heard(
    image: MetadataImage,
    brokerId: number,
    incarnationId: string,
    nowMs: number,
  ): readonly MetadataRecord[] {
    const broker = image.brokers().get(brokerId);
    if (broker?.incarnationId !== incarnationId) return [];
    this.#heardMs.set(brokerId, nowMs);
    return broker.fenced ? [change(broker, -1)] : [];
  }

  /** Fences those who were silent for too long; `self` is heard whenever this runs. */
  overdue(image: MetadataImage, self: number, nowMs: number): readonly MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const broker of image.brokers().values()) {
      const { brokerId, fenced } = broker;
      const heardMs = this.#heardMs.get(brokerId);
      if (heardMs === undefined || brokerId === self) this.#heardMs.set(brokerId, nowMs);
      else if (!fenced && nowMs - heardMs > this.#timeoutMs) records.push(change(broker, 1));
    }
    return records;
  }
}

function change({ brokerId, brokerEpoch }: BrokerState, fenced: -1 | 1): MetadataRecord {
  const value = {
    brokerId,
    brokerEpoch,
    fenced,
    inControlledShutdown: 0,
    logDirs: [],
    cordonedLogDirs: null,
  };
  return { kind: "BrokerRegistrationChangeRecord", value };
}
