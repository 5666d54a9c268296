// A client that produces: bursts of records to random partitions, each settled once by the producer
// library. A quiet client sends nothing new and waits for what is under way.
//
// Lives on: the simulator's thread.

import { Producer } from "../../client/producer.ts";
import type { ProducerOptions } from "../../client/producer.ts";
import type { Delivery } from "../../client/producer-batch.ts";
import { describeError } from "../../protocol/error-codes.ts";
import { checkPlace } from "../checkers/fetched-bytes.ts";
import type { Send } from "../history.ts";
import type { SimClient } from "./sim-client.ts";

export type ProducingOptions = Required<ProducerOptions> & {
  readonly meanPauseMs: number;
  readonly burstMax: number;
  readonly underWayMax: number;
};

export class Producing {
  quiet = false;
  underWay = 0;
  private readonly client: SimClient;
  private readonly options: ProducingOptions;
  private readonly producer: Producer;

  constructor(client: SimClient, options: ProducingOptions) {
    this.client = client;
    this.options = options;
    this.producer = new Producer(client.cluster, options);
    client.life.onEnd(() => (this.underWay = 0));
    client.learn(() =>
      client.every(options.meanPauseMs, () => {
        if (!this.quiet) this.burst();
      }),
    );
  }

  private burst(): void {
    const { prng, stage } = this.client;
    const topic = prng.pick(stage.topics);
    const index = prng.below(topic.partitions);
    for (let count = prng.between(1, this.options.burstMax); count > 0; count--) {
      if (this.underWay >= this.options.underWayMax) return;
      this.send(topic.name, index);
    }
  }

  /** One record, now. */
  send(topic: string, index: number, size: "any" | "small" = "any"): Send {
    const { client, options } = this;
    const { history, verdict } = client.stage;
    const { idempotent, acks } = options;
    const from = { name: client.name, idempotent, acks };
    const send = history.newSend({ topic, index }, from, client.clock.wallMs(), size);
    const partition = history.partition(topic, index);
    this.underWay += 1;
    this.producer.send(topic, index, send.record, (delivery) => {
      this.underWay -= 1;
      verdict.hold(send.outcome === "pending", "a record is settled once", () => {
        return `record ${send.id} was ${send.outcome}, now ${delivery.kind}`;
      });
      history.settle(send, isFinal(delivery) ? delivery : openEnded, client.nowMs());
      if (send.offset >= 0) checkPlace(verdict, partition, send.offset, send);
    });
    return send;
  }
}

const openEnded: Delivery = { kind: "unknown", code: "given up" };

/** Giving up, or an error that may pass, says nothing of what an earlier attempt has done. */
function isFinal(delivery: Delivery): boolean {
  if (delivery.kind !== "refused") return true;
  const code = Number(delivery.code);
  return Number.isInteger(code) && !describeError(code).retriable;
}
