// Features of a cluster, and the levels that this software knows of each (KIP-584).
//
// Lives on: anywhere (pure).

export type FeatureRange = {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
};

/** 4.3-IV0. */
export const latestMetadataVersion = 30;

/** Groups may speak the consumer protocol at 1 (KIP-848). What the metadata is written in does not differ. */
export const supportedFeatures: readonly FeatureRange[] = [
  { name: "group.version", minVersion: 0, maxVersion: 1 },
  { name: "metadata.version", minVersion: 7, maxVersion: latestMetadataVersion },
];

export function isSupported(feature: string, level: number): boolean {
  return supportedFeatures.some(
    ({ name, minVersion, maxVersion }) =>
      name === feature && level >= minVersion && level <= maxVersion,
  );
}

/** Levels of metadata.version that brought something new into the metadata (`didMetadataChange`). */
const changedAt: readonly number[] = [8, 11, 13, 14, 15, 17, 23, 30];

/** Whether metadata of the level `from` may hold what `to`, which is lower, does not know. */
export function losesMetadata(from: number, to: number): boolean {
  return changedAt.some((level) => level > to && level <= from);
}
