// The metadata image: what the committed metadata records add up to. The controller, every broker
// actor and every front door hold one each and move it forward by the same records, so that a front
// door answers Metadata without asking anyone.
//
// Lives on: anywhere.

import type { MetadataRecord } from "../protocol/records/metadata-record.ts";

/** A change of the image: committed records in order, up to and including `lastOffset`. */
export type MetadataDelta = {
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
};

/** A whole image, as the records that make it up from nothing. Crosses hosts as it is. */
export type MetadataSnapshot = {
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
};
