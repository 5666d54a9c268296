// Control records of the metadata log: who leads a term, who votes, where a snapshot begins and ends.
// Batches of their own, in Kafka's form (KIP-595, KIP-630, KIP-853).
//
// Lives on: anywhere (pure).

import { writeUuid, ZERO_UUID } from "../base/uuid.ts";
import { buildBatch, isControl, readInt16 } from "../protocol/record-batch.ts";
import { recordsOf } from "../protocol/record-batch.ts";
import { LeaderChangeMessage } from "../protocol/records/control/leader-change-message.ts";
import { SnapshotFooterRecord } from "../protocol/records/control/snapshot-footer-record.ts";
import { SnapshotHeaderRecord } from "../protocol/records/control/snapshot-header-record.ts";
import { VotersRecord } from "../protocol/records/control/voters-record.ts";
import { Reader, Writer } from "../protocol/wire.ts";

/** `ControlRecordType`. */
export const ControlType = {
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  VOTERS: 6,
} as const;
export type ControlType = (typeof ControlType)[keyof typeof ControlType];

export type BatchPlace = {
  readonly baseOffset: number;
  readonly epoch: number;
  readonly timestampMs: number;
};

/**
 * A voter is its disk as much as its number: a node that lost its disk has lost its votes too, and is
 * not the voter it was (KIP-853). Null: not known yet, so that the number has to do.
 */
export type Voter = {
  readonly nodeId: number;
  readonly directoryId: string | null;
  readonly endpoints: readonly VoterEndpoint[];
};

export type VoterEndpoint = { readonly name: string; readonly host: string; readonly port: number };

export type VoterSet = readonly Voter[];

const ENDPOINTS_MAX = 16;

/** Whether it can be written down: not everything that another node asks for can. */
export function isWritableVoter({ nodeId, directoryId, endpoints }: Voter): boolean {
  const isId = directoryId === null || writeUuid(new Uint8Array(16), 0, directoryId);
  const isSane = nodeId >= 0 && nodeId <= 0x7fff_ffff && endpoints.length <= ENDPOINTS_MAX;
  return isId && isSane && endpoints.every((endpoint) => isWritableEndpoint(endpoint));
}

export function isWritableEndpoint({ name, host, port }: VoterEndpoint): boolean {
  return port >= 0 && port <= 0xffff && name.length <= 255 && host.length <= 255;
}

export function votersBatch(place: BatchPlace, voters: VoterSet): Uint8Array {
  const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 };
  return controlBatch(place, ControlType.VOTERS, (writer) =>
    VotersRecord.at(0).encode(writer, {
      version: 0,
      voters: voters.map(({ nodeId, directoryId, endpoints }) => ({
        voterId: nodeId,
        voterDirectoryId: directoryId ?? ZERO_UUID,
        endpoints: [...endpoints],
        kRaftVersionFeature,
      })),
    }),
  );
}

/** The voters that the batch at `at` brings; null when it is another kind of batch. */
export function votersIn(bytes: Uint8Array, at: number): VoterSet | null {
  if (controlTypeOf(bytes, at) !== ControlType.VOTERS) return null;
  for (const { value } of recordsOf(bytes, at)) {
    if (value === null) return null;
    const { voters } = VotersRecord.at(0).decode(new Reader(value));
    return voters.map(({ voterId, voterDirectoryId, endpoints }) => ({
      nodeId: voterId,
      directoryId: voterDirectoryId === ZERO_UUID ? null : voterDirectoryId,
      endpoints,
    }));
  }
  return null;
}

export function leaderChangeBatch(
  place: BatchPlace,
  leaderId: number,
  voters: readonly number[],
  granting: readonly number[],
): Uint8Array {
  const voter = (voterId: number) => ({ voterId, voterDirectoryId: ZERO_UUID });
  return controlBatch(place, ControlType.LEADER_CHANGE, (writer) =>
    LeaderChangeMessage.at(0).encode(writer, {
      version: 0,
      leaderId,
      voters: voters.map(voter),
      grantingVoters: granting.map(voter),
    }),
  );
}

export function snapshotHeaderBatch(place: BatchPlace, lastTimestampMs: number): Uint8Array {
  return controlBatch(place, ControlType.SNAPSHOT_HEADER, (writer) =>
    SnapshotHeaderRecord.at(0).encode(writer, {
      version: 0,
      lastContainedLogTimestamp: lastTimestampMs,
    }),
  );
}

export function snapshotFooterBatch(place: BatchPlace): Uint8Array {
  return controlBatch(place, ControlType.SNAPSHOT_FOOTER, (writer) =>
    SnapshotFooterRecord.at(0).encode(writer, { version: 0 }),
  );
}

function controlBatch(
  { baseOffset, epoch, timestampMs }: BatchPlace,
  type: ControlType,
  encodeValue: (writer: Writer) => void,
): Uint8Array {
  const key = Uint8Array.of(0, 0, 0, type);
  const writer = new Writer(64);
  encodeValue(writer);
  const value = writer.finish();
  const options = { baseOffset, leaderEpoch: epoch, control: true };
  return buildBatch([{ key, value, timestampMs }], options);
}

/** What the first record of a control batch is; undefined for other batches. */
export function controlTypeOf(bytes: Uint8Array, at: number): number | undefined {
  if (!isControl(bytes, at)) return undefined;
  for (const { key } of recordsOf(bytes, at)) {
    return key === null || key.length < 4 ? undefined : readInt16(key, 2);
  }
  return undefined;
}
