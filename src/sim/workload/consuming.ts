// A client that reads all partitions, each from an offset of its own, and has every byte checked.
//
// Lives on: the simulator's thread.

import { Admin } from "../../client/admin.ts";
import { Fetcher } from "../../client/fetcher.ts";
import type { Fetched, FetcherOptions } from "../../client/fetcher.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import { checkFetchedBytes, offsetBehind } from "../checkers/fetched-bytes.ts";
import type { LoggedRecord } from "../checkers/fetched-bytes.ts";
import { WatermarkChecker } from "../checkers/watermarks.ts";
import type { SimClient } from "./sim-client.ts";

const EARLIEST = -2;
const LATEST = -1;

export class Consuming {
  private readonly client: SimClient;
  private readonly marks: WatermarkChecker;
  private readonly admin: Admin;
  private readonly fetcher: Fetcher;
  private readonly heard: ((fetched: Fetched, records: LoggedRecord[]) => void) | undefined;

  /** `heard`: what came of each fetch, after it has been checked. */
  constructor(
    client: SimClient,
    options: FetcherOptions,
    heard?: (fetched: Fetched, records: LoggedRecord[]) => void,
  ) {
    this.client = client;
    this.heard = heard;
    this.marks = new WatermarkChecker(client.stage.verdict, client.name);
    this.admin = new Admin(client.cluster);
    this.fetcher = new Fetcher(client.cluster, options, (fetched) => this.fetched(fetched));
  }

  start(offsetFor: (topic: string, index: number) => number | "earliest" | "latest"): void {
    const { topics } = this.client.stage;
    this.client.learn(() => {
      for (const { name, partitions } of topics) {
        for (let index = 0; index < partitions; index++) {
          const offset = offsetFor(name, index);
          if (offset === "earliest") this.startAt(name, index, EARLIEST);
          else if (offset === "latest") this.startAt(name, index, LATEST);
          else this.fetcher.assign(name, index, offset);
        }
      }
    });
  }

  close(): void {
    this.fetcher.close();
  }

  private startAt(topic: string, index: number, timestamp: number): void {
    this.admin.listOffset(topic, index, timestamp, (outcome) => {
      if (outcome.ok && outcome.value.errorCode === ErrorCode.NONE) {
        this.fetcher.assign(topic, index, outcome.value.offset);
      } else {
        this.client.clock.startTimer(100, () => this.startAt(topic, index, timestamp));
      }
    });
  }

  private fetched(fetched: Fetched): number | undefined {
    const { topic, index, fetchOffset, errorCode, highWatermark, logStartOffset } = fetched;
    const { verdict, history } = this.client.stage;
    if (history.promiseOf(topic) === undefined) return undefined;
    const partition = history.partition(topic, index);
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      const { deletableUpTo, promise, lossGeneration } = partition;
      const excuse = fetchOffset < deletableUpTo || promise.mayExpire || lossGeneration > 0;
      verdict.hold(excuse, "an offset once reached stays in range", () => {
        return `${partition.name}: ${this.client.name} cannot read offset ${fetchOffset}`;
      });
      this.startAt(topic, index, EARLIEST);
      return undefined;
    }
    if (errorCode !== ErrorCode.NONE) return fetchOffset;
    const marks = { highWatermark, logStartOffset };
    this.marks.heard(partition, marks, this.client.stage.deaths());
    const records = checkFetchedBytes(verdict, history, partition, fetched);
    this.heard?.(fetched, records);
    // Behind the last batch, not the last record: compaction may have left no more than its header.
    return offsetBehind(fetched.records) ?? fetchOffset;
  }
}
