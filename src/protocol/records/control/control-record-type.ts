// ControlRecordType: the key of every control record; it says what the value is.
//
// 0 abort, 1 commit (values: EndTxnMarker); 2 leader change, 3 snapshot header, 4 snapshot footer,
// 5 KRaft version, 6 voters.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int16, message } from "../../schema.ts";

export const ControlRecordTypeSchema = message(
  { name: "ControlRecordTypeSchema", apiKey: -1, versions: [0, 0], flexibleFrom: Infinity },
  {
    type: int16,
  },
);
export type ControlRecordTypeSchema = Infer<typeof ControlRecordTypeSchema>;
