// What the log-directory actor hears: the public face of actors/log-directory. It lives on host 0 and
// keeps what the data directories tell of themselves: whose they are, whether the last stop was clean, and
// what a node before this one has left in it.
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import type { ConfigValues } from "../../metadata/image.ts";
import type { ActorRef, Call } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";

export const logDirectoryKind = "log-directory";

export function logDirectoryRef(): ActorRef<LogDirectoryProtocol> {
  return refTo(logDirectoryKind, "0");
}

export type LogDirectoryFacts = {
  readonly path: string;
  /** "": it could not be read. */
  readonly directoryId: string;
  /** The node stopped in good order; the mark has been taken away for this run. */
  readonly cleanStart: boolean;
  /** Why nothing in it is served; null: it is. */
  readonly failure: string | null;
};

export type DirectoryFacts = {
  readonly clusterId: string;
  /** The node's own: of the first directory. */
  readonly directoryId: string;
  /** Of all directories. */
  readonly cleanStart: boolean;
  readonly directories: readonly LogDirectoryFacts[];
};

/** A topic that another Kafka has written. */
export type FoundTopic = {
  readonly name: string;
  /** Null when nobody tells. */
  readonly topicId: string | null;
  readonly partitionCount: number;
  /** The latest leader epoch that Kafka's metadata or any of its logs know; -1 when none is known. */
  readonly latestLeaderEpoch: number;
  /** Null: what it was configured to is not known. */
  readonly configs: ConfigValues | null;
};

/** What Kafka's metadata log says besides topics. */
export type FoundCluster = {
  /** The finalized level of `metadata.version`; null when there is none. */
  readonly metadataVersion: number | null;
  /** Below it all producer ids may be in use. */
  readonly nextProducerId: number;
  /** Dynamic configs of this broker, and those of all brokers. */
  readonly ownConfigs: ConfigValues;
  readonly allBrokersConfigs: ConfigValues;
};

export type Stock = {
  readonly topics: readonly FoundTopic[];
  /** Null when there is no metadata log of Kafka's that can be used. */
  readonly cluster: FoundCluster | null;
};

export type NewIdentity = {
  readonly nodeId: number;
  /** Of a directory that is new; null: any. */
  readonly clusterId: string | null;
  /** A directory of another cluster is refused. */
  readonly isNamed: boolean;
  /** A new directory may be of a new cluster. */
  readonly begins: boolean;
};

export type LogDirectoryProtocol = {
  /** `refused` with one clear sentence when the directory is another node's or unreadable. */
  /** `clusterId`: of a directory that is new; null: any. */
  prepare: Call<NewIdentity, Outcome<DirectoryFacts>>;
  /** What there is to take over: asked when the metadata log of this node knows of no cluster yet. */
  takeStock: Call<{ nodeId: number }, Outcome<Stock>>;
  /** After everything else has been closed cleanly; `except`: what is in these has not been. */
  markClean: Call<{ except: readonly string[] }, Outcome<null>>;
};
