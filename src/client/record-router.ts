// Sends records to a topic, whatever partition that comes to: by key, or without a key to one partition
// after the other. Asks how many partitions there are where that is not known.
//
// Lives on: anywhere (ports passed in).

import { fnv1a32 } from "../base/hash.ts";
import type { Cluster } from "./cluster.ts";
import { partitionOfKey, StickyPartitions } from "./partitioner.ts";
import type { Delivery, OutgoingRecord } from "./producer-batch.ts";
import type { Producer } from "./producer.ts";

type Routed = {
  readonly record: OutgoingRecord;
  /** `index`: the partition, -1 when it never came to one. */
  readonly delivered: (delivery: Delivery, index: number) => void;
};

export class RecordRouter {
  private readonly cluster: Cluster;
  private readonly producer: Producer;
  private readonly attemptsMax: number;
  private readonly sticky: StickyPartitions;
  /** Records of topics that are being asked for. */
  private readonly waiting = new Map<string, Routed[]>();

  constructor(cluster: Cluster, producer: Producer, attemptsMax = 10) {
    this.cluster = cluster;
    this.producer = producer;
    this.attemptsMax = attemptsMax;
    this.sticky = new StickyPartitions(fnv1a32(cluster.options.clientId));
  }

  send(topic: string, record: OutgoingRecord, delivered: Routed["delivered"]): void {
    const waiting = this.waiting.get(topic);
    if (waiting !== undefined) waiting.push({ record, delivered });
    else if (this.cluster.topic(topic) === undefined) this.ask(topic, [{ record, delivered }]);
    else this.route(topic, { record, delivered });
  }

  private route(topic: string, { record, delivered }: Routed): void {
    const partitionCount = this.cluster.topic(topic)!.partitions.size;
    const index =
      record.key === undefined || record.key === null
        ? this.sticky.pick(topic, partitionCount, (at) => this.producer.hasOpenBatch(topic, at))
        : partitionOfKey(record.key, partitionCount);
    this.producer.send(topic, index, record, (delivery) => delivered(delivery, index));
  }

  private ask(topic: string, waiting: Routed[], attempt = 1): void {
    this.waiting.set(topic, waiting);
    this.cluster.refresh([topic], () => {
      const isKnown = this.cluster.topic(topic) !== undefined;
      if (!isKnown && attempt < this.attemptsMax && !this.cluster.isClosed) {
        return this.cluster.backOff(attempt, () => this.ask(topic, waiting, attempt + 1));
      }
      this.waiting.delete(topic);
      for (const routed of waiting) {
        if (isKnown) this.route(topic, routed);
        else routed.delivered({ kind: "refused", code: `topic ${topic} is not known` }, -1);
      }
    });
  }
}
