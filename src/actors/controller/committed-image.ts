// The image of what is committed, and when it is worth a snapshot.
//
// Lives on: the metadata host (part of the controller).

import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataDelta } from "../../metadata/image.ts";
import { MetadataImage } from "../../metadata/image.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../protocol/records/metadata-record.ts";
import { WireError } from "../../protocol/wire.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { CommittedEntry } from "../raft-node/messages.ts";
import { raftNodeRef } from "../raft-node/messages.ts";
import type { ControllerSelf } from "./events.ts";

type ImageOutbox = Pick<Outbox<ControllerSelf>, "tell" | "log" | "startTimer" | "stopNode">;

export class CommittedImage {
  readonly #out: ImageOutbox;
  readonly #snapshotBytes: number;
  readonly #snapshotIntervalMs: number;
  /** Bytes of records committed since the last snapshot. */
  #bytes = 0;
  #image = new MetadataImage();

  constructor(config: BrokerSettings, out: ImageOutbox) {
    this.#out = out;
    this.#snapshotBytes = config.metadataLogMaxRecordBytesBetweenSnapshots;
    this.#snapshotIntervalMs = config.metadataLogMaxSnapshotIntervalMs;
    this.#startTimer();
  }

  get image(): MetadataImage {
    return this.#image;
  }

  replace(entries: readonly CommittedEntry[], lastOffset: number): void {
    this.#image = MetadataImage.from({ records: this.#decode(entries), lastOffset });
    this.#bytes = 0;
  }

  advance(entries: readonly CommittedEntry[], lastOffset: number): MetadataDelta {
    const delta = { records: this.#decode(entries), lastOffset };
    this.#image.advance(delta);
    for (const { record } of entries) this.#bytes += record.length;
    if (this.#bytes >= this.#snapshotBytes) this.#takeSnapshot();
    return delta;
  }

  onTimer(): void {
    if (this.#bytes > 0) this.#takeSnapshot();
    this.#startTimer();
  }

  #startTimer(): void {
    if (this.#snapshotIntervalMs === 0) return;
    this.#out.startTimer("snapshot", this.#snapshotIntervalMs, "snapshotDue", {});
  }

  #takeSnapshot(): void {
    this.#bytes = 0;
    const { records, lastOffset } = this.#image.snapshot();
    const encoded = records.map((record) => encodeMetadataRecord(record));
    this.#out.tell(raftNodeRef(), "snapshotTaken", { offset: lastOffset, records: encoded });
  }

  #decode(entries: readonly CommittedEntry[]): readonly MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const { offset, record } of entries) {
      try {
        const decoded = decodeMetadataRecord(record);
        if (decoded.kind !== "unknown") records.push(decoded);
        else this.#out.log("warn", "metadata record of a newer release", { offset, ...decoded });
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#out.stopNode(`metadata record at offset ${offset} makes no sense: ${error.message}`);
      }
    }
    return records;
  }
}
