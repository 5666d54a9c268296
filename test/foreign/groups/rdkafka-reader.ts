// One node-rdkafka consumer that commits each record before it reads the next. What it tells: readers.ts.
//
//   node test/foreign/groups/rdkafka-reader.ts BOOTSTRAP TOPIC GROUP classic|consumer
//
// Lives on: the developer's machine.

import { rdkafkaLibrary } from "../rdkafka-library.ts";
import type { Told } from "./readers.ts";

/** As much of node-rdkafka as is used here. */
type Received = { readonly topic: string; readonly partition: number; readonly offset: number };
type Consumer = {
  connect(): void;
  disconnect(done: () => void): void;
  on(event: string, listener: (detail: unknown) => void): void;
  subscribe(topics: readonly string[]): void;
  consume(
    count: number,
    done: (failure: Error | null, received: readonly Received[]) => void,
  ): void;
  commitMessageSync(message: Received): void;
  assignments(): readonly { partition: number }[];
  setDefaultConsumeTimeout(ms: number): void;
};
type Library = { KafkaConsumer: new (config: object, topicConfig: object) => Consumer };

const [bootstrap = "", topic = "", group = "", protocol = "classic"] = process.argv.slice(2);
const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);
const { KafkaConsumer } = rdkafkaLibrary() as Library;

const classic = { "session.timeout.ms": 6_000, "heartbeat.interval.ms": 300 };
const consumer = new KafkaConsumer(
  {
    "client.id": "reader",
    "metadata.broker.list": bootstrap,
    "group.id": group,
    "group.protocol": protocol,
    "enable.auto.commit": false,
    rebalance_cb: true,
    ...(protocol === "classic" && classic),
  },
  { "auto.offset.reset": "earliest" },
);
let isLeaving = false;
let held = "";

/** Received and not committed yet; `isTold` when it has been read, and its commit was refused. */
let todo: { readonly message: Received; isTold: boolean }[] = [];

function tellAssignment(): ReadonlySet<number> {
  const partitions = consumer.assignments().map(({ partition }) => partition);
  const now = partitions.toSorted((a, b) => a - b).join();
  if (now !== held) tell({ at: "assigned", partitions });
  held = now;
  return new Set(partitions);
}

function readOn(): void {
  if (isLeaving) return consumer.disconnect(() => process.exit(0));
  consumer.consume(10, (failure, received) => {
    if (failure) console.error(failure);
    const mine = tellAssignment();
    todo.push(...(received ?? []).map((message) => ({ message, isTold: false })));
    todo = todo.filter(({ message }) => mine.has(message.partition));
    while (todo.length > 0 && finish(todo[0]!)) todo.shift();
    setImmediate(readOn);
  });
}

function finish(work: (typeof todo)[number]): boolean {
  const { partition, offset } = work.message;
  if (!work.isTold) tell({ at: "read", partition, from: offset, to: offset });
  work.isTold = true;
  try {
    consumer.commitMessageSync(work.message);
  } catch (error) {
    // The group shares anew. If the partition is still ours afterwards, it goes on from here.
    console.error(error);
    return false;
  }
  tell({ at: "committed", partition, offset: offset + 1 });
  return true;
}

process.once("SIGTERM", () => {
  isLeaving = true;
});
consumer.on("ready", () => {
  consumer.setDefaultConsumeTimeout(100);
  consumer.subscribe([topic]);
  readOn();
});
consumer.on("event.error", (error) => console.error(error));
consumer.connect();
