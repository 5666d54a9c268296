// InitProducerId: v0-5, for idempotent producers. Each call gives a fresh id at epoch 0.
//
// A transactional id is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED: there is no coordinator,
// and of all codes this is the one that every client takes as final at once. COORDINATOR_NOT_AVAILABLE
// and its kin would be asked again for ever, and UNSUPPORTED_VERSION is retried by some.
//
// Version notes:
// - v2: flexible
// - v3: the id and epoch that the producer has (KIP-360); without a transaction they mean nothing
// - v4, v5: codes of transactions
// - v6 (two-phase commit) is unstable in Kafka and not served
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  InitProducerIdRequest,
  InitProducerIdResponse,
} from "../../../protocol/messages/22-init-producer-id.ts";
import { handler } from "./handler.ts";

export const initProducerId = handler({
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,
  versions: [0, 5],

  *handle({ desk, image }, request) {
    const errorCode = refusalOf(request);
    if (errorCode !== undefined) return refused(errorCode);
    const brokerId = desk.nodeId;
    const brokerEpoch = image.brokers().get(brokerId)?.brokerEpoch ?? -1;
    const producerId = yield* desk.producerIds.take({ brokerId, brokerEpoch });
    // Kafka's answer while its next block of ids is on the way: ask again.
    if (producerId === undefined) return refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 };
  },
});

function refusalOf(request: InitProducerIdRequest): ErrorCode | undefined {
  const { transactionalId, producerId, producerEpoch } = request;
  if (transactionalId === "") return ErrorCode.INVALID_REQUEST;
  if ((producerId === -1) !== (producerEpoch === -1)) return ErrorCode.INVALID_REQUEST;
  if (transactionalId !== null) return ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  return undefined;
}

function refused(errorCode: ErrorCode) {
  return { throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 };
}
