// BrokerRegistration (key 62): a broker joins the cluster (KIP-631).
//
// v1 migration from ZooKeeper; v2 log directories (KIP-858); v3 the epoch before a restart
// (KIP-966); v4 lets a feature begin at level 0 (KAFKA-17011).
//
// Lives on: anywhere.

import type { Infer } from "../schema.ts";
import { arrayOf, boolean, int16, int32, int64, message, string, uint16, uuid } from "../schema.ts";

export const BrokerRegistrationRequest = message(
  { name: "BrokerRegistrationRequest", apiKey: 62, versions: [0, 4], flexibleFrom: 0 },
  {
    brokerId: int32,
    clusterId: string,
    incarnationId: uuid,
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
    rack: string.nullable(),
    isMigratingZkBroker: boolean.from(1).orElse(false),
    logDirs: arrayOf(uuid).from(2).ignorable(),
    /** That of its last clean shutdown; -1: none (KIP-966). */
    previousBrokerEpoch: int64.from(3).orElse(-1).ignorable(),
  },
);
export type BrokerRegistrationRequest = Infer<typeof BrokerRegistrationRequest>;

export const BrokerRegistrationResponse = message(
  { name: "BrokerRegistrationResponse", apiKey: 62, versions: [0, 4], flexibleFrom: 0 },
  {
    throttleTimeMs: int32,
    errorCode: int16,
    brokerEpoch: int64.orElse(-1),
  },
);
export type BrokerRegistrationResponse = Infer<typeof BrokerRegistrationResponse>;
