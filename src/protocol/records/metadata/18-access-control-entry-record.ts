// AccessControlEntryRecord (metadata log, type 18): an access rule was added.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { int8, message, string, uuid } from "../../schema.ts";

export const AccessControlEntryRecord = message(
  { name: "AccessControlEntryRecord", apiKey: 18, versions: [0, 0], flexibleFrom: 0 },
  {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
);
export type AccessControlEntryRecord = Infer<typeof AccessControlEntryRecord>;
