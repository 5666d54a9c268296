// Where a group consumer begins in the partitions it gets: at what the group has committed, else where
// `auto.offset.reset` says.
//
// Lives on: anywhere (ports passed in).

import { ErrorCode } from "../../protocol/error-codes.ts";
import { Admin } from "../admin.ts";
import { ClientError } from "../client-error.ts";
import type { Cluster } from "../cluster.ts";
import type { AssignedPartition, AssignedReader } from "./assigned-reader.ts";
import type { GroupOffsets } from "./group-offsets.ts";
import type { Identity } from "./membership.ts";
import { keyOf } from "./topic-partition.ts";

/** `by_duration`: the first record of so long ago, in ISO 8601, or the end (KIP-1106). */
export type OffsetReset = "earliest" | "latest" | "none" | `by_duration:${string}`;

const EARLIEST = -2;
const LATEST = -1;
/** Of ListOffsets: there is no such record. */
const NO_OFFSET = -1;
const BY_DURATION = "by_duration:";
/** As Java reads a duration that is not negative (`java.time.Duration.parse`). */
const DURATION = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{0,9})?)S)?)?$/i;

/** Undefined: not a duration. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? 0 : Number(part.replace(",", "."))));
  return Math.floor((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
}

/** What a reset leads to, as ListOffsets knows it; undefined: nowhere. */
type ResetTo = (nowMs: number) => number;

function resetTo(offsetReset: OffsetReset): ResetTo | undefined {
  if (offsetReset === "none") return undefined;
  if (offsetReset === "earliest") return () => EARLIEST;
  if (offsetReset === "latest") return () => LATEST;
  const agoMs = durationMs(offsetReset.slice(BY_DURATION.length));
  if (!offsetReset.startsWith(BY_DURATION) || agoMs === undefined) {
    throw new RangeError(`${offsetReset} is no place to begin at`);
  }
  return (nowMs) => Math.max(0, nowMs - agoMs);
}

type Owner = {
  identity(): Identity | undefined;
  failed(failure: ClientError): void;
};

export class StartPositions {
  private readonly cluster: Cluster;
  private readonly offsets: GroupOffsets;
  private readonly reader: AssignedReader;
  private readonly resetTo: ResetTo | undefined;
  private readonly owner: Owner;

  constructor(
    cluster: Cluster,
    offsets: GroupOffsets,
    reader: AssignedReader,
    offsetReset: OffsetReset,
    owner: Owner,
  ) {
    this.cluster = cluster;
    this.offsets = offsets;
    this.reader = reader;
    this.resetTo = resetTo(offsetReset);
    this.owner = owner;
  }

  /** Asked for until they are known, or the partitions are gone, or the application has sought. */
  find(partitions: readonly AssignedPartition[], attempt = 1): void {
    const open = partitions.filter((partition) => this.isOpen(partition));
    if (open.length === 0 || this.cluster.isClosed) return;
    this.offsets.committed(open, this.owner.identity(), (outcome) => {
      if (!outcome.ok) return this.cluster.backOff(attempt, () => this.find(open, attempt + 1));
      for (const partition of open) {
        const committed = outcome.value.get(keyOf(partition));
        if (!this.isOpen(partition)) continue;
        if (committed === undefined) this.reset(partition);
        else {
          partition.committed = committed.offset;
          this.reader.seek(partition, committed.offset, committed.leaderEpoch);
        }
      }
    });
  }

  /** There is nothing at the position, or no position. */
  reset(partition: AssignedPartition): void {
    const { position } = partition;
    if (this.resetTo === undefined) {
      const about = `${keyOf(partition)} at ${position ?? "no offset"}`;
      return this.owner.failed(new ClientError("refused", "NO_OFFSET", about));
    }
    // Of one moment, however often it is tried: nothing slips past meanwhile.
    this.seekTo(this.resetTo(this.cluster.ports.clock.wallMs()), partition, 1);
  }

  private seekTo(timestamp: number, partition: AssignedPartition, attempt: number): void {
    const { topic, partition: index, position } = partition;
    const again = (): void => {
      this.cluster.backOff(attempt, () => {
        const isWanted = this.isStill(partition, position);
        if (isWanted && !this.cluster.isClosed) this.seekTo(timestamp, partition, attempt + 1);
      });
    };
    new Admin(this.cluster).listOffset(topic, index, timestamp, (outcome) => {
      if (!this.isStill(partition, position)) return;
      if (outcome.ok && outcome.value.errorCode === ErrorCode.NONE) {
        const { offset } = outcome.value;
        if (offset === NO_OFFSET) return this.seekTo(LATEST, partition, attempt);
        return this.reader.seek(partition, offset);
      }
      this.cluster.refresh([topic], again);
    });
  }

  private isOpen(partition: AssignedPartition): boolean {
    return this.isStill(partition, undefined);
  }

  private isStill(partition: AssignedPartition, position: number | undefined): boolean {
    return this.reader.isHeld(partition) && partition.position === position;
  }
}
