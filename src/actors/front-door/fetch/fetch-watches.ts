// Standing watches on partitions, seen from the front door. A watch is set when a fetch parks, and
// stays while its session's fetches come and go: a partition with nothing new then costs no message
// at all, neither a read nor a watch, however often the client asks. A watch that fires while no
// fetch is parked is taken off, for a partition that is read all the time needs none.
//
// A watch ends with the partition's actor. One that is closed or removed says so; one whose host has
// died cannot, so a watch on another host counts for some seconds only and is then set again. Those of
// our own host end when we do.
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { Outbox } from "../../../runtime/actor.ts";
import type { FrontDoorProtocol } from "../messages.ts";
import { partitionRef, placePartition } from "../../partition/messages.ts";
import type { FetchPartition } from "./fetch-partition.ts";

type Readable = FrontDoorProtocol["partitionReadable"]["args"];
type Out = Pick<Outbox<FrontDoorProtocol>, "tell" | "self" | "hostIndex" | "hostCount">;

/** How long records may stay unnoticed after another host has died, at worst. */
const REMOTE_TRUST_MS = 5000;

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

  /** Whether we would have heard if there were more to read than when the partition was looked at. */
  stands(
    { watch }: FetchPartition,
    topicId: string,
    readCommitted: boolean,
    nowMs: number,
  ): boolean {
    return (
      watch !== undefined &&
      watch.topicId === topicId &&
      watch.readCommitted === readCommitted &&
      nowMs < watch.trustedUntilMs
    );
  }

  /** Makes sure that we hear when more can be read than up to the partition's fetch offset. */
  set(partition: FetchPartition, topicId: string, readCommitted: boolean, nowMs: number): void {
    const afterOffset = partition.position.fetchOffset;
    if (this.stands(partition, topicId, readCommitted, nowMs)) {
      if (partition.watch!.toldEnd === afterOffset) return;
    } else if (
      partition.watch?.topicId !== topicId ||
      partition.watch.readCommitted !== readCommitted
    ) {
      this.takeOff(partition);
    }
    const watchId = partition.watch?.watchId ?? this.#nextId++;
    const trustedUntilMs = nowMs + this.#trustMs(topicId, partition.index);
    partition.watch = { watchId, topicId, readCommitted, toldEnd: afterOffset, trustedUntilMs };
    this.#byId.set(watchId, partition);
    const ref = partitionRef(topicId, partition.index);
    const watcher = this.#out.self;
    this.#out.tell(ref, "watch", { watchId, watcher, afterOffset, readCommitted });
  }

  #trustMs(topicId: string, index: number): number {
    const { hostIndex, hostCount } = this.#out;
    const { key } = partitionRef(topicId, index);
    return placePartition(key, hostCount) === hostIndex ? Infinity : REMOTE_TRUST_MS;
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
