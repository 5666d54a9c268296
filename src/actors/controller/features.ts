// UpdateFeatures, with Kafka's checks in Kafka's order and words (`FeatureControlManager.updateFeatures`):
// all of a request, or nothing.
//
// Lives on: anywhere (pure).

import { losesMetadata, supportedFeatures } from "../../metadata/features.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { FeatureUpdate } from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import { accepted, refusal } from "./plan.ts";

const METADATA_VERSION = "metadata.version";
const UPGRADE = 1;
const UNSAFE_DOWNGRADE = 3;

export function planUpdateFeatures(
  context: PlanContext,
  updates: readonly FeatureUpdate[],
): Plan<Refusal> {
  const records: MetadataRecord[] = [];
  for (const update of updates) {
    const problem = problemOf(context, update);
    if (problem !== undefined) {
      return { records: [], results: refusal(ErrorCode.INVALID_UPDATE_VERSION, problem) };
    }
    const value = { name: update.feature, featureLevel: update.level };
    records.push({ kind: "FeatureLevelRecord", value });
  }
  return { records, results: accepted };
}

function problemOf(
  { image, nodeId }: PlanContext,
  { feature, level, upgradeType }: FeatureUpdate,
): string | undefined {
  const invalid = (why: string): string =>
    `Invalid update version ${level} for feature ${feature}. ${why}`;
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    return invalid("The controller does not support the given upgrade type.");
  }
  if (level < 0) return invalid("A feature version cannot be less than 0.");
  const unsupported = unsupportedHere(nodeId, feature, level) ?? byBrokers(image, feature, level);
  if (unsupported !== undefined) return invalid(unsupported);
  const current = image.features().get(feature) ?? 0;
  if (level < current && upgradeType === UPGRADE) {
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either " +
        "safe or unsafe downgrade.",
    );
  }
  if (level > current && upgradeType !== UPGRADE)
    return invalid("Can't downgrade to a newer version.");
  if (feature !== METADATA_VERSION || level >= current || !losesMetadata(current, level)) {
    return undefined;
  }
  const why =
    upgradeType === UNSAFE_DOWNGRADE
      ? "Unsafe metadata downgrade is not supported in this version."
      : "Refusing to perform the requested downgrade because it might delete metadata information.";
  return `Unsupported metadata.version downgrade from ${current} to ${level}. ${why}`;
}

type Range = { readonly min: number; readonly max: number } | undefined;

/** `QuorumFeatures.reasonNotSupported`: a feature that is not known can only be switched off. */
function reasonNotSupported(what: string, range: Range, level: number): string | undefined {
  const { min, max } = range ?? { min: 0, max: 0 };
  if (level >= min && level <= max) return undefined;
  if (max === 0) return `${what} does not support this feature.`;
  return `${what} only supports versions ${min}-${max}`;
}

function unsupportedHere(nodeId: number, feature: string, level: number): string | undefined {
  const known = supportedFeatures.find(({ name }) => name === feature);
  const range = known && { min: known.minVersion, max: known.maxVersion };
  return reasonNotSupported(`Local controller ${nodeId}`, range, level);
}

function byBrokers(image: MetadataImage, feature: string, level: number): string | undefined {
  if (level === 0) return undefined;
  for (const { brokerId, features } of image.brokers().values()) {
    const known = features.find(({ name }) => name === feature);
    const range = known && { min: known.minSupportedVersion, max: known.maxSupportedVersion };
    const reason = reasonNotSupported(`Broker ${brokerId}`, range, level);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
