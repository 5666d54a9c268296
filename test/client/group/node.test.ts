// Group consumers against a whole node in this process.

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import type { AssignorName } from "../../../src/client/group/assignors/index.ts";
import { clientAssignors } from "../../../src/client/group/assignors/index.ts";
import type { GroupConsumerOptions } from "../../../src/client/group/group-consumer-options.ts";
import type {
  PromisingGroupConsumer,
  PromisingListener,
} from "../../../src/client/group/promising-group-consumer.ts";
import { Client } from "../../../src/client/promises.ts";
import type { TopicPartition } from "../../../src/client/group/topic-partition.ts";
import { keyOf } from "../../../src/client/group/topic-partition.ts";
import { Gofka } from "../../../src/index.ts";
import { tcpSockets } from "../../../src/net/sockets.ts";
import { realClock } from "../../../src/runtime/threads/clock.ts";
import { realRandom } from "../../../src/runtime/threads/random.ts";

let node: Gofka;
let client: Client;
let made = 0;

before(async () => {
  node = await Gofka.start({
    config: {
      "group.initial.rebalance.delay.ms": "0",
      "group.min.session.timeout.ms": "200",
      "group.consumer.min.heartbeat.interval.ms": "20",
      "group.consumer.heartbeat.interval.ms": "30",
      "group.consumer.min.session.timeout.ms": "200",
      "group.consumer.session.timeout.ms": "2000",
    },
  });
  client = newClient();
});
after(async () => {
  client.close();
  await node.stop();
});

function newClient(): Client {
  const bootstrap = [{ host: node.host, port: node.port }];
  const ports = { sockets: tcpSockets, clock: realClock, random: realRandom };
  return new Client(ports, { bootstrap });
}

async function newTopic(partitions: number, records = 0): Promise<string> {
  const name = `topic${++made}`;
  await client.createTopic({ name, partitions });
  const producer = client.producer();
  for (let at = 0; at < records; at++) {
    await producer.send(name, { value: `v${at}`, partition: at % partitions });
  }
  return name;
}

type Member = {
  readonly consumer: PromisingGroupConsumer;
  readonly values: string[];
  readonly told: string[];
  done: Promise<void>;
  stop: boolean;
};

const quickly = {
  offsetReset: "earliest",
  heartbeatIntervalMs: 30,
  sessionTimeoutMs: 2_000,
  maxPollIntervalMs: 3_000,
  metadataMaxAgeMs: 100,
  maxWaitMs: 20,
} as const;

/** A member that polls on and on. */
function join(
  topics: readonly string[] | RegExp,
  options: Partial<GroupConsumerOptions> & { readonly groupId: string },
  from = client,
): Member {
  const told: string[] = [];
  const note = (what: string) => (partitions: readonly TopicPartition[]) =>
    void told.push(`${what} ${partitions.map(keyOf).sort().join(",")}`);
  const listener: PromisingListener = {
    assigned: note("+"),
    revoked: note("-"),
    lost: note("!"),
  };
  const consumer = from.groupConsumer({ ...quickly, ...options }, listener);
  consumer.subscribe(topics);
  const member: Member = { consumer, values: [], told, stop: false, done: Promise.resolve() };
  const run = async (): Promise<void> => {
    while (!member.stop) {
      for (const { value } of await consumer.poll(20)) {
        member.values.push(Buffer.from(value!).toString());
      }
    }
  };
  member.done = run();
  return member;
}

async function leave(...members: Member[]): Promise<void> {
  for (const member of members) member.stop = true;
  await Promise.all(members.map(({ done }) => done));
  await Promise.all(members.map(({ consumer }) => consumer.close()));
}

async function until(condition: () => boolean, withinMs = 60_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!condition()) {
    assert.ok(performance.now() < untilMs, `never: ${condition.toString()}`);
    await setImmediate();
  }
}

const sizes = (...members: Member[]) => members.map((each) => each.consumer.assignment().length);
const areShared = (counts: readonly number[], ...members: Member[]) =>
  sizes(...members).join() === counts.join();

const ways: readonly Partial<GroupConsumerOptions>[] = [
  ...(Object.keys(clientAssignors) as AssignorName[]).map((name) => ({ assignors: [name] })),
  { protocol: "consumer", serverAssignor: "uniform" },
  { protocol: "consumer", serverAssignor: "range" },
];

