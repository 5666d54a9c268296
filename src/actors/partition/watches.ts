// Standing watches of parked fetches. A watcher is told once each time there is more to read than it
// was told last. What becomes visible during one run of the host is told in one message: the first
// advance asks for a turn of its own (`watchesDue`), and by then others may have joined it.
//
// No wake-up is lost: a watch that arrives late is told at once, and what a watcher was told last is
// kept here, not guessed from what it may have read.
//
// Lives on: anywhere (part of the partition actor).

import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ActorRef, Outbox, Protocol } from "../../runtime/actor.ts";
import type { FrontDoorProtocol } from "../front-door/messages.ts";
import type { VisibleEnd } from "./visible-end.ts";

export type Watcher = ActorRef<FrontDoorProtocol>;

type Watch = {
  readonly watchId: number;
  readonly watcher: Watcher;
  toldEnd: number;
  toldBytes: number;
};

/**
 * There is one watch per fetch session that names the partition. One more is refused: its watcher is
 * told at once, with an error that makes it answer its fetch now instead of parking it, so the
 * client falls back to polling.
 */
export const WATCHES_MAX = 10_000;

type Out = Pick<Outbox<Protocol>, "tell">;
type Names = { readonly topicId: string; readonly index: number };

export class Watches {
  private readonly out: Out;
  private readonly names: Names;
  private readonly watches = new Map<string, Watch>();

  constructor(out: Out, names: Names) {
    this.out = out;
    this.names = names;
  }

  get size(): number {
    return this.watches.size;
  }

  /** A watch of the same id is moved to `afterOffset`. */
  add(watchId: number, watcher: Watcher, afterOffset: number, visible: VisibleEnd): void {
    const key = keyOf(watchId, watcher);
    if (!this.watches.has(key) && this.watches.size >= WATCHES_MAX) {
      return this.refuse(watchId, watcher, ErrorCode.THROTTLING_QUOTA_EXCEEDED);
    }
    const toldBytes = visible.bytesAt(afterOffset);
    const watch = { watchId, watcher, toldEnd: afterOffset, toldBytes };
    this.watches.set(key, watch);
    this.tell(watch, visible);
  }

  remove(watchId: number, watcher: Watcher): void {
    this.watches.delete(keyOf(watchId, watcher));
  }

  /** Tells everybody who has not heard of the visible end yet. */
  tellAll(visible: VisibleEnd): void {
    for (const watch of this.watches.values()) this.tell(watch, visible);
  }

  /** The partition serves nobody any more. */
  endAll(errorCode: ErrorCode): void {
    for (const { watchId, watcher } of this.watches.values()) {
      this.refuse(watchId, watcher, errorCode);
    }
    this.watches.clear();
  }

  refuse(watchId: number, watcher: Watcher, errorCode: ErrorCode): void {
    const { topicId, index } = this.names;
    const args = { watchId, topicId, index, visibleEnd: -1, bytes: 0, errorCode };
    this.out.tell(watcher, "partitionReadable", args);
  }

  private tell(watch: Watch, visible: VisibleEnd): void {
    if (visible.offset <= watch.toldEnd) return;
    const { watchId, watcher } = watch;
    const { topicId, index } = this.names;
    const bytes = visible.bytes - watch.toldBytes;
    watch.toldEnd = visible.offset;
    watch.toldBytes = visible.bytes;
    const errorCode = ErrorCode.NONE;
    const visibleEnd = visible.offset;
    this.out.tell(watcher, "partitionReadable", {
      watchId,
      topicId,
      index,
      visibleEnd,
      bytes,
      errorCode,
    });
  }
}

function keyOf(watchId: number, watcher: Watcher): string {
  return `${watcher.key} ${watchId}`;
}
