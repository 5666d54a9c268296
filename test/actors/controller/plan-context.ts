// A context for plans: an image made of plans already carried out, and ids that are easy to read.
//
// Lives on: tests.

import assert from "node:assert/strict";
import { brokerOf, featureRecords } from "../../../src/actors/controller/bootstrap.ts";
import type { ControllerSettings } from "../../../src/actors/controller/messages.ts";
import type { Plan, PlanContext } from "../../../src/actors/controller/plan.ts";
import { resolveBrokerSettings } from "../../../src/config/broker-config.ts";
import { DirectoryChooser } from "../../../src/actors/controller/directory-chooser.ts";
import { MetadataImage } from "../../../src/metadata/image.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
} from "../../../src/protocol/records/metadata-record.ts";

export const directoryId = "d".repeat(21) + "A";

export function idOf(n: number): string {
  return `${String(n).padStart(21, "0")}A`;
}

export function settingsOf(
  properties: Record<string, string> = {},
  others: Partial<ControllerSettings> = {},
): ControllerSettings {
  const resolved = resolveBrokerSettings(properties);
  assert.ok("settings" in resolved, JSON.stringify(resolved));
  return {
    nodeId: 1,
    clusterId: "cluster",
    directories: [{ path: "/data", directoryId, cleanStart: true, failure: null }],
    cleanStart: true,
    config: resolved.settings,
    ...others,
  };
}

/** A cluster of one broker, or of more that differ in their ids alone. */
export function contextOf(properties: Record<string, string> = {}, brokers = [1]): PlanContext {
  const settings = settingsOf(properties);
  const image = new MetadataImage();
  carryOut(image, { records: featureRecords(null), results: null });
  for (const nodeId of brokers) {
    const broker = brokerOf({ ...settings, nodeId }, idOf(900 + nodeId));
    const value = { ...broker, brokerEpoch: 1, isMigratingZkBroker: false };
    const records = [{ kind: "RegisterBrokerRecord", value }] as const;
    carryOut(image, { records, results: null });
  }
  let ids = 0;
  return {
    nodeId: 1,
    replicasMax: 3,
    directories: new DirectoryChooser(),
    image,
    config: settings.config,
    newId: () => idOf(++ids),
    chance: () => 0,
  };
}

/** The records go the way of the log: encoded and decoded. */
export function carryOut<R>(image: MetadataImage, { records, results }: Plan<R>): R {
  const decoded = records.map(
    (record) => decodeMetadataRecord(encodeMetadataRecord(record)) as MetadataRecord,
  );
  assert.deepEqual(decoded, records, "a plan's records have every field");
  image.advance({ records: decoded, lastOffset: image.lastOffset + decoded.length });
  return results;
}
