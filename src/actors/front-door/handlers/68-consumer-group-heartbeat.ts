// ConsumerGroupHeartbeat: v0-1. A member of a consumer group joins, reports, and leaves (KIP-848).
//
// Version notes:
// - v1: subscription by pattern; clients make their own member id
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../../protocol/messages/68-consumer-group-heartbeat.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroup } from "../groups/ask-group.ts";
import { isConsumerProtocolServed } from "../groups/consumer-protocol.ts";
import { handler } from "./handler.ts";

export const consumerGroupHeartbeat = handler({
  request: ConsumerGroupHeartbeatRequest,
  response: ConsumerGroupHeartbeatResponse,
  versions: [0, 1],

  *handle(context, request) {
    const { apiVersion, connection } = context;
    if (!isConsumerProtocolServed(context)) return failed(ErrorCode.UNSUPPORTED_VERSION);
    const clientId = context.clientId ?? "";
    const clientHost = `/${connection.facts.remote.host}`;
    const args = { ...request, apiVersion, clientId, clientHost };
    const timeoutMs = context.config.requestTimeoutMs;
    const reply = yield* askGroup(context, "consumerHeartbeat", args, timeoutMs);
    return isRefused(reply) ? failed(reply.refused) : { throttleTimeMs: 0, ...reply };
  },
});

function failed(errorCode: ErrorCode) {
  return { throttleTimeMs: 0, errorCode, memberEpoch: 0, heartbeatIntervalMs: 0 };
}
