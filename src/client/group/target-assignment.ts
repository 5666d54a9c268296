// What a member of the consumer protocol is to own, as the coordinator last said: topics by id, whose
// names may have to be asked for first.
//
// Lives on: anywhere (ports passed in).

import type { Cluster } from "../cluster.ts";
import type { TopicPartition } from "./topic-partition.ts";
import { flattened } from "./topic-partition.ts";

type ById = readonly { readonly topicId: string; readonly partitions: readonly number[] }[];

const AGAIN_MS = 200;

export class TargetAssignment {
  private readonly cluster: Cluster;
  private readonly learnt: () => void;
  private told: ById = [];
  private isTaken = true;
  private isAsking = false;

  /** `learnt` hears when names of topics have become known. */
  constructor(cluster: Cluster, learnt: () => void) {
    this.cluster = cluster;
    this.learnt = learnt;
  }

  /** It has not been taken, or not as a whole. */
  get isOpen(): boolean {
    return !this.isTaken;
  }

  set(told: ById): void {
    this.told = told;
    this.isTaken = false;
  }

  forget(): void {
    this.told = [];
    this.isTaken = true;
  }

  /** All of it that has a name by now; undefined when there is nothing new. */
  take(): readonly TopicPartition[] | undefined {
    if (this.isTaken) return undefined;
    const isWhole = this.told.every(({ topicId }) => this.nameOf(topicId) !== undefined);
    this.isTaken = isWhole;
    if (!isWhole && !this.isAsking) this.ask();
    return isWhole ? this.known() : undefined;
  }

  /** It was taken and has yet to be carried out. */
  putBack(): void {
    this.isTaken = false;
  }

  known(): readonly TopicPartition[] {
    return flattened(
      this.told.flatMap(({ topicId, partitions }) => {
        const topic = this.nameOf(topicId);
        return topic === undefined ? [] : [{ topic, partitions }];
      }),
    );
  }

  private nameOf(topicId: string): string | undefined {
    return this.cluster.topicNames().find((name) => this.cluster.topic(name)?.topicId === topicId);
  }

  private ask(): void {
    this.isAsking = true;
    this.cluster.refresh(null, () => {
      this.cluster.ports.clock.startTimer(AGAIN_MS, () => {
        this.isAsking = false;
        if (!this.cluster.isClosed) this.learnt();
      });
    });
  }
}