for (const way of ways) {
  const name = way.assignors?.[0] ?? `consumer protocol, ${way.serverAssignor}`;
  it(`${name}: a group grows, shrinks, and reads every record`, async () => {
    const topic = await newTopic(4, 40);
    const options = { groupId: `group ${name}`, ...way };
    const one = join([topic], options);
    await until(() => one.values.length === 40);
    const before = new Set(one.consumer.assignment().map(keyOf));
    const two = join([topic], options);
    await until(() => areShared([2, 2], one, two));
    const producer = client.producer();
    for (let at = 0; at < 8; at++) {
      await producer.send(topic, { value: `n${at}`, partition: at % 4 });
    }
    await until(() => one.values.length + two.values.length >= 48);
    assert.equal(new Set([...one.values, ...two.values]).size, 48);
    assert.equal(one.values.length + two.values.length, 48, "nothing is read twice");
    const kept = new Set(one.consumer.assignment().map(keyOf));
    await leave(two);
    await until(() => areShared([4], one));
    if (name === "cooperative-sticky" || way.protocol === "consumer") {
      // What it kept, it kept without being told a word about it.
      const revoked = one.told.filter((line) => line.startsWith("-")).join();
      for (const key of kept) assert.ok(!before.has(key) || !revoked.includes(key), revoked);
    }
    await leave(one);
  });
}

