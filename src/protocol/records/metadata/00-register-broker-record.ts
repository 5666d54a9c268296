// RegisterBrokerRecord (metadata log, type 0): a broker registered, in a new broker epoch.
//
// v1 controlled shutdown; v2 migration from ZooKeeper; v3 log directories (KIP-858); v4 cordoned
// directories (KIP-1066).
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import {
  arrayOf,
  boolean,
  int16,
  int32,
  int64,
  message,
  string,
  uint16,
  uuid,
} from "../../schema.ts";

export const RegisterBrokerRecord = message(
  { name: "RegisterBrokerRecord", apiKey: 0, versions: [0, 4], flexibleFrom: 0 },
  {
    brokerId: int32,
    isMigratingZkBroker: boolean.from(2).orElse(false),
    incarnationId: uuid,
    brokerEpoch: int64,
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
    rack: string.nullable(),
    fenced: boolean.orElse(true),
    inControlledShutdown: boolean.from(1).orElse(false),
    logDirs: arrayOf(uuid).from(3).tagged(0),
    cordonedLogDirs: arrayOf(uuid).from(4).nullable().tagged(1).orElse(null),
  },
);
export type RegisterBrokerRecord = Infer<typeof RegisterBrokerRecord>;
