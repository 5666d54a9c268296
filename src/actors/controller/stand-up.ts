// The first proposals of a term: whatever of bootstrap.ts is not committed yet.
//
// Topics found on disk are taken over by a new cluster alone. Later a directory that no topic owns is
// what a deletion has left behind, and must not bring the topic back. A cluster is new until its
// features are committed, which is with the last of what was found.
//
// Lives on: host 0 (part of the controller).

import type { MetadataRecord } from "../../protocol/records/metadata-record.ts";
import type { Outbox } from "../../runtime/actor.ts";
import {
  featureRecords,
  imports,
  newLeaderEpochs,
  producerIdsBeyond,
  registration,
} from "./bootstrap.ts";
import type { ControllerSelf } from "./events.ts";
import type { ControllerSettings } from "./messages.ts";
import type { PlanContext } from "./plan.ts";
import { recordsPerRequestMax } from "./plan.ts";
import type { Proposer } from "./proposer.ts";

export function standUp(
  settings: ControllerSettings,
  incarnationId: string,
  context: PlanContext,
  proposer: Proposer,
  out: Pick<Outbox<ControllerSelf>, "log">,
): void {
  const { image, nodeId } = context;
  const features = featureRecords(image);
  if (image.brokers().get(nodeId)?.incarnationId !== incarnationId) {
    // Before the topics of this run exist: they begin with an epoch of their own.
    const epochs = settings.cleanStart ? [] : newLeaderEpochs(image, nodeId);
    proposer.propose([registration(settings, incarnationId, image.lastOffset + 1)]);
    for (const group of groups(epochs.map((record) => [record]))) proposer.propose(group);
  }
  if (features.length === 0) {
    const strays = settings.foundTopics.filter(({ name }) => image.topicByName(name) === undefined);
    const names = strays.map(({ name }) => name);
    if (names.length > 0) out.log("warn", "directories that belong to no topic", { names });
    return;
  }
  const found = imports(context, settings.foundTopics);
  for (const { topic } of found) {
    const { name, partitionCount } = topic;
    out.log("info", "topic found on disk, kept for good until its retention is set", {
      name,
      partitionCount,
    });
  }
  const ids = found.length > 0 && image.nextProducerId === 0 ? [producerIdsBeyond(context)] : [];
  for (const group of groups([ids, ...found.map(({ records }) => records), features])) {
    proposer.propose(group);
  }
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
