// KRaftVersionRecord: the finalized kraft.version, as a control record of the Raft log (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, message } from "../../schema.ts";

export const KRaftVersionRecord = message(
  { name: "KRaftVersionRecord", apiKey: -1, versions: [0, 0], flexibleFrom: 0 },
  {
    version: int16,
    kRaftVersion: int16,
  },
);
export type KRaftVersionRecord = Infer<typeof KRaftVersionRecord>;
