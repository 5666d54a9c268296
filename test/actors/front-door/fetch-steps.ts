// What tests of fetches have in common: requests, and what puppets and clients saw of them.
//
// Lives on: tests.

import { FetchResponse } from "../../../src/protocol/messages/01-fetch.ts";
import type { FetchRequest } from "../../../src/protocol/messages/01-fetch.ts";
import type { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { Draft } from "../../../src/protocol/schema.ts";
import type { TestClient } from "./test-door.ts";
import { TestDoor, topicId, topicRecords } from "./test-door.ts";

export type Wanted = [index: number, fetchOffset: number, partitionMaxBytes?: number];
export type Options = Partial<Omit<Draft<typeof FetchRequest>, "topics">>;

export function fetchRequest(
  name: string,
  wanted: Wanted[],
  options: Options = {},
): Draft<typeof FetchRequest> {
  return {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1_000_000,
    ...options,
    topics: [
      {
        topic: name,
        partitions: wanted.map(([partition, fetchOffset, partitionMaxBytes = 1000]) => ({
          partition,
          fetchOffset,
          partitionMaxBytes,
        })),
      },
    ],
  };
}

export function door(partitions = 4): TestDoor {
  return new TestDoor({ records: topicRecords("a", partitions) });
}

export function asked(d: TestDoor): string[] {
  return d.asked("fetch").map(({ who, args }) => {
    const { fetchOffset, maxBytes, wholeFirstBatch } = args;
    const whole = wholeFirstBatch === true ? " whole" : "";
    return `${who.at(-1)}@${String(fetchOffset)} ${String(maxBytes)}${whole}`;
  });
}

/** What each partition of the response says: `index: error hw bytes`. */
export function told(client: TestClient, version = 12): string[] {
  const { responses } = client.take(FetchResponse, version);
  return responses.flatMap(({ partitions }) =>
    partitions.map(
      ({ partitionIndex, errorCode, highWatermark, records }) =>
        `${partitionIndex}: ${errorCode} ${highWatermark} ${records?.length}`,
    ),
  );
}

export function watches(d: TestDoor) {
  return d.harness
    .take()
    .filter(({ message }) => message === "watch" || message === "unwatch")
    .map(({ message, who, args }) => ({ message, index: Number(who.at(-1)), args }));
}

export function readable(
  d: TestDoor,
  watchId: unknown,
  index: number,
  visibleEnd: number,
  bytes: number,
  errorCode: ErrorCode = 0,
): void {
  d.readable({
    watchId: watchId as number,
    topicId: topicId("a"),
    index,
    visibleEnd,
    bytes,
    errorCode,
  });
}