for (const protocol of ["classic", "consumer"] as const) {
  describe(`group consumer, ${protocol} protocol`, () => {
    const quick = { ...quickly, protocol };
    const groupOf = (name: string) => `${name} ${protocol}`;
    it("goes on where the group has committed", async () => {
      const topic = await newTopic(1, 10);
      const options = { groupId: groupOf("resuming"), autoCommit: false, maxPollRecords: 4 };
      const first = client.groupConsumer({ ...quick, ...options });
      first.subscribe([topic]);
      let got = await first.poll(60_000);
      assert.deepEqual(
        got.map(({ offset }) => offset),
        [0, 1, 2, 3],
      );
      await first.commit();
      got = await first.poll(60_000);
      assert.equal(got[0]!.offset, 4);
      await first.close();
      const second = client.groupConsumer({ ...quick, ...options });
      second.subscribe([topic]);
      got = await second.poll(60_000);
      assert.equal(got[0]!.offset, 4, "what was not committed comes again");
      const at = { topic, partition: 0 };
      await second.commit([{ ...at, offset: 9, metadata: "by hand" }]);
      const committed = await second.committed([at]);
      const byHand = { ...at, offset: 9, leaderEpoch: -1, metadata: "by hand" };
      assert.deepEqual(committed.get(keyOf(at)), byHand);
      await second.close();
    });

    it("commits by itself what the next poll says has been read, and when it is closed", async () => {
      const topic = await newTopic(1, 10);
      const options = { groupId: groupOf("auto"), maxPollRecords: 3, autoCommitIntervalMs: 60_000 };
      const consumer = client.groupConsumer({ ...quick, ...options });
      consumer.subscribe([topic]);
      await consumer.poll(60_000);
      await consumer.poll(60_000);
      await consumer.close();
      const again = client.groupConsumer({ ...quick, ...options });
      again.subscribe([topic]);
      assert.equal((await again.poll(60_000))[0]!.offset, 6);
      await again.close();
    });

    it("pauses, resumes and seeks", async () => {
      const topic = await newTopic(2, 20);
      const consumer = client.groupConsumer({ ...quick, groupId: groupOf("pausing") });
      consumer.subscribe([topic]);
      const first = { topic, partition: 0 };
      const read = { 0: 0, 1: 0 } as Record<number, number>;
      while (read[0]! + read[1]! < 20) {
        for (const { partition } of await consumer.poll(1_000)) read[partition]! += 1;
      }
      consumer.pause([first]);
      assert.deepEqual(consumer.paused(), [first]);
      consumer.seek(first, 5);
      consumer.seek({ topic, partition: 1 }, 8);
      const others = await consumer.poll(60_000);
      assert.deepEqual(new Set(others.map(({ partition }) => partition)), new Set([1]));
      assert.equal(others[0]!.offset, 8);
      assert.deepEqual(await consumer.poll(50), []);
      consumer.resume([first]);
      const resumed = await consumer.poll(60_000);
      assert.equal(resumed[0]!.offset, 5);
      assert.equal(consumer.position(first), resumed.at(-1)!.offset + 1);
      assert.throws(() => consumer.seek({ topic, partition: 7 }, 0), /NOT_ASSIGNED/);
      await consumer.close();
    });

    it("reads topics by pattern, also those that come later, and more partitions", async () => {
      const prefix = `pattern${++made}`;
      await client.createTopic({ name: `${prefix}-a`, partitions: 1 });
      const member = join(new RegExp(`^${prefix}-`), { protocol, groupId: groupOf(prefix) });
      await until(() => areShared([1], member));
      await client.createTopic({ name: `${prefix}-b`, partitions: 2 });
      await until(() => areShared([3], member));
      await client.createPartitions(`${prefix}-a`, 3);
      await until(() => areShared([5], member));
      await leave(member);
    });

    it("changes its subscription, and gives the rest up", async () => {
      const [one, two] = [await newTopic(2), await newTopic(3)];
      for (const assignor of ["range", "cooperative-sticky"] as const) {
        const member = join([one], {
          protocol,
          groupId: groupOf(`changing-${assignor}`),
          assignors: [assignor],
        });
        await until(() => areShared([2], member));
        member.consumer.subscribe([one, two]);
        await until(() => areShared([5], member));
        member.consumer.subscribe([two]);
        await until(() => areShared([3], member));
        await leave(member);
      }
    });

    it("is out when it does not poll in time, hears so, and comes back", async () => {
      const topic = await newTopic(2);
      const options = { groupId: groupOf("lazy"), assignors: ["range"] as const };
      const lazy = join([topic], { protocol, ...options, maxPollIntervalMs: 200 });
      await until(() => areShared([2], lazy));
      lazy.stop = true;
      await lazy.done;
      const eager = join([topic], { ...options, protocol });
      await until(() => areShared([2], eager));
      assert.equal((await lazy.consumer.poll(100)).length, 0);
      assert.ok(
        lazy.told.some((line) => line.startsWith("!")),
        lazy.told.join("; "),
      );
      lazy.stop = false;
      const polling = async (): Promise<void> => {
        while (!lazy.stop) await lazy.consumer.poll(20);
      };
      lazy.done = polling();
      await until(() => areShared([1, 1], lazy, eager));
      await leave(lazy, eager);
    });

    it("leaves a place to a static member that is away, and there is one of a name", async () => {
      const topic = await newTopic(2);
      const options = { groupId: groupOf("static"), groupInstanceId: "one" };
      const first = join([topic], { ...options, protocol });
      await until(() => areShared([2], first));
      const { generationId } = first.consumer.identity;
      await leave(first);
      const again = join([topic], { ...options, protocol });
      await until(() => areShared([2], again));
      // Nobody had to rebalance for it.
      assert.equal(again.consumer.identity.generationId, generationId);
      const rival = join([topic], { ...options, protocol });
      if (protocol === "consumer") {
        // Whoever has the name keeps it.
        await assert.rejects(rival.done, /UNRELEASED_INSTANCE_ID/);
        rival.done = Promise.resolve();
        return leave(again, rival);
      }
      // Whoever comes later has it.
      const fenced = assert.rejects(again.done, /FENCED_INSTANCE_ID/);
      await until(() => areShared([2], rival));
      await fenced;
      again.done = Promise.resolve();
      await leave(again, rival);
    });

    it("cannot commit for what it has lost", async () => {
      const topic = await newTopic(1, 5);
      const options = {
        groupId: groupOf("zombie"),
        assignors: ["range"] as const,
        autoCommit: false,
      };
      const zombie = join([topic], { protocol, ...options, maxPollIntervalMs: 200 });
      await until(() => zombie.values.length === 5);
      zombie.stop = true;
      await zombie.done;
      const heir = join([topic], { ...options, protocol });
      await until(() => areShared([1], heir));
      await assert.rejects(zombie.consumer.commit(), /UNKNOWN_MEMBER_ID/);
      assert.equal((await heir.consumer.committed([{ topic, partition: 0 }])).size, 0);
      await leave(zombie, heir);
    });

    it("tells what nothing mends", async () => {
      const topic = await newTopic(1);
      const consumer = client.groupConsumer({ ...quick, groupId: "", offsetReset: "none" });
      consumer.subscribe([topic]);
      await assert.rejects(consumer.poll(60_000), /INVALID_(GROUP_ID|REQUEST)/);
      await consumer.close();
      const strict = client.groupConsumer({
        ...quick,
        groupId: groupOf("strict"),
        offsetReset: "none",
      });
      strict.subscribe([topic]);
      await assert.rejects(strict.poll(60_000), /NO_OFFSET/);
      await strict.close();
    });
  });
}
