// A group's story, whoever its members are: two share six partitions, a third joins, one is killed, one
// leaves. Every record must be read, none of them again once its commit was acknowledged, and what is
// committed at the end must be the ends of the logs. A reader whose commit was refused in a rebalance and
// that makes it good only when it has read more gets one more record, as it would in life.
//
// Lives on: the developer's machine.

import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import type { ReaderKind, Told } from "./readers.ts";
import { Reader } from "./readers.ts";

const PARTITIONS = 6;
/** Under load its requests are repeated, and a record must not be there twice. */
const idempotent = { idempotent: true, maxInFlightRequests: 1 };
const DEADLINE_MS = 60_000;
/** Far longer than a commit takes that has not been refused. */
const COMMIT_WITHIN_MS = 3_000;

/** What has been read and committed, partition by partition, and what should not have been. */
class Ledger {
  readonly ends: number[] = Array.from({ length: PARTITIONS }, () => 0);
  readonly committed: number[] = Array.from({ length: PARTITIONS }, () => 0);
  private readonly unread = new Set<string>();
  readonly wrong: string[] = [];
  reads = 0;
  again = 0;
  private readonly waiting = new Set<() => void>();

  wrote(partition: number): void {
    this.unread.add(`${partition}@${this.ends[partition]!++}`);
  }

  hear(told: Told): void {
    if (told.at === "committed") {
      const { partition, offset } = told;
      const before = this.committed[partition]!;
      if (offset < before) this.wrong.push(`${partition}: committed ${offset} after ${before}`);
      this.committed[partition] = Math.max(offset, before);
    } else if (told.at === "read") {
      for (let offset = told.from; offset <= told.to; offset++) this.read(told.partition, offset);
    }
    for (const look of [...this.waiting]) look();
  }

  private read(partition: number, offset: number): void {
    this.reads++;
    if (!this.unread.delete(`${partition}@${offset}`)) this.again++;
    const committed = this.committed[partition]!;
    if (offset < committed) {
      this.wrong.push(`${partition}: read ${offset} again though ${committed} was committed`);
    }
  }

  get isRead(): boolean {
    return this.unread.size === 0;
  }

  async until(what: string, holds: () => boolean, shown: () => string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        settle();
      };
      const timer = setTimeout(() => {
        finish(() => reject(new Error(`not within a minute: ${what}\n${shown()}`)));
      }, DEADLINE_MS);
      const look = (): void => {
        if (holds()) finish(resolve);
      };
      this.waiting.add(look);
      look();
    });
  }
}

async function untilCommitted(
  ledger: Ledger,
  committed: () => Promise<readonly number[]>,
  remind: (behind: readonly number[]) => Promise<void>,
  shown: () => string,
): Promise<void> {
  const startedMs = performance.now();
  for (let remindedMs = startedMs; ; await sleep(50)) {
    const offsets = await committed();
    const behind = [...ledger.ends.keys()].filter((i) => offsets[i] !== ledger.ends[i]);
    if (behind.length === 0) return;
    const nowMs = performance.now();
    if (nowMs - startedMs > DEADLINE_MS) {
      throw new Error(`not committed: ${behind.join()} at ${offsets.join()}\n${shown()}`);
    }
    if (nowMs - remindedMs < COMMIT_WITHIN_MS) continue;
    remindedMs = nowMs;
    await remind(behind);
  }
}

/** `kinds`: of the two that begin and of the third; one stands for all. */
export async function groupStory(
  kinds: readonly ReaderKind[],
  bootstrap: string,
  topic: string,
): Promise<string> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer(idempotent)];
  await admin.connect();
  await producer.connect();
  const where = { bootstrap, topic, group: `${topic}-group` };
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  const ledger = new Ledger();
  const readers: Reader[] = [];
  const start = (): Reader => {
    const kind = kinds[Math.min(readers.length, kinds.length - 1)]!;
    const reader = new Reader(kind(where), (told) => ledger.hear(told));
    readers.push(reader);
    return reader;
  };
  const writeTo = async (partitions: readonly number[]): Promise<void> => {
    const messages = partitions.map((partition, i) => {
      ledger.wrote(partition);
      return { partition, value: `record ${i}` };
    });
    await producer.send({ topic, messages });
  };
  const write = (count: number): Promise<void> =>
    writeTo(Array.from({ length: count }, (_, i) => i % PARTITIONS));
  const shown = (): string =>
    readers.map((each) => `${each.partitions.join()}; ${each.errors.slice(-600)}`).join("\n");
  const share = (each: number, among: readonly Reader[]): Promise<void> =>
    ledger.until(
      `${each} partitions for each of ${among.length}`,
      () => {
        const held = among.flatMap(({ partitions }) => partitions);
        return (
          new Set(held).size === PARTITIONS &&
          among.every(({ partitions }) => partitions.length === each)
        );
      },
      shown,
    );
  // One that was killed may not have told of its last commit, so the broker is asked.
  const committed = async (): Promise<number[]> => {
    const [fetched] = await admin.fetchOffsets({ groupId: where.group, topics: [topic] });
    const byPartition = fetched!.partitions.toSorted((a, b) => a.partition - b.partition);
    return byPartition.map(({ offset }) => Number(offset));
  };
  let reminders = 0;
  const remind = async (behind: readonly number[]): Promise<void> => {
    if (!readers.some(({ forgetsCommits }) => forgetsCommits)) return;
    reminders += 1;
    await writeTo(behind);
  };
  const readThrough = async (): Promise<void> => {
    await ledger.until("all is read", () => ledger.isRead, shown);
    await untilCommitted(ledger, committed, remind, shown);
  };
  try {
    await write(600);
    const [first, second] = [start(), start()];
    await share(3, [first, second]);
    await readThrough();
    await write(600);
    const third = start();
    await share(2, [first, second, third]);
    await readThrough();
    const readBefore = ledger.reads;
    await write(3_000);
    await ledger.until("reading goes on", () => ledger.reads > readBefore + 300, shown);
    await first.kill();
    const killedMs = performance.now();
    await share(3, [second, third]);
    await readThrough();
    const seconds = ((performance.now() - killedMs) / 1_000).toFixed(1);
    await third.stop();
    await share(PARTITIONS, [second]);
    await write(600);
    await readThrough();
    await second.stop();
    assert.deepEqual(ledger.wrong, []);
    const { again, reads } = ledger;
    const told = `${reads} reads, ${again} again and not committed before`;
    return `${told}; ${seconds} s after the kill; ${reminders} refused commits made good`;
  } finally {
    await Promise.all(readers.map((reader) => reader.kill()));
    await producer.disconnect();
    await admin.disconnect();
  }
}
