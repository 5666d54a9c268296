// AddPartitionsToTxn (key 24): partitions that a transaction is going to write.
//
// v3 flexible; v4 several transactions at once and verifyOnly, meant for brokers (KIP-890);
// v5 TRANSACTION_ABORTABLE. The fields of v0-3 carry `v3AndBelow` in their names, as in Kafka.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string } from "../schema.ts";

const addPartitionsToTxnTopic = {
  name: string,
  partitions: arrayOf(int32),
};

export const AddPartitionsToTxnRequest = message(
  { name: "AddPartitionsToTxnRequest", apiKey: 24, versions: [0, 5], flexibleFrom: 3 },
  {
    transactions: arrayOf({
      transactionalId: string,
      producerId: int64,
      producerEpoch: int16,
      verifyOnly: boolean.orElse(false),
      topics: arrayOf(addPartitionsToTxnTopic),
    }).from(4),
    v3AndBelowTransactionalId: string.upTo(3),
    v3AndBelowProducerId: int64.upTo(3),
    v3AndBelowProducerEpoch: int16.upTo(3),
    v3AndBelowTopics: arrayOf(addPartitionsToTxnTopic).upTo(3),
  },
);
export type AddPartitionsToTxnRequest = Infer<typeof AddPartitionsToTxnRequest>;

const addPartitionsToTxnPartitionResult = {
  partitionIndex: int32,
  partitionErrorCode: int16,
};

const addPartitionsToTxnTopicResult = {
  name: string,
  resultsByPartition: arrayOf(addPartitionsToTxnPartitionResult),
};

export const AddPartitionsToTxnResponse = message(
  { name: "AddPartitionsToTxnResponse", apiKey: 24, versions: [0, 5], flexibleFrom: 3 },
  {
    throttleTimeMs: int32,
    errorCode: int16.from(4).ignorable(),
    resultsByTransaction: arrayOf({
      transactionalId: string,
      topicResults: arrayOf(addPartitionsToTxnTopicResult),
    }).from(4),
    resultsByTopicV3AndBelow: arrayOf(addPartitionsToTxnTopicResult).upTo(3),
  },
);
export type AddPartitionsToTxnResponse = Infer<typeof AddPartitionsToTxnResponse>;
