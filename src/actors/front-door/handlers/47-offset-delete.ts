// OffsetDelete: v0. Forgets offsets of a group, of topics that it does not read (KIP-496).
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  OffsetDeleteRequest,
  OffsetDeleteResponse,
} from "../../../protocol/messages/47-offset-delete.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

export const offsetDelete = handler({
  request: OffsetDeleteRequest,
  response: OffsetDeleteResponse,
  versions: [0, 0],

  *handle(context, { groupId, topics }) {
    if (groupId === "") return refused(ErrorCode.INVALID_GROUP_ID);
    // As of now: the image may move on while the group is asked.
    const known = topics.map(({ name, partitions }) => ({
      name,
      indexes: new Set(
        partitions
          .map(({ partitionIndex }) => partitionIndex)
          .filter((index) => context.image.topicByName(name)?.partitions[index] !== undefined),
      ),
    }));
    const asked = known.map(({ name, indexes }) => ({ name, partitions: [...indexes] }));
    const args = { groupId, topics: asked };
    const reply = yield* askGroup(context, "deleteOffsets", args, context.config.requestTimeoutMs);
    if (isRefused(reply)) return refused(reply.refused);
    let place = 0;
    const answered = topics.map(({ name, partitions }, i) => {
      const codes = new Map(
        [...known[i]!.indexes].map((index) => [index, reply.errorCodes[place++]!]),
      );
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: codes.get(partitionIndex) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      };
    });
    return { errorCode: ErrorCode.NONE, throttleTimeMs: 0, topics: answered };
  },
});

function refused(errorCode: ErrorCode) {
  return { errorCode, throttleTimeMs: 0, topics: [] };
}
