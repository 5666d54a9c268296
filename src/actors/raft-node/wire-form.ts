// Raft messages between nodes: plain data whose only bytes are batches and pieces of snapshots. What
// comes from another node is checked field by field; nothing of it is believed.
//
// Lives on: the metadata host (part of the raft node).

import type { Voter } from "../../metadata/control-records.ts";
import { isWritableEndpoint } from "../../metadata/control-records.ts";
import { batchesFrom } from "./batches.ts";
import type { LogPlace } from "./core/log.ts";
import type { MessageOf, RaftBatch, RaftMessage } from "./core/messages.ts";

type Fields = Readonly<Record<string, unknown>>;

export function toWire(message: RaftMessage): Fields {
  if (message.kind !== "append") return message;
  return { ...message, batches: message.batches.map(({ bytes }) => bytes) };
}

/** Undefined when it makes no sense. */
export function fromWire(value: unknown): RaftMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Fields;
  const { term, kind } = fields;
  if (!isCount(term) || term > 0x7fff_ffff) return undefined;
  switch (kind) {
    case "preVoteRequest":
    case "voteRequest": {
      const { lastEpoch, logEnd } = fields;
      if (!isCount(lastEpoch) || !isCount(logEnd)) return undefined;
      return { kind, term, lastEpoch, logEnd };
    }
    case "preVoteReply":
    case "voteReply":
      return typeof fields["granted"] === "boolean"
        ? { kind, term, granted: fields["granted"] }
        : undefined;
    case "append":
      return appendFrom(term, fields);
    case "appendReply": {
      const { round, accepted, end, epoch } = fields;
      if (!isCount(round) || !isCount(end) || !isEpoch(epoch)) return undefined;
      if (typeof accepted !== "boolean") return undefined;
      return { kind, term, round, accepted, end, epoch };
    }
    case "snapshotChunk":
    case "snapshotReply":
      return snapshotFrom(kind, term, fields);
    case "timeoutNow":
    case "resigned":
      return { kind, term };
    case "observe":
      return typeof fields["joins"] === "boolean" && areEndpoints(fields["endpoints"])
        ? { kind, term, joins: fields["joins"], endpoints: fields["endpoints"] }
        : undefined;
    case "leaderIs":
      return isCount(fields["leaderId"]) && areEndpoints(fields["endpoints"])
        ? { kind, term, leaderId: fields["leaderId"], endpoints: fields["endpoints"] }
        : undefined;
    default:
      return undefined;
  }
}

function appendFrom(term: number, fields: Fields): MessageOf<"append"> | undefined {
  const { round, from, prevEpoch, commitEnd, batches: blobs } = fields;
  if (!isCount(round) || !isCount(from) || !isCount(commitEnd) || !isEpoch(prevEpoch)) {
    return undefined;
  }
  if (!Array.isArray(blobs)) return undefined;
  const batches: RaftBatch[] = [];
  for (const blob of blobs as unknown[]) {
    const found = blob instanceof Uint8Array ? batchesFrom(blob) : undefined;
    if (found === undefined) return undefined;
    batches.push(...found);
  }
  return { kind: "append", term, round, from, prevEpoch, commitEnd, batches };
}

function snapshotFrom(
  kind: "snapshotChunk" | "snapshotReply",
  term: number,
  fields: Fields,
): RaftMessage | undefined {
  const { round, position, bytes, isLast } = fields;
  const snapshot = placeFrom(fields["snapshot"]);
  if (!isCount(round) || !isCount(position) || snapshot === undefined) return undefined;
  if (kind === "snapshotReply") return { kind, term, round, snapshot, position };
  if (!(bytes instanceof Uint8Array) || typeof isLast !== "boolean") return undefined;
  return { kind, term, round, snapshot, position, bytes, isLast };
}

function placeFrom(value: unknown): LogPlace | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { offset, epoch } = value as Fields;
  return isCount(offset) && isCount(epoch) ? { offset, epoch } : undefined;
}

function areEndpoints(value: unknown): value is Voter["endpoints"] {
  return Array.isArray(value) && value.length <= 1 && value.every((each) => isEndpoint(each));
}

function isEndpoint(value: unknown): value is Voter["endpoints"][number] {
  if (typeof value !== "object" || value === null) return false;
  const { name, host, port } = value as Fields;
  if (typeof name !== "string" || typeof host !== "string" || !isCount(port)) return false;
  return Object.keys(value).length === 3 && isWritableEndpoint({ name, host, port });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** -1 as well: not known. */
function isEpoch(value: unknown): value is number {
  return value === -1 || isCount(value);
}
