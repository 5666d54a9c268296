// Offset commits as load: without members, so that nothing but the commits is measured.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import {
  OffsetCommitRequest,
  OffsetCommitResponse,
} from "../../src/protocol/messages/08-offset-commit.ts";
import {
  OffsetFetchRequest,
  OffsetFetchResponse,
} from "../../src/protocol/messages/09-offset-fetch.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../src/protocol/messages/10-find-coordinator.ts";
import { LoadConnection } from "./connection.ts";

const commitApi = { request: OffsetCommitRequest, response: OffsetCommitResponse, version: 8 };
const fetchApi = { request: OffsetFetchRequest, response: OffsetFetchResponse, version: 7 };
const findApi = { request: FindCoordinatorRequest, response: FindCoordinatorResponse, version: 4 };

export async function commit(
  connection: LoadConnection,
  groupId: string,
  topic: string,
  partitions: readonly number[],
  offset: number,
): Promise<number> {
  const { topics } = await connection.ask(commitApi, {
    ...{ groupId, generationIdOrMemberEpoch: -1, memberId: "", groupInstanceId: null },
    topics: [
      {
        name: topic,
        partitions: partitions.map((partitionIndex) => ({
          ...{ partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: -1 },
          committedMetadata: "",
        })),
      },
    ],
  });
  const bad = topics[0]!.partitions.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
  return bad?.errorCode ?? ErrorCode.NONE;
}

/** Until there is a coordinator and it has read its log; what the group has committed for a partition. */
export async function committed(
  bootstrap: string,
  groupId: string,
  topic: string,
  partition: number,
): Promise<number> {
  const connection = await LoadConnection.open(bootstrap);
  const keys = { keyType: 0, coordinatorKeys: [groupId] };
  const topics = [{ name: topic, partitionIndexes: [partition] }];
  for (;;) {
    const { coordinators } = await connection.ask(findApi, keys);
    const fetched =
      coordinators[0]!.errorCode === ErrorCode.NONE
        ? await connection.ask(fetchApi, { groupId, topics, requireStable: false })
        : undefined;
    if (fetched?.errorCode === ErrorCode.NONE) {
      connection.close();
      return Number(fetched.topics[0]!.partitions[0]!.committedOffset);
    }
    await sleep(5);
  }
}

/** As many as go in that time, one in flight per connection. Commits per second. */
export async function commitsPerSecond(
  bootstrap: string,
  topic: string,
  groupIds: readonly string[],
  seconds: number,
): Promise<number> {
  for (const groupId of groupIds) await committed(bootstrap, groupId, topic, 0);
  const connections = await Promise.all(groupIds.map(() => LoadConnection.open(bootstrap)));
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1_000;
  const counts = await Promise.all(
    connections.map(async (connection, i) => {
      let count = 0;
      for (; performance.now() < untilMs; count++) {
        const errorCode = await commit(connection, groupIds[i]!, topic, [i % 6], count);
        if (errorCode !== ErrorCode.NONE) throw new Error(`a commit is refused: ${errorCode}`);
      }
      return count;
    }),
  );
  const tookSeconds = (performance.now() - startedMs) / 1_000;
  for (const connection of connections) connection.close();
  return counts.reduce((sum, count) => sum + count, 0) / tookSeconds;
}
