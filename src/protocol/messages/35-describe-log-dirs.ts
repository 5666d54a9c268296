// DescribeLogDirs (key 35): log directories of a broker and what lies in them.
//
// v2 flexible; v3 an error for the whole answer; v4 size and free space of the volume; v5 cordoned
// directories (KIP-1066).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeLogDirsRequest = message(
  { name: "DescribeLogDirsRequest", apiKey: 35, versions: [1, 5], flexibleFrom: 2 },
  {
    /** null: all. */
    topics: arrayOf({
      topic: string,
      partitions: arrayOf(int32),
    }).nullable(),
  },
);
export type DescribeLogDirsRequest = Infer<typeof DescribeLogDirsRequest>;

export const DescribeLogDirsResponse = message(
  { name: "DescribeLogDirsResponse", apiKey: 35, versions: [1, 5], flexibleFrom: 2 },
  {
    throttleTimeMs: int32,
    errorCode: int16.from(3).ignorable(),
    results: arrayOf({
      errorCode: int16,
      logDir: string,
      topics: arrayOf({
        name: string,
        partitions: arrayOf({
          partitionIndex: int32,
          partitionSize: int64,
          /** How far a replica that is being moved is behind the one in use. */
          offsetLag: int64,
          /** The replica is being moved here and not in use yet. */
          isFutureKey: boolean,
        }),
      }),
      /** Of the volume; -1: not known. */
      totalBytes: int64.from(4).orElse(-1).ignorable(),
      usableBytes: int64.from(4).orElse(-1).ignorable(),
      isCordoned: boolean.from(5).orElse(false).ignorable(),
    }),
  },
);
export type DescribeLogDirsResponse = Infer<typeof DescribeLogDirsResponse>;
