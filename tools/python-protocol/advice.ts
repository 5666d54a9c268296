// What to do about an error: the last sentence of the Python client's exceptions.
//
// Lives on: the developer's machine and tests.

import type { ErrorName } from "../../src/protocol/error-codes.ts";

/** After these a client is of no use any more. */
export const fatalErrors: ReadonlySet<ErrorName> = new Set<ErrorName>([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "FENCED_INSTANCE_ID",
  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "UNSUPPORTED_VERSION",
  "UNSUPPORTED_SASL_MECHANISM",
  "SASL_AUTHENTICATION_FAILED",
  "ILLEGAL_SASL_STATE",
  "GROUP_AUTHORIZATION_FAILED",
  "INVALID_PRODUCER_ID_MAPPING",
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "INVALID_TXN_STATE",
]);

const login = "Check the mechanism, the user name and the password";
const rights = "Ask for an ACL that allows it";
const newer = "Only one process may use this id; close this client";
const rejoin = "The consumer joins again by itself; commit less late";
const position = "Seek, or set auto_offset_reset to earliest or latest";
const smaller =
  "Send smaller records, or raise max.message.bytes of the topic and max_request_size";
const replicas =
  "It is retried; if it lasts, look for brokers that are down or min.insync.replicas";
const topicRules = "Names have 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'";

const advice: Readonly<Partial<Record<ErrorName, string>>> = {
  UNKNOWN_SERVER_ERROR: "Look into the broker's log",
  OFFSET_OUT_OF_RANGE: position,
  CORRUPT_MESSAGE: "Damaged on the way or on disk; it is retried",
  UNKNOWN_TOPIC_OR_PARTITION: "Create the topic, check its name, or wait if it was just created",
  MESSAGE_TOO_LARGE: smaller,
  RECORD_LIST_TOO_LARGE: smaller,
  OFFSET_METADATA_TOO_LARGE: "Commit a shorter metadata string",
  INVALID_COMMIT_OFFSET_SIZE: "Commit a shorter metadata string",
  INVALID_TOPIC_EXCEPTION: topicRules,
  NOT_ENOUGH_REPLICAS: replicas,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: replicas,
  LEADER_NOT_AVAILABLE: "It is retried; if it lasts, look for brokers that are down",
  INVALID_REQUIRED_ACKS: 'acks is 0, 1 or "all"',
  ILLEGAL_GENERATION: rejoin,
  UNKNOWN_MEMBER_ID: rejoin,
  REBALANCE_IN_PROGRESS: rejoin,
  FENCED_MEMBER_EPOCH: rejoin,
  STALE_MEMBER_EPOCH: rejoin,
  INCONSISTENT_GROUP_PROTOCOL: "All members need one assignor in common; compare them",
  INVALID_GROUP_ID: "Set a group_id that is not empty",
  INVALID_SESSION_TIMEOUT: "Keep session_timeout_ms within the broker's bounds",
  GROUP_MAX_SIZE_REACHED: "Run fewer members, or raise group.max.size on the broker",
  TOPIC_AUTHORIZATION_FAILED: rights,
  GROUP_AUTHORIZATION_FAILED: rights,
  CLUSTER_AUTHORIZATION_FAILED: rights,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: rights,
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: rights,
  INVALID_TIMESTAMP: "Give milliseconds since 1970, near the broker's clock",
  UNSUPPORTED_SASL_MECHANISM: "Set sasl_mechanism to one the broker has enabled",
  ILLEGAL_SASL_STATE: "Check that security_protocol fits the listener",
  SASL_AUTHENTICATION_FAILED: login,
  UNSUPPORTED_VERSION: "The broker is too old or too new for this call",
  TOPIC_ALREADY_EXISTS: "Use it, or choose another name",
  INVALID_PARTITIONS: "Give a number above the present one",
  INVALID_REPLICATION_FACTOR: "Give 1 to the number of brokers, or -1 for the broker's default",
  INVALID_CONFIG: "Check names and values of the configs",
  POLICY_VIOLATION: "Ask the operator of the cluster what its policy is",
  OUT_OF_ORDER_SEQUENCE_NUMBER: "Records were lost before; close this producer and check the topic",
  INVALID_PRODUCER_EPOCH: newer,
  PRODUCER_FENCED: newer,
  FENCED_INSTANCE_ID: "Another member uses this group_instance_id; give each its own",
  UNRELEASED_INSTANCE_ID: "Another member uses this group_instance_id; give each its own",
  INVALID_TXN_STATE: "Close this producer and start again",
  INVALID_PRODUCER_ID_MAPPING: "Close this producer and start again",
  TRANSACTION_ABORTABLE: "Abort the transaction and try it again",
  INVALID_TRANSACTION_TIMEOUT: "Lower transaction_timeout_ms",
  SECURITY_DISABLED: "Enable an authorizer on the broker",
  NON_EMPTY_GROUP: "Stop its members first",
  GROUP_ID_NOT_FOUND: "Check the group's name",
  GROUP_SUBSCRIBED_TO_TOPIC: "Stop the members that read the topic first",
  TOPIC_DELETION_DISABLED: "Set delete.topic.enable on the broker",
  UNSUPPORTED_COMPRESSION_TYPE: "Choose another compression_type",
  INVALID_RECORD: "The broker refused the record's form; a compacted topic wants keys",
  THROTTLING_QUOTA_EXCEEDED: "Ask for less, or wait for the time it names",
  UNSUPPORTED_ASSIGNOR: "Choose an assignor that the broker has",
  INVALID_REGULAR_EXPRESSION: "Patterns are RE2's; check the syntax",
  REBOOTSTRAP_REQUIRED: "The client starts over from bootstrap_servers by itself",
  INVALID_REQUEST: "Check the arguments; they contradict each other",
  INVALID_REPLICA_ASSIGNMENT: "Name existing brokers, each once per partition",
  UNACCEPTABLE_CREDENTIAL: "Give 4096 to 16384 iterations and a password",
  RESOURCE_NOT_FOUND: "Check the name",
};

export function adviceFor(name: ErrorName, retriable: boolean): string {
  const known = advice[name];
  if (known !== undefined) return known;
  return retriable ? "It may pass; the client retries it by itself where it can" : "";
}
