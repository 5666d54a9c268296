// Rules that let everything through but what a test is about.

import type { ProduceRules } from "../../../src/protocol/record-batch.ts";

export const NOW_MS = 1_700_000_000_000;

export function rulesOf(changes: Partial<ProduceRules> = {}): ProduceRules {
  return {
    maxMessageBytes: 2 ** 30,
    segmentBytes: 2 ** 30,
    compacted: false,
    timestampType: "CreateTime",
    beforeMaxMs: Number.MAX_SAFE_INTEGER,
    afterMaxMs: 3_600_000,
    nowMs: NOW_MS,
    zstdAllowed: true,
    inflatedBytesMax: 2 ** 26,
    ...changes,
  };
}
