// DeleteRecords: v0-2. Everything below an offset is given up; -1 stands for the high watermark.
//
// Version notes:
// - v2: flexible
//
// Lives on: anywhere (part of the front door).

import {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from "../../../protocol/messages/21-delete-records.ts";
import { askEach } from "../ask-each.ts";
import { deadlineOf } from "../deadlines.ts";
import { mergedTopics } from "../merged-topics.ts";
import { handler } from "./handler.ts";

export const deleteRecords = handler({
  request: DeleteRecordsRequest,
  response: DeleteRecordsResponse,
  versions: [0, 2],

  *handle(context, request) {
    const asked = mergedTopics(request.topics, ({ partitionIndex }) => partitionIndex);
    const topics = yield* askEach(context, "deleteRecords", asked, {
      timeoutMs: deadlineOf(request.timeoutMs),
      indexOf: ({ partitionIndex }) => partitionIndex,
      args: ({ offset }) => ({ offset }),
      answered: ({ partitionIndex }, { lowWatermark, errorCode }) => ({
        partitionIndex,
        lowWatermark,
        errorCode,
      }),
      failed: ({ partitionIndex }, errorCode) => ({ partitionIndex, lowWatermark: -1, errorCode }),
    });
    return { throttleTimeMs: 0, topics };
  },
});
