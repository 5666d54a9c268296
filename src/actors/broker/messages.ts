// What a broker actor hears: the public face of actors/broker. One per host: it follows the metadata
// image, opens, configures, closes and removes the partitions placed on its host, keeps the log
// directory's checkpoints, and then lets the front door see the change.
//
// Lives on: anywhere (types and address helpers).

import type { ActorRef, Call, Cast } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataDelta, MetadataSnapshot } from "../../metadata/image.ts";

export const brokerKind = "broker";

export function brokerRef(hostIndex: number): ActorRef<BrokerProtocol> {
  return refTo(brokerKind, String(hostIndex));
}

export type BrokerActorSettings = {
  readonly nodeId: number;
  readonly config: BrokerSettings;
  readonly logDirectory: string;
  readonly cleanStart: boolean;
};

export type BrokerProtocol = {
  /** The whole image; `hostApplied` goes to the controller when the host has followed it. */
  imageReplaced: Cast<{ image: MetadataSnapshot }>;
  imageChanged: Cast<{ delta: MetadataDelta }>;
  /** Closes every partition of the host and writes the checkpoints. */
  drain: Call<{ withinMs: number }, { clean: boolean }>;
  /** Log directory facts for DescribeLogDirs. */
  describeLogDirectory: Call<
    Record<string, never>,
    { path: string; failed: boolean; totalBytes: number; freeBytes: number }
  >;
};
