// The first proposals of a term: whatever of bootstrap.ts is not committed yet.
//
// What is found on disk is taken over by a new cluster alone. Later a directory that no topic owns is
// what a deletion has left behind, and must not bring the topic back. A cluster is new until its
// features are committed, which is with the last of what was found.
//
// Lives on: the metadata host (part of the controller).

import { topicText } from "../../config/sources.ts";
import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { Stock } from "../log-directory/messages.ts";
import type { ConfigImport, Import } from "./bootstrap.ts";
import {
  brokerConfigs,
  brokerOf,
  featureRecords,
  imports,
  isNewCluster,
  producerIds,
} from "./bootstrap.ts";
import { registrationRecords } from "./brokers.ts";
import type { ControllerSelf } from "./events.ts";
import type { ControllerSettings } from "./messages.ts";
import type { PlanContext } from "./plan.ts";
import { recordsPerRequestMax } from "./plan.ts";
import type { Proposer } from "./proposer.ts";

type Logger = Pick<Outbox<ControllerSelf>, "log">;

export function standUp(
  settings: ControllerSettings,
  stock: Stock,
  incarnationId: string,
  context: PlanContext,
  proposer: Proposer,
  out: Logger,
): void {
  const { image, nodeId } = context;
  const isNew = isNewCluster(image);
  if (image.brokers().get(nodeId)?.incarnationId !== incarnationId) {
    // Before the topics of this run exist: they begin with an epoch of their own.
    const broker = brokerOf(settings, incarnationId);
    proposer.proposeInParts(registrationRecords(image, broker, settings.cleanStart));
  }
  if (isNew) takeOver(stock, context, proposer, out);
}

function takeOver(
  { topics, cluster }: Stock,
  context: PlanContext,
  proposer: Proposer,
  out: Logger,
): void {
  const found = imports(context, topics);
  const brokers = brokerConfigs(context, cluster);
  for (const each of found) tellOf(each, out);
  tellOfRetention(found, brokers, context, out);
  const { refusedConfigs: refused } = brokers;
  if (refused.length > 0) {
    out.log("warn", "dynamic broker configs of Kafka's that are not taken over", { refused });
  }
  const units = [
    [...producerIds(context, cluster, topics), ...brokers.records],
    ...found.map(({ records }) => records),
    featureRecords(cluster),
  ];
  for (const group of groups(units)) proposer.propose(group);
}

function tellOf({ topic, refusedConfigs }: Import, out: Logger): void {
  const { name, partitionCount, configs } = topic;
  if (configs === null) {
    const event = "topic found on disk, kept for good until its retention is set";
    return out.log("info", event, { name, partitionCount });
  }
  out.log("info", "topic taken over from Kafka", { name, partitionCount, configs });
  if (refusedConfigs.length === 0) return;
  out.log("warn", "configs of a topic that are not taken over", { name, refused: refusedConfigs });
}

/** What Kafka's server.properties said is not in its metadata. Nobody should lose records by that. */
function tellOfRetention(
  found: readonly Import[],
  { own, allBrokers }: ConfigImport,
  { config }: PlanContext,
  out: Logger,
): void {
  const topics = found.filter(
    ({ topic: { configs } }) => configs !== null && !("retention.ms" in configs),
  ).length;
  const levels = { ...config, dynamicProperties: own, dynamicDefaultProperties: allBrokers };
  const retentionMs = topicText(levels, {}, "retention.ms");
  if (topics === 0 || retentionMs === "-1") return;
  const event = "topics without a retention of their own are kept by this node's log.retention";
  out.log("warn", event, { topics, retentionMs });
}

/** Few proposals of many records each; what belongs together stays together. */
function groups(units: readonly (readonly MetadataRecord[])[]): readonly MetadataRecord[][] {
  const result: MetadataRecord[][] = [];
  for (const unit of units) {
    const last = result.at(-1);
    if (last !== undefined && last.length + unit.length <= recordsPerRequestMax) last.push(...unit);
    else result.push([...unit]);
  }
  return result;
}
