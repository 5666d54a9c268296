// DescribeLogDirs (key 35).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string } from "../schema.ts";

export const DescribeLogDirsRequest = message(
  { name: "DescribeLogDirsRequest", apiKey: 35, versions: [1, 5], flexibleFrom: 2 },
  {
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
          offsetLag: int64,
          isFutureKey: boolean,
        }),
      }),
      totalBytes: int64.from(4).orElse(-1).ignorable(),
      usableBytes: int64.from(4).orElse(-1).ignorable(),
      isCordoned: boolean.from(5).orElse(false).ignorable(),
    }),
  },
);
export type DescribeLogDirsResponse = Infer<typeof DescribeLogDirsResponse>;
