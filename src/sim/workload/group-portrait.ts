// All that a node tells of its groups: members, generation, assignments, committed offsets. Two of them,
// from before and after a restart, must be the same: what is replayed is what was alive.
//
// Lives on: the simulator's thread.

import { CoordinatorLink } from "../../client/group/coordinator-link.ts";
import { GroupOffsets } from "../../client/group/group-offsets.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import {
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from "../../protocol/messages/15-describe-groups.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "../../protocol/messages/69-consumer-group-describe.ts";
import type { Outcome } from "../../base/outcome.ts";
import type { GroupDraw } from "../group-draw.ts";
import { allPartitions } from "./all-partitions.ts";
import type { SimClient } from "./sim-client.ts";

const describeApi = { request: DescribeGroupsRequest, response: DescribeGroupsResponse };
const describeConsumerApi = {
  request: ConsumerGroupDescribeRequest,
  response: ConsumerGroupDescribeResponse,
};
const AGAIN_MS = 100;

type Described = {
  readonly groups: readonly {
    readonly errorCode: number;
    readonly members: readonly { readonly memberId: string }[];
  }[];
};

export class GroupPortraits {
  private readonly client: SimClient;
  /** By group id, once it is known. */
  readonly taken = new Map<string, string>();

  constructor(client: SimClient, groups: readonly GroupDraw[]) {
    this.client = client;
    client.learn(() => {
      for (const draw of groups) this.take(draw);
    });
  }

  private take(draw: GroupDraw): void {
    const { isMixed, options } = draw;
    const { groupId, protocol } = options;
    const { cluster } = this.client;
    const link = new CoordinatorLink(cluster, groupId);
    const again = (): void => {
      this.client.clock.startTimer(AGAIN_MS, () => this.take(draw));
    };
    const described = (outcome: Outcome<Described>): void => {
      const group = outcome.ok ? outcome.value.groups[0] : undefined;
      if (group?.errorCode !== ErrorCode.NONE) return again();
      const groupOffsets = new GroupOffsets(cluster, link, groupId);
      const partitions = allPartitions(this.client.stage.topics);
      groupOffsets.committed(partitions, undefined, (committed) => {
        if (!committed.ok) return again();
        const members = group.members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
        const offsets = [...committed.value];
        this.taken.set(groupId, asText({ ...group, members, offsets }));
      });
    };
    const asClassic = (): void => link.call(describeApi, { groups: [groupId] }, described);
    if (protocol !== "consumer" && !isMixed) return asClassic();
    const body = { groupIds: [groupId], includeAuthorizedOperations: false };
    link.call(describeConsumerApi, body, (outcome) => {
      // Which it is by now, nobody else knows.
      const isOther =
        outcome.ok && outcome.value.groups[0]?.errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
      if (isMixed && isOther) asClassic();
      else described(outcome);
    });
  }
}

function asText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part);
    return part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part;
  });
}
