// A batch on its way from a producer: the records, whoever waits for them, and, once it has been
// sealed, the bytes that every attempt sends alike.
//
// Lives on: anywhere (pure).

import { buildBatch } from "../protocol/record-batch.ts";
import type { CodecName } from "../protocol/record-batch.ts";

export type OutgoingRecord = {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  readonly timestampMs: number;
};

/** `unknown`: it may be there, and with idempotence at most once. */
export type Delivery =
  | { readonly kind: "ok"; readonly offset: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unknown"; readonly code: string };

export type ProducerIdentity = { readonly producerId: number; readonly producerEpoch: number };

export type ClientBatch = {
  readonly records: OutgoingRecord[];
  readonly delivered: ((delivery: Delivery) => void)[];
  bytes: number;
  sealed: Uint8Array | undefined;
  /** Under which identity it was sealed. */
  identity: ProducerIdentity | undefined;
  attempts: number;
  failed: boolean;
  /** Some attempt may have reached the log. */
  maybeTaken: boolean;
};

export function newBatch(): ClientBatch {
  return {
    records: [],
    delivered: [],
    bytes: 0,
    sealed: undefined,
    identity: undefined,
    attempts: 0,
    failed: false,
    maybeTaken: false,
  };
}

/** Gives the batch its bytes and its place in the producer's sequence. */
export function sealBatch(
  batch: ClientBatch,
  compression: CodecName,
  identity: ProducerIdentity | undefined,
  baseSequence: number,
): void {
  batch.identity = identity;
  batch.sealed = buildBatch(batch.records, {
    compression,
    ...(identity === undefined ? {} : { ...identity, baseSequence }),
  });
}
