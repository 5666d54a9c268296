// ControllerRegistration (key 70): a controller tells the active one its endpoints and features
// (KIP-919).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, message, string, uint16, uuid } from "../schema.ts";

export const ControllerRegistrationRequest = message(
  { name: "ControllerRegistrationRequest", apiKey: 70, versions: [0, 0], flexibleFrom: 0 },
  {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: boolean,
    listeners: arrayOf({
      name: string,
      host: string,
      port: uint16,
      /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
      securityProtocol: int16,
    }),
    features: arrayOf({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
);
export type ControllerRegistrationRequest = Infer<typeof ControllerRegistrationRequest>;

export const ControllerRegistrationResponse = message(
  { name: "ControllerRegistrationResponse", apiKey: 70, versions: [0, 0], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: string.nullable(),
  },
);
export type ControllerRegistrationResponse = Infer<typeof ControllerRegistrationResponse>;
