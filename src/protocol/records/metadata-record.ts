// The records of the metadata log, in Kafka's frame: unsigned varints of frame version, record type and
// record version, then the body in that version. One union, so that whoever applies records can see
// that it has thought of each.
//
// Lives on: anywhere.

import type { Draft, Infer } from "../schema.ts";
import { Reader, WireError, Writer } from "../wire.ts";
import { RegisterBrokerRecord } from "./metadata/00-register-broker-record.ts";
import { UnregisterBrokerRecord } from "./metadata/01-unregister-broker-record.ts";
import { TopicRecord } from "./metadata/02-topic-record.ts";
import { PartitionRecord } from "./metadata/03-partition-record.ts";
import { ConfigRecord } from "./metadata/04-config-record.ts";
import { PartitionChangeRecord } from "./metadata/05-partition-change-record.ts";
import { FenceBrokerRecord } from "./metadata/07-fence-broker-record.ts";
import { UnfenceBrokerRecord } from "./metadata/08-unfence-broker-record.ts";
import { RemoveTopicRecord } from "./metadata/09-remove-topic-record.ts";
import { DelegationTokenRecord } from "./metadata/10-delegation-token-record.ts";
import { UserScramCredentialRecord } from "./metadata/11-user-scram-credential-record.ts";
import { FeatureLevelRecord } from "./metadata/12-feature-level-record.ts";
import { ClientQuotaRecord } from "./metadata/14-client-quota-record.ts";
import { ProducerIdsRecord } from "./metadata/15-producer-ids-record.ts";
import { BrokerRegistrationChangeRecord } from "./metadata/17-broker-registration-change-record.ts";
import { AccessControlEntryRecord } from "./metadata/18-access-control-entry-record.ts";
import { RemoveAccessControlEntryRecord } from "./metadata/19-remove-access-control-entry-record.ts";
import { NoOpRecord } from "./metadata/20-no-op-record.ts";
import { ZkMigrationStateRecord } from "./metadata/21-zk-migration-state-record.ts";
import { RemoveUserScramCredentialRecord } from "./metadata/22-remove-user-scram-credential-record.ts";
import { BeginTransactionRecord } from "./metadata/23-begin-transaction-record.ts";
import { EndTransactionRecord } from "./metadata/24-end-transaction-record.ts";
import { AbortTransactionRecord } from "./metadata/25-abort-transaction-record.ts";
import { RemoveDelegationTokenRecord } from "./metadata/26-remove-delegation-token-record.ts";
import { RegisterControllerRecord } from "./metadata/27-register-controller-record.ts";
import { ClearElrRecord } from "./metadata/28-clear-elr-record.ts";

const types = {
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
} as const;

type Types = typeof types;
export type MetadataRecordKind = keyof Types;
export type MetadataRecord = {
  [K in MetadataRecordKind]: { readonly kind: K; readonly value: Infer<Types[K]> };
}[MetadataRecordKind];
/** As a writer may give it: fields with a default left out. */
export type MetadataRecordDraft = {
  [K in MetadataRecordKind]: { readonly kind: K; readonly value: Draft<Types[K]> };
}[MetadataRecordKind];
/** A record of a type or version that is not known here: written by a newer Kafka. */
export type UnknownMetadataRecord = {
  readonly kind: "unknown";
  readonly type: number;
  readonly version: number;
};

const FRAME_VERSION = 1;

const kindsByType = new Map<number, MetadataRecordKind>(
  Object.entries(types).map(([kind, { apiKey }]) => [apiKey, kind as MetadataRecordKind]),
);

/** Undefined for types that are not known here. */
export function metadataRecordKindOf(type: number): MetadataRecordKind | undefined {
  return kindsByType.get(type);
}

/** In the newest version known here, unless told otherwise. */
export function encodeMetadataRecord(record: MetadataRecordDraft, version?: number): Uint8Array {
  const type = types[record.kind];
  const chosen = version ?? type.versions[1];
  const writer = new Writer(128);
  writer.uvarint(FRAME_VERSION);
  writer.uvarint(type.apiKey);
  writer.uvarint(chosen);
  const codec = type.at(chosen) as { encode(writer: Writer, value: unknown): void };
  codec.encode(writer, record.value);
  return writer.finish();
}

/** Throws a `WireError` for bytes that are no metadata record. */
export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord | UnknownMetadataRecord {
  const reader = new Reader(bytes);
  const frame = reader.uvarint();
  if (frame !== FRAME_VERSION) throw new WireError(`metadata record frame ${frame}`, 0);
  const type = reader.uvarint();
  const version = reader.uvarint();
  const kind = kindsByType.get(type);
  if (kind === undefined || version > types[kind].versions[1]) {
    return { kind: "unknown", type, version };
  }
  const value = types[kind].at(version).decodeWhole(reader);
  return { kind, value } as MetadataRecord;
}
