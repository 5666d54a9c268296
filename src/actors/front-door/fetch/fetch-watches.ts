// Standing watches on partitions, seen from the front door. A watch is set when a fetch parks, and
// stays while its session's fetches come and go: a partition with nothing new then costs no message
// at all, neither a read nor a watch, however often the client asks. A watch that fires while no
// fetch is parked is taken off, for a partition that is read all the time needs none.
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { Outbox } from "../../../runtime/actor.ts";
import type { FrontDoorProtocol } from "../messages.ts";
import { partitionRef } from "../../partition/messages.ts";
import type { FetchPartition } from "./fetch-partition.ts";

type Readable = FrontDoorProtocol["partitionReadable"]["args"];
type Out = Pick<Outbox<FrontDoorProtocol>, "tell" | "self">;

export class FetchWatches {
  readonly #out: Out;
  readonly #byId = new Map<number, FetchPartition>();
  #nextId = 1;

  constructor(out: Out) {
    this.#out = out;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Makes sure that we hear when more can be read than up to the partition's fetch offset. */
  set(partition: FetchPartition, topicId: string, readCommitted: boolean): void {
    const afterOffset = partition.position.fetchOffset;
    const standing = partition.watch;
    if (standing?.topicId === topicId && standing.readCommitted === readCommitted) {
      if (standing.toldEnd === afterOffset) return;
      standing.toldEnd = afterOffset;
    } else {
      this.takeOff(partition);
      const watchId = this.#nextId++;
      partition.watch = { watchId, topicId, readCommitted, toldEnd: afterOffset };
      this.#byId.set(watchId, partition);
    }
    this.#out.tell(partitionRef(topicId, partition.index), "watch", {
      watchId: partition.watch!.watchId,
      watcher: this.#out.self,
      afterOffset,
      readCommitted,
    });
  }

  takeOff(partition: FetchPartition): void {
    const { watch } = partition;
    if (watch === undefined) return;
    this.#forget(partition);
    const { watchId, topicId } = watch;
    const ref = partitionRef(topicId, partition.index);
    this.#out.tell(ref, "unwatch", { watchId, watcher: this.#out.self });
  }

  onReadable({ watchId, visibleEnd, bytes, errorCode }: Readable): void {
    const partition = this.#byId.get(watchId);
    // A watch taken off a moment ago may still be heard of.
    if (partition?.watch === undefined) return;
    if (errorCode !== ErrorCode.NONE) {
      // The partition has dropped the watch by itself; reading it will tell the client why.
      this.#forget(partition);
      partition.parked?.answerNow();
      return;
    }
    partition.watch.toldEnd = visibleEnd;
    // What a read has shown already is no news.
    if (visibleEnd <= partition.visibleEnd) return;
    partition.visibleEnd = visibleEnd;
    if (partition.parked === undefined) this.takeOff(partition);
    else partition.parked.readable(Math.min(bytes, partition.position.maxBytes));
  }

  #forget(partition: FetchPartition): void {
    if (partition.watch !== undefined) this.#byId.delete(partition.watch.watchId);
    partition.watch = undefined;
    partition.visibleEnd = -1;
  }
}
