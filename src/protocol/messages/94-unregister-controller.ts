// UnregisterController (key 94): a controller that will not come back is forgotten.
//
// New in Kafka 4.4, which had not been released when this was declared.
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { int16, int32, message, string } from "../schema.ts";

export const UnregisterControllerRequest = message(
  { name: "UnregisterControllerRequest", apiKey: 94, versions: [0, 0], flexibleFrom: 0 },
  {
    controllerId: int32,
  },
);
export type UnregisterControllerRequest = Infer<typeof UnregisterControllerRequest>;

export const UnregisterControllerResponse = message(
  { name: "UnregisterControllerResponse", apiKey: 94, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
  },
);
export type UnregisterControllerResponse = Infer<typeof UnregisterControllerResponse>;
