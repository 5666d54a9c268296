// RegisterControllerRecord (metadata log, type 27): endpoints and features of a controller
// (KIP-919).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, uint16, uuid } from "../../schema.ts";

export const RegisterControllerRecord = message(
  { name: "RegisterControllerRecord", apiKey: 27, versions: [0, 0], flexibleFrom: 0 },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: boolean,
    endPoints: arrayOf({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: arrayOf({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
);
export type RegisterControllerRecord = Infer<typeof RegisterControllerRecord>;
