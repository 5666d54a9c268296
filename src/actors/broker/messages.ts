// What a broker actor hears: the public face of actors/broker. One per host: it follows the metadata
// image, opens, configures, closes and removes the partitions placed on its host, keeps the log
// directory's checkpoints, and then lets the front door see the change.
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import type { BrokerSettings } from "../../config/broker-config.ts";
import type { MetadataDelta, MetadataSnapshot } from "../../metadata/image.ts";
import type { ActorRef, Call, Cast } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { LogDirectoryFacts } from "../log-directory/messages.ts";
import type { PartitionCheckpoint } from "../partition/messages.ts";

export const brokerKind = "broker";

export function brokerRef(hostIndex: number): ActorRef<BrokerProtocol> {
  return refTo(brokerKind, String(hostIndex));
}

export type BrokerActorSettings = {
  readonly nodeId: number;
  readonly config: BrokerSettings;
  readonly directories: readonly LogDirectoryFacts[];
};

/** What the checkpoint files say of one partition directory (`<topic>-<index>`). */
export type DirectoryCheckpoint = PartitionCheckpoint & { readonly directory: string };

export type LogDirectoryDescription = {
  readonly path: string;
  readonly failed: boolean;
  /** -1: not known. */
  readonly totalBytes: number;
  readonly freeBytes: number;
};

export type BrokerProtocol = {
  /** The whole image; `hostApplied` goes to the controller when the host has followed it. */
  imageReplaced: Cast<{ image: MetadataSnapshot }>;
  imageChanged: Cast<{ delta: MetadataDelta }>;
  /** Nobody is to wait in a group any more: the front door wants to close its connections. */
  drainCoordinators: Cast<Record<string, never>>;
  /**
   * Closes every partition of the host and writes the checkpoints. `notClean`: data directories in
   * which that did not succeed.
   */
  drain: Call<{ withinMs: number }, { notClean: readonly string[] }>;
  /** For DescribeLogDirs. */
  describeLogDirectories: Call<
    Record<string, never>,
    { directories: readonly LogDirectoryDescription[] }
  >;

  /** Answered when the checkpoint files of a data directory hold what the host's partitions know now. */
  writeCheckpoints: Call<{ logDirectory: string }, Outcome<null>>;
  /** A partition met a fault of its device: it may be the whole directory that has failed. */
  deviceFailed: Cast<{ logDirectory: string }>;

  // Between the brokers of one node's hosts. A data directory has one set of checkpoint files, and the
  // broker of host 0 writes them.

  /** All that a host knows of its partitions; answered when the files hold it. */
  reportCheckpoints: Call<
    { hostIndex: number; logDirectory: string; checkpoints: readonly DirectoryCheckpoint[] },
    Outcome<null>
  >;
  /**
   * Asked before directories are made: answered when no file says anything of these names any more,
   * so that what was true of a deleted topic is never taken for a fact about its successor.
   */
  forgetCheckpoints: Call<{ logDirectory: string; directories: readonly string[] }, Outcome<null>>;
  /** Nothing in that data directory is to be written any more. */
  directoryFailed: Cast<{ logDirectory: string; detail: string }>;
  /**
   * Asks the host that owned a topic id's partition to get a directory of it out of the way. `refused`
   * while its partition is still open; `EEXIST` when it will stay so: the asker's image, of `asOf`, is the
   * older one, and it is the asker's own topic that is gone.
   */
  retireDirectory: Call<
    { logDirectory: string; directory: string; topicId: string; index: number; asOf: number },
    Outcome<null>
  >;
};
