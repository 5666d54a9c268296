// franz-go (bench/load, Go): 100,000 numbered records with the client's defaults to six partitions,
// read back by assignment and compared byte for byte; then every codec, every acks.

import { load } from "../../bench/load.ts";
import type { Verified } from "../../bench/load.ts";
import { against, freshName } from "./harness.ts";

await against(async (checks, bootstrap) => {
  const verify = async (options: Record<string, string | number>): Promise<string> => {
    const topic = freshName("franz");
    await load("create", bootstrap, { topic, partitions: 6 });
    const result = await load<Verified>("verify", bootstrap, { topic, ...options });
    if (result.acked !== result.read) throw new Error(JSON.stringify(result));
    return `${result.acked} acked, ${result.read} read`;
  };
  await checks.check("100,000 records", () => verify({ records: 100_000 }));
  for (const codec of ["gzip", "snappy", "lz4", "zstd"]) {
    await checks.check(`50,000 records, ${codec}`, () => verify({ records: 50_000, codec }));
  }
  for (const acks of ["1", "0"]) {
    await checks.check(`50,000 records, acks ${acks}`, () =>
      verify({ records: 50_000, acks, inflight: 1 }),
    );
  }
  await checks.check("10,000 records of 10 KiB", () =>
    verify({ records: 10_000, recordBytes: 10_240 }),
  );
  await checks.check("100 records of 900 KB", () => verify({ records: 100, recordBytes: 900_000 }));
});
