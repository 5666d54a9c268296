// A client that asks now and then what the groups have committed, and has it checked.
//
// Lives on: the simulator's thread.

import { CoordinatorLink } from "../../client/group/coordinator-link.ts";
import { GroupOffsets } from "../../client/group/group-offsets.ts";
import { keyOf } from "../../client/group/topic-partition.ts";
import { checkCommitted } from "../checkers/group-commits.ts";
import { allPartitions } from "./all-partitions.ts";
import type { SimClient } from "./sim-client.ts";

export class GroupWatching {
  quiet = false;
  readonly underWay = 0;
  private readonly client: SimClient;

  constructor(client: SimClient, groupIds: readonly string[], meanPauseMs: number) {
    this.client = client;
    client.learn(() => {
      for (const groupId of groupIds) {
        const link = new CoordinatorLink(client.cluster, groupId);
        const offsets = new GroupOffsets(client.cluster, link, groupId);
        client.every(meanPauseMs, () => {
          if (!this.quiet) this.ask(groupId, offsets);
          return !this.quiet;
        });
      }
    });
  }

  private ask(groupId: string, offsets: GroupOffsets): void {
    const { client } = this;
    const { verdict, groups, topics } = client.stage;
    const askedAtMs = client.nowMs();
    const partitions = allPartitions(topics);
    offsets.committed(partitions, undefined, (outcome) => {
      if (!outcome.ok) return;
      for (const key of partitions.map(keyOf)) {
        const offset = outcome.value.get(key)?.offset;
        checkCommitted(verdict, groups.of(groupId), { key, offset }, askedAtMs);
      }
    });
  }
}
