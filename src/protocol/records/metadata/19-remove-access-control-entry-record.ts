// RemoveAccessControlEntryRecord (metadata log, type 19): an access rule was removed.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, uuid } from "../../schema.ts";

export const RemoveAccessControlEntryRecord = message(
  { name: "RemoveAccessControlEntryRecord", apiKey: 19, versions: [0, 0], flexibleFrom: 0 },
  {
    id: uuid,
  },
);
export type RemoveAccessControlEntryRecord = Infer<typeof RemoveAccessControlEntryRecord>;
