// Every message and record of Kafka by its name: for tools that are told what to read by name. Whoever
// knows what it reads imports the declaration itself.
//
// Lives on: anywhere.

import { apis } from "./api-keys.ts";
import { RequestHeader, ResponseHeader } from "./headers.ts";

import { ConsumerProtocolAssignment } from "./records/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "./records/consumer-protocol/consumer-protocol-subscription.ts";
import { ControlRecordTypeSchema } from "./records/control/control-record-type.ts";
import { EndTxnMarker } from "./records/control/end-txn-marker.ts";
import { KRaftVersionRecord } from "./records/control/kraft-version-record.ts";
import { LeaderChangeMessage } from "./records/control/leader-change-message.ts";
import { SnapshotFooterRecord } from "./records/control/snapshot-footer-record.ts";
import { SnapshotHeaderRecord } from "./records/control/snapshot-header-record.ts";
import { VotersRecord } from "./records/control/voters-record.ts";
import { DefaultPrincipalData } from "./records/default-principal-data.ts";
import { ProducerSnapshot } from "./records/producer-snapshot.ts";
import { QuorumStateData } from "./records/quorum-state-data.ts";
import {
  LegacyOffsetCommitKey,
  LegacyOffsetCommitValue,
} from "./records/group/00-legacy-offset-commit.ts";
import { OffsetCommitKey, OffsetCommitValue } from "./records/group/01-offset-commit.ts";
import { GroupMetadataKey, GroupMetadataValue } from "./records/group/02-group-metadata.ts";
import {
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
} from "./records/group/03-consumer-group-metadata.ts";
import {
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
} from "./records/group/04-consumer-group-partition-metadata.ts";
import {
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
} from "./records/group/05-consumer-group-member-metadata.ts";
import {
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from "./records/group/06-consumer-group-target-assignment-metadata.ts";
import {
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from "./records/group/07-consumer-group-target-assignment-member.ts";
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from "./records/group/08-consumer-group-current-member-assignment.ts";
import {
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
} from "./records/group/10-share-group-member-metadata.ts";
import {
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
} from "./records/group/11-share-group-metadata.ts";
import {
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
} from "./records/group/12-share-group-target-assignment-metadata.ts";
import {
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
} from "./records/group/13-share-group-target-assignment-member.ts";
import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
} from "./records/group/14-share-group-current-member-assignment.ts";
import {
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
} from "./records/group/15-share-group-state-partition-metadata.ts";
import {
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from "./records/group/16-consumer-group-regular-expression.ts";
import {
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
} from "./records/group/17-streams-group-metadata.ts";
import {
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
} from "./records/group/19-streams-group-member-metadata.ts";
import {
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
} from "./records/group/20-streams-group-target-assignment-metadata.ts";
import {
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
} from "./records/group/21-streams-group-target-assignment-member.ts";
import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
} from "./records/group/22-streams-group-current-member-assignment.ts";
import {
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
} from "./records/group/23-streams-group-topology.ts";
import { RegisterBrokerRecord } from "./records/metadata/00-register-broker-record.ts";
import { UnregisterBrokerRecord } from "./records/metadata/01-unregister-broker-record.ts";
import { TopicRecord } from "./records/metadata/02-topic-record.ts";
import { PartitionRecord } from "./records/metadata/03-partition-record.ts";
import { ConfigRecord } from "./records/metadata/04-config-record.ts";
import { PartitionChangeRecord } from "./records/metadata/05-partition-change-record.ts";
import { FenceBrokerRecord } from "./records/metadata/07-fence-broker-record.ts";
import { UnfenceBrokerRecord } from "./records/metadata/08-unfence-broker-record.ts";
import { RemoveTopicRecord } from "./records/metadata/09-remove-topic-record.ts";
import { DelegationTokenRecord } from "./records/metadata/10-delegation-token-record.ts";
import { UserScramCredentialRecord } from "./records/metadata/11-user-scram-credential-record.ts";
import { FeatureLevelRecord } from "./records/metadata/12-feature-level-record.ts";
import { ClientQuotaRecord } from "./records/metadata/14-client-quota-record.ts";
import { ProducerIdsRecord } from "./records/metadata/15-producer-ids-record.ts";
import { BrokerRegistrationChangeRecord } from "./records/metadata/17-broker-registration-change-record.ts";
import { AccessControlEntryRecord } from "./records/metadata/18-access-control-entry-record.ts";
import { RemoveAccessControlEntryRecord } from "./records/metadata/19-remove-access-control-entry-record.ts";
import { NoOpRecord } from "./records/metadata/20-no-op-record.ts";
import { ZkMigrationStateRecord } from "./records/metadata/21-zk-migration-state-record.ts";
import { RemoveUserScramCredentialRecord } from "./records/metadata/22-remove-user-scram-credential-record.ts";
import { BeginTransactionRecord } from "./records/metadata/23-begin-transaction-record.ts";
import { EndTransactionRecord } from "./records/metadata/24-end-transaction-record.ts";
import { AbortTransactionRecord } from "./records/metadata/25-abort-transaction-record.ts";
import { RemoveDelegationTokenRecord } from "./records/metadata/26-remove-delegation-token-record.ts";
import { RegisterControllerRecord } from "./records/metadata/27-register-controller-record.ts";
import { ClearElrRecord } from "./records/metadata/28-clear-elr-record.ts";
import { RemoteLogSegmentMetadataRecord } from "./records/remote-log/00-remote-log-segment-metadata-record.ts";
import { RemoteLogSegmentMetadataUpdateRecord } from "./records/remote-log/01-remote-log-segment-metadata-update-record.ts";
import { RemotePartitionDeleteMetadataRecord } from "./records/remote-log/02-remote-partition-delete-metadata-record.ts";
import { RemoteLogSegmentMetadataSnapshotRecord } from "./records/remote-log/03-remote-log-segment-metadata-snapshot-record.ts";
import { ShareSnapshotKey, ShareSnapshotValue } from "./records/share/00-share-snapshot.ts";
import { ShareUpdateKey, ShareUpdateValue } from "./records/share/01-share-update.ts";
import {
  TransactionLogKey,
  TransactionLogValue,
} from "./records/transaction/00-transaction-log.ts";
import type { Message, Shape } from "./schema.ts";

type AnyMessage = Message<Shape>;

/** Their types differ; whoever takes them by name treats them all alike. */
function all(...declared: readonly unknown[]): readonly AnyMessage[] {
  return declared as readonly AnyMessage[];
}

const dataMessages = all(
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  ControlRecordTypeSchema,
  EndTxnMarker,
  KRaftVersionRecord,
  LeaderChangeMessage,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  VotersRecord,
  DefaultPrincipalData,
  ProducerSnapshot,
  QuorumStateData,
);

const groupRecords = all(
  LegacyOffsetCommitKey,
  LegacyOffsetCommitValue,
  OffsetCommitKey,
  OffsetCommitValue,
  GroupMetadataKey,
  GroupMetadataValue,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
);

const metadataRecords = all(
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
  TopicRecord,
  PartitionRecord,
  ConfigRecord,
  PartitionChangeRecord,
  FenceBrokerRecord,
  UnfenceBrokerRecord,
  RemoveTopicRecord,
  DelegationTokenRecord,
  UserScramCredentialRecord,
  FeatureLevelRecord,
  ClientQuotaRecord,
  ProducerIdsRecord,
  BrokerRegistrationChangeRecord,
  AccessControlEntryRecord,
  RemoveAccessControlEntryRecord,
  NoOpRecord,
  ZkMigrationStateRecord,
  RemoveUserScramCredentialRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  AbortTransactionRecord,
  RemoveDelegationTokenRecord,
  RegisterControllerRecord,
  ClearElrRecord,
);

const remoteLogRecords = all(
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
);

const shareRecords = all(ShareSnapshotKey, ShareSnapshotValue, ShareUpdateKey, ShareUpdateValue);

const transactionRecords = all(TransactionLogKey, TransactionLogValue);

const everything = [
  ...apis.flatMap(({ request, response }) => [request, response]),
  ...all(RequestHeader, ResponseHeader),
  ...dataMessages,
  ...groupRecords,
  ...metadataRecords,
  ...remoteLogRecords,
  ...shareRecords,
  ...transactionRecords,
];

/** By Kafka's name, in the order of the lists above. */
export const messagesByName: ReadonlyMap<string, AnyMessage> = new Map(
  everything.map((message) => [message.name, message]),
);
