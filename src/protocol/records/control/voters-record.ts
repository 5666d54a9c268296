// VotersRecord: the whole voter set, as a control record of the Raft log (KIP-853).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int16, int32, message, string, struct, uint16, uuid } from "../../schema.ts";

export const VotersRecord = message(
  { name: "VotersRecord", apiKey: -1, versions: [0, 0], flexibleFrom: 0 },
  {
    version: int16,
    voters: arrayOf({
      voterId: int32,
      voterDirectoryId: uuid,
      endpoints: arrayOf({
        name: string,
        host: string,
        port: uint16,
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16,
        maxSupportedVersion: int16,
      }),
    }),
  },
);
export type VotersRecord = Infer<typeof VotersRecord>;
