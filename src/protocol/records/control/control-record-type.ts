// ControlRecordTypeSchema, the key of a control record.
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
