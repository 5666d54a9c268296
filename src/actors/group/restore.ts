// A group as its records in the offsets topic tell.
//
// Lives on: host thread (part of the group actor).

import { watchSession } from "./classic/sessions.ts";
import { restoreGroup } from "./classic/store.ts";
import { applyRecord } from "./consumer/apply.ts";
import { newConsumerGroup } from "./consumer/consumer-group.ts";
import { armDeadlines, nextDeadlineMs } from "./consumer/deadlines.ts";
import { surroundingsOf } from "./consumer/surroundings.ts";
import type { StoredRecord } from "./messages.ts";
import { readRecord } from "./records.ts";
import type { GroupState } from "./state.ts";

export function restore(g: GroupState, records: readonly StoredRecord[]): void {
  const { groupId } = g;
  for (const record of records) {
    const read = readRecord(record);
    if (!read.ok) {
      g.out.log("error", "a record of a group is not readable", { groupId, detail: read.detail });
      continue;
    }
    switch (read.value.kind) {
      case "offset": {
        const { topic, partition, stored } = read.value;
        g.offsets.put(topic, partition, stored);
        break;
      }
      case "groupMetadata":
        g.isStored = true;
        restoreGroup(g, read.value.value);
        break;
      case "consumerGroup":
        applyRecord((g.consumer ??= newConsumerGroup(groupId)), read.value.record);
        break;
      case "unknown":
        g.out.log("warn", "a record of a group is of a kind not known here", {
          groupId,
          type: read.value.type,
        });
    }
  }
  if (g.consumer === undefined) return;
  armDeadlines(g.consumer, surroundingsOf(g));
  watchSession(g, nextDeadlineMs(g.consumer));
}
