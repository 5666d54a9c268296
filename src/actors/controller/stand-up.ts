// The first proposals of a term: whatever of bootstrap.ts is not committed yet.
//
// Lives on: host 0 (part of the controller).

import type { Outbox } from "../../runtime/actor.ts";
import { featureRecords, imports, newLeaderEpochs, registration } from "./bootstrap.ts";
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
  const isRegistered = image.brokers().get(nodeId)?.incarnationId === incarnationId;
  if (!isRegistered) {
    const first = featureRecords(image);
    const brokerEpoch = image.lastOffset + 1 + first.length;
    // Before the topics of this run exist: they begin with an epoch of their own.
    const epochs = settings.cleanStart ? [] : newLeaderEpochs(image, nodeId);
    proposer.propose([...first, registration(settings, incarnationId, brokerEpoch)]);
    for (let at = 0; at < epochs.length; at += recordsPerRequestMax) {
      proposer.propose(epochs.slice(at, at + recordsPerRequestMax));
    }
  }
  for (const { topic, records } of imports(context, settings.foundTopics)) {
    const { name, partitionCount } = topic;
    const refused = proposer.propose(records);
    out.log(refused === undefined ? "info" : "warn", "topic found on disk", {
      name,
      partitionCount,
      imported: refused === undefined,
    });
  }
}
