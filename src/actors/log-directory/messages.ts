// What the log-directory actor hears: the public face of actors/log-directory. It lives on host 0 and
// keeps what the data directory tells of itself: whose it is, whether the last stop was clean, and
// which topics lie in it.
//
// Lives on: anywhere (types and address helpers).

import type { Outcome } from "../../base/outcome.ts";
import type { ActorRef, Call } from "../../runtime/actor.ts";
import { refTo } from "../../runtime/actor.ts";
import type { FoundTopic } from "../controller/messages.ts";

export const logDirectoryKind = "log-directory";

export function logDirectoryRef(): ActorRef<LogDirectoryProtocol> {
  return refTo(logDirectoryKind, "0");
}

export type DirectoryFacts = {
  readonly clusterId: string;
  readonly directoryId: string;
  /** The node stopped in good order; the mark has been taken away for this run. */
  readonly cleanStart: boolean;
  readonly foundTopics: readonly FoundTopic[];
};

export type LogDirectoryProtocol = {
  /** `refused` with one clear sentence when the directory is another node's or unreadable. */
  prepare: Call<{ nodeId: number }, Outcome<DirectoryFacts>>;
  /** After everything else has been closed cleanly. */
  markClean: Call<Record<string, never>, Outcome<null>>;
};
