// Reads assigned partitions as one stream of records, in order per partition. Fetches run ahead of the
// reader up to a bound; a partition whose answer was taken waits while the bound is passed.
//
// Lives on: anywhere (ports passed in).

import { describeError, ErrorCode } from "../protocol/error-codes.ts";
import { ClientError } from "./client-error.ts";
import type { Cluster } from "./cluster.ts";
import type { FetchedRecord } from "./fetched-records.ts";
import { readFetched } from "./fetched-records.ts";
import type { Fetched, FetcherOptions } from "./fetcher.ts";
import { Fetcher } from "./fetcher.ts";

export type Assignment = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};
export type ConsumedRecord = FetchedRecord & { readonly topic: string; readonly partition: number };

/** One answer, decoded. `bytes`: what it took on the wire. */
type Read = { readonly records: readonly ConsumedRecord[]; readonly bytes: number };

const BUFFERED_BYTES_MAX = 32 * 1024 * 1024;

export class Consumer implements AsyncIterable<ConsumedRecord> {
  private readonly fetcher: Fetcher;
  private readonly read: Read[] = [];
  private readonly paused: Assignment[] = [];
  private bufferedBytes = 0;
  private failure: ClientError | undefined;
  private isClosed = false;
  private wake: (() => void) | undefined;

  private readonly closed: () => void;

  /** `closed` hears when it is. */
  constructor(
    cluster: Cluster,
    assignments: readonly Assignment[],
    options: FetcherOptions,
    closed: () => void = () => {},
  ) {
    this.closed = closed;
    this.fetcher = new Fetcher(cluster, options, (fetched) => this.take(fetched));
    for (const { topic, partition, offset } of assignments) {
      this.fetcher.assign(topic, partition, offset);
    }
  }

  /** The records of one answer; `undefined` once it is closed. Rejects for what no retry mends. */
  async next(): Promise<readonly ConsumedRecord[] | undefined> {
    for (;;) {
      const first = this.read.shift();
      if (first !== undefined) return this.handOver(first);
      if (this.failure !== undefined) throw this.failure;
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ConsumedRecord> {
    try {
      for (;;) {
        const records = await this.next();
        if (records === undefined) return;
        yield* records;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.fetcher.close();
    this.closed();
    this.wake?.();
  }

  /** Where to go on; `undefined`: not before the reader has caught up. */
  private take(fetched: Fetched): number | undefined {
    const { topic, index: partition, fetchOffset, errorCode, records } = fetched;
    if (errorCode !== ErrorCode.NONE) return this.takeError(fetched);
    const { nextOffset, damaged, records: views } = readFetched(records, fetchOffset);
    if (damaged) {
      const about = `${topic}-${partition} at offset ${nextOffset}`;
      return this.fail(new ClientError("refused", "CORRUPT_MESSAGE", about));
    }
    const bytes = records.byteLength;
    this.read.push({ records: views.map((view) => ({ ...view, topic, partition })), bytes });
    this.bufferedBytes += bytes;
    this.wake?.();
    if (this.bufferedBytes < BUFFERED_BYTES_MAX) return nextOffset;
    this.paused.push({ topic, partition, offset: nextOffset });
    return undefined;
  }

  /** The fetcher asks again after what is retriable. */
  private takeError({ topic, index, errorCode, fetchOffset }: Fetched): number | undefined {
    const { name, retriable } = describeError(errorCode);
    if (retriable) return fetchOffset;
    return this.fail(new ClientError("refused", name, `${topic}-${index} at ${fetchOffset}`));
  }

  private fail(failure: ClientError): undefined {
    this.failure ??= failure;
    this.wake?.();
  }

  private handOver({ records, bytes }: Read): readonly ConsumedRecord[] {
    this.bufferedBytes -= bytes;
    if (this.bufferedBytes < BUFFERED_BYTES_MAX / 2) {
      for (const { topic, partition, offset } of this.paused.splice(0)) {
        this.fetcher.assign(topic, partition, offset);
      }
    }
    return records;
  }
}
