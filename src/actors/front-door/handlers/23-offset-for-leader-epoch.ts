// OffsetForLeaderEpoch: v2-4. Where a leader epoch ended, for clients that look whether the log has
// been cut behind them (KIP-320).
//
// Version notes:
// - v2: current leader epoch
// - v3: who asks: -1 a consumer, -2 a tool
// - v4: flexible
//
// Lives on: anywhere (part of the front door).

import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from "../../../protocol/messages/23-offset-for-leader-epoch.ts";
import { askEach } from "../ask-each.ts";
import { handler } from "./handler.ts";

export const offsetForLeaderEpoch = handler({
  request: OffsetForLeaderEpochRequest,
  response: OffsetForLeaderEpochResponse,
  versions: [2, 4],

  *handle(context, request) {
    const asked = request.topics.map(({ topic, partitions }) => ({ name: topic, partitions }));
    const topics = yield* askEach(context, "offsetForLeaderEpoch", asked, {
      timeoutMs: context.config.requestTimeoutMs,
      indexOf: ({ partition }) => partition,
      args: ({ leaderEpoch, currentLeaderEpoch }) => ({ leaderEpoch, currentLeaderEpoch }),
      answered: ({ partition }, { errorCode, leaderEpoch, endOffset }) => ({
        errorCode,
        partition,
        leaderEpoch,
        endOffset,
      }),
      failed: ({ partition }, errorCode) => ({
        errorCode,
        partition,
        leaderEpoch: -1,
        endOffset: -1,
      }),
    });
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({ topic: name, partitions })),
    };
  },
});
