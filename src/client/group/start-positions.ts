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

export type OffsetReset = "earliest" | "latest" | "none";

const EARLIEST = -2;
const LATEST = -1;

type Owner = {
  identity(): Identity | undefined;
  failed(failure: ClientError): void;
};

export class StartPositions {
  private readonly cluster: Cluster;
  private readonly offsets: GroupOffsets;
  private readonly reader: AssignedReader;
  private readonly offsetReset: OffsetReset;
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
    this.offsetReset = offsetReset;
    this.owner = owner;
  }

  /** Asked for until they are known, or the partitions are gone, or the application has sought. */
  find(partitions: readonly AssignedPartition[], attempt = 1): void {
    const open = partitions.filter((partition) => this.isOpen(partition));
    if (open.length === 0 || this.cluster.isClosed) return;
    this.offsets.committed(open, this.owner.identity(), (outcome) => {
      if (!outcome.ok) return this.cluster.backOff(attempt, () => this.find(open, attempt + 1));
      for (const partition of open) {
        const committed = outcome.value.get(keyOf(partition))?.offset;
        if (!this.isOpen(partition)) continue;
        if (committed === undefined) this.reset(partition);
        else {
          partition.committed = committed;
          this.reader.seek(partition, committed);
        }
      }
    });
  }

  /** There is nothing at the position, or no position. */
  reset(partition: AssignedPartition, attempt = 1): void {
    const { topic, partition: index, position } = partition;
    if (this.offsetReset === "none") {
      const about = `${keyOf(partition)} at ${position ?? "no offset"}`;
      return this.owner.failed(new ClientError("refused", "NO_OFFSET", about));
    }
    const timestamp = this.offsetReset === "earliest" ? EARLIEST : LATEST;
    const again = (): void => {
      this.cluster.backOff(attempt, () => {
        const isWanted = this.isStill(partition, position);
        if (isWanted && !this.cluster.isClosed) this.reset(partition, attempt + 1);
      });
    };
    new Admin(this.cluster).listOffset(topic, index, timestamp, (outcome) => {
      if (!this.isStill(partition, position)) return;
      if (outcome.ok && outcome.value.errorCode === ErrorCode.NONE) {
        return this.reader.seek(partition, outcome.value.offset);
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
