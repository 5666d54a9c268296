// Commits in the name of a generation that a member once was in, as a zombie sends them that has not
// heard that the group has gone on. Once it has, none may be taken.
//
// Lives on: the simulator's thread.

import type { Identity } from "../../client/group/membership.ts";
import type { TopicPartition } from "../../client/group/topic-partition.ts";
import { keyOf } from "../../client/group/topic-partition.ts";
import { CoordinatorLink } from "../../client/group/coordinator-link.ts";
import { GroupOffsets } from "../../client/group/group-offsets.ts";
import type { GroupHistory } from "../group-history.ts";
import type { SimClient } from "./sim-client.ts";

type Remembered = { readonly identity: Identity; readonly partition: TopicPartition };

const KEPT_MAX = 20;

export class OldGeneration {
  private readonly client: SimClient;
  private readonly history: GroupHistory;
  private readonly remembered: Remembered[] = [];
  private made: GroupOffsets | undefined;

  constructor(client: SimClient, history: GroupHistory) {
    this.client = client;
    this.history = history;
  }

  note(identity: Identity, assigned: readonly TopicPartition[]): void {
    const partition = assigned[0];
    if (partition === undefined) return;
    this.remembered.push({ identity, partition });
    if (this.remembered.length > KEPT_MAX) this.remembered.shift();
  }

  commit(): void {
    const { client, history } = this;
    const isOver = ({ identity }: Remembered): boolean =>
      identity.generationId < history.latestGeneration;
    const over = this.remembered.filter(isOver);
    if (over.length === 0) return;
    const { identity, partition } = client.prng.pick(over);
    const commit = history.commitSent(keyOf(partition), 0, client.nowMs());
    const how = { persistent: false, identity: () => identity, refused: () => {} };
    this.offsets.commit([{ ...partition, offset: 0 }], how, (failure) => {
      commit.outcome = failure === undefined ? "ok" : failure.kind;
      commit.settledAtMs = client.nowMs();
      client.stage.verdict.hold(
        failure !== undefined,
        "a commit of an old generation is refused",
        () => {
          const by = `${identity.memberId} of generation ${identity.generationId}`;
          return `${history.groupId}, ${keyOf(partition)}: by ${by}, in ${history.latestGeneration}`;
        },
      );
    });
  }

  /** Not by the member's own way: that has gone on. */
  private get offsets(): GroupOffsets {
    const { cluster } = this.client;
    const { groupId } = this.history;
    this.made ??= new GroupOffsets(cluster, new CoordinatorLink(cluster, groupId), groupId);
    return this.made;
  }
}
