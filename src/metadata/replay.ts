// Replays a metadata log that somebody else has written, record by record, to an image. Nothing in it
// is trusted: what makes no sense is told and not applied. Records of a metadata transaction count
// when it has ended, all at once (KIP-868).
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type {
  MetadataRecord,
  MetadataRecordKind,
  UnknownMetadataRecord,
} from "../protocol/records/metadata-record.ts";
import { decodeMetadataRecord, metadataRecordKindOf } from "../protocol/records/metadata-record.ts";
import { WireError } from "../protocol/wire.ts";
import { MetadataImage } from "./image.ts";

/** What an image keeps nothing of, though a cluster may have worked by it. */
const unkeptKinds: ReadonlySet<MetadataRecordKind> = new Set([
  "AccessControlEntryRecord",
  "ClientQuotaRecord",
  "UserScramCredentialRecord",
  "DelegationTokenRecord",
]);

export class Replay {
  readonly image = new MetadataImage();
  /** Ids of topics that were deleted. */
  readonly removedTopics = new Set<string>();
  /** Kinds, or numbers of types not known here, of records that have left nothing in the image. */
  readonly passedOver = new Set<string>();
  /** Of the transaction that has begun and not ended. */
  #pending: MetadataRecord[] | undefined;

  get isInTransaction(): boolean {
    return this.#pending !== undefined;
  }

  /** The next record of the log. What is wrong with it, when it cannot follow. */
  next(bytes: Uint8Array): string | undefined {
    const decoded = decode(bytes);
    if (!decoded.ok) return decoded.detail;
    const record = decoded.value;
    if (record.kind === "unknown") return this.#passOver(record);
    const pending = this.#pending;
    switch (record.kind) {
      case "BeginTransactionRecord":
        if (pending !== undefined) return "a transaction begins within another one";
        this.#pending = [];
        return undefined;
      case "AbortTransactionRecord":
      case "EndTransactionRecord":
        if (pending === undefined) return "a transaction ends that has not begun";
        this.#pending = undefined;
        return record.kind === "EndTransactionRecord" ? this.#applyAll(pending) : undefined;
      default:
        if (pending === undefined) return this.#apply(record);
        pending.push(record);
        return undefined;
    }
  }

  /** A record from before the place where the replay began: what it deleted stays deleted. */
  before(bytes: Uint8Array): void {
    const decoded = decode(bytes);
    if (decoded.ok && decoded.value.kind === "RemoveTopicRecord") {
      this.removedTopics.add(decoded.value.value.topicId);
    }
  }

  /** A type may be new and say nothing of what is kept here. A known one in a new version may not. */
  #passOver({ type, version }: UnknownMetadataRecord): string | undefined {
    const kind = metadataRecordKindOf(type);
    if (kind !== undefined) return `${kind} of version ${version}, which a newer release wrote`;
    this.passedOver.add(`type ${type}`);
    return undefined;
  }

  #applyAll(records: readonly MetadataRecord[]): string | undefined {
    for (const record of records) {
      const problem = this.#apply(record);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #apply(record: MetadataRecord): string | undefined {
    const problem = this.image.problemOf(record);
    if (problem !== undefined) return problem;
    this.image.apply(record);
    if (record.kind === "RemoveTopicRecord") this.removedTopics.add(record.value.topicId);
    if (unkeptKinds.has(record.kind)) this.passedOver.add(record.kind);
    return undefined;
  }
}

function decode(bytes: Uint8Array): Outcome<MetadataRecord | UnknownMetadataRecord> {
  try {
    return success(decodeMetadataRecord(bytes));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return failure("corrupt", error.message);
  }
}
