// What a request to the controller comes to: the records that carry it out and the answer for when
// they are committed. A plan is made against the image with everything in it that was proposed
// before, so plans never contradict one another.
//
// Lives on: anywhere (pure).

import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import type { DirectoryChooser } from "./directory-chooser.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";

export type Plan<R> = {
  readonly records: readonly MetadataRecord[];
  readonly results: R;
  /** Each record stands for itself: there may be more of them than one batch holds. */
  readonly inParts?: true;
};

export type PlanContext = {
  /** Copies of a partition that can be kept. */
  readonly replicasMax: number;
  readonly nodeId: number;
  /** With everything proposed so far. */
  readonly image: MetadataImage;
  /** With the dynamic configs of that image. */
  readonly config: BrokerSettings;
  readonly directories: DirectoryChooser;
  /** A fresh topic id. */
  readonly newId: () => string;
  /** Any number in [0, 2^32): where placement starts. */
  readonly chance: () => number;
};

/** Why something is refused: the code and what to tell of it. */
export type Refusal = { readonly errorCode: ErrorCode; readonly errorMessage: string | null };

export function refusal(errorCode: ErrorCode, errorMessage: string | null): Refusal {
  return { errorCode, errorMessage };
}

export const accepted: Refusal = { errorCode: ErrorCode.NONE, errorMessage: null };

export function isRefusal(value: object): value is Refusal {
  return "errorCode" in value;
}

/** Records of one request, which is one atomic batch (`QuorumController.MAX_RECORDS_PER_USER_OP`). */
export const recordsPerRequestMax = 10_000;

export const tooManyPartitions = refusal(
  ErrorCode.POLICY_VIOLATION,
  "Excessively large number of partitions per request.",
);

/** Names that occur more than once. */
export function duplicates<T>(values: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>();
  return new Set(values.filter((value) => seen.size === seen.add(value).size));
}
