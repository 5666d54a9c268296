// Apache's tools for clusters, run against three Gofka nodes and three of real Kafka 4.3.1, each tool
// against a node of its own choosing; the answers must be the same. Then clients of five makes, each of
// which knows one node, and groups through every node.
//
//   node test/foreign/cluster-tools.ts [--left gofka|kafka] [--only WORD] [--show]

import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import type { Verified } from "../../bench/load.ts";
import { load } from "../../bench/load.ts";
import type { Step } from "./cluster/steps.ts";
import { after, before, tools } from "./cluster/steps.ts";
import { NODES, ThreeNodes } from "./cluster/three.ts";
import type { Which } from "./harness.ts";
import { Checks, must } from "./harness.ts";
import { differences, java } from "./side-by-side.ts";

const { values: given } = parseArgs({
  strict: false,
  options: {
    left: { type: "string", default: "gofka" },
    only: { type: "string" },
    show: { type: "boolean", default: false },
  },
});

const checks = new Checks();
const TOPIC = "twelve";
const PARTITIONS = 12;

async function compare(step: Step, clusters: readonly [ThreeNodes, ThreeNodes]): Promise<void> {
  if (typeof given.only === "string" && !step.name.includes(given.only)) return;
  await checks.check(step.name, async () => {
    const texts: string[] = [];
    for (const cluster of clusters) {
      const answer = await java(step.main, step.words(cluster));
      const whole = `${answer.stdout}\n${answer.stderr}`;
      if (!step.expect.test(whole)) {
        throw new Error(`${cluster.which}: ${step.expect} is not in\n${whole.slice(0, 3_000)}`);
      }
      texts.push(`exit ${answer.code}\n${alike(cluster, step.normalise?.(whole) ?? whole)}`);
      await step.behind?.(cluster);
    }
    if (given.show === true) console.log(texts[0]);
    const names = [clusters[0].which, clusters[1].which] as const;
    return differences(texts.map((text) => linesOf(text)) as [string[], string[]], names);
  });
}

/** Lines in an order of their own, as nodes are asked and answer in any. */
function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .toSorted();
}

/** What differs from cluster to cluster, and from one moment to the next, is given one name. */
function alike(cluster: ThreeNodes, text: string): string {
  let same = text;
  for (let at = 0; at < NODES; at++) {
    same = same
      .replaceAll(String(cluster.ports[at]), `PORT${at + 1}`)
      .replaceAll(String(cluster.controllerPorts[at]), `CONTROLLER${at + 1}`);
  }
  return same
    .replaceAll(/\b[\w-]{22}\b/g, "UUID")
    .replaceAll(/^\[?\d{4}-\d\d-\d\d.*$|^\tat .*$|^\t?\.\.\. \d+ more$/gm, "");
}

/** Which node leads how many of a topic's partitions, as the node with that number tells. */
async function spreadOf(cluster: ThreeNodes, at: number): Promise<string> {
  const { bootstrap } = cluster.node(at);
  const words = ["--bootstrap-server", bootstrap, "--describe", "--topic", TOPIC];
  const { stdout } = await java(`${tools}.TopicCommand`, words);
  const leaders = [...stdout.matchAll(/Leader: (\S+)/g)].map(([, leader]) => leader!);
  assert.equal(leaders.length, PARTITIONS, stdout);
  const counts = [1, 2, 3].map((id) => leaders.filter((leader) => leader === String(id)).length);
  return counts.join("/");
}

async function spread(cluster: ThreeNodes): Promise<void> {
  await checks.check(`${cluster.which}: twelve partitions are spread, says each node`, async () => {
    const create = ["--create", "--topic", TOPIC, "--partitions", String(PARTITIONS)];
    const words = ["--bootstrap-server", cluster.node(0).bootstrap, ...create];
    const { code, stdout, stderr } = await java(`${tools}.TopicCommand`, words);
    assert.equal(code, 0, stdout + stderr);
    await load("await", cluster.node(0).bootstrap, { topic: TOPIC });
    for (let at = 0; at < NODES; at++) assert.equal(await spreadOf(cluster, at), "4/4/4");
    return "4/4/4";
  });
}

const RECORDS = 6_000;
const numbers = Array.from({ length: RECORDS }, (_, i) => String(i));

/** By kcat, in whatever order: what was written must be there once. */
async function readBack(bootstrap: string, topic: string): Promise<void> {
  const words = ["-b", bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q"];
  const read = (await must("kcat", words, { timeoutMs: 60_000 })).trimEnd().split("\n");
  assert.deepEqual(
    read.toSorted((a, b) => Number(a) - Number(b)),
    numbers,
  );
}

async function kcatClient(bootstrap: string, topic: string): Promise<void> {
  const words = ["-b", bootstrap, "-P", "-t", topic, "-p", "-1"];
  await must("kcat", words, { input: numbers.join("\n"), timeoutMs: 60_000 });
  await readBack(bootstrap, topic);
}

async function javaClient(bootstrap: string, topic: string): Promise<void> {
  const server = ["--bootstrap-server", bootstrap, "--topic", topic];
  const produced = await java(
    `${tools}.ConsoleProducer`,
    server,
    numbers.map((number) => `${number}\n`).join(""),
  );
  assert.equal(produced.code, 0, produced.stderr);
  const words = [...server, "--from-beginning", "--max-messages", String(RECORDS)];
  const consumer = `${tools}.consumer.ConsoleConsumer`;
  const { stdout } = await java(consumer, [...words, "--timeout-ms", "60000"]);
  const read = stdout.trimEnd().split("\n");
  assert.deepEqual(
    read.toSorted((a, b) => Number(a) - Number(b)),
    numbers,
  );
}

async function franzGo(bootstrap: string, topic: string): Promise<void> {
  const options = { topic, records: 50_000 };
  const { acked, read } = await load<Verified>("verify", bootstrap, options);
  assert.deepEqual([acked, read], [options.records, options.records]);
}

async function kafkajs(bootstrap: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: numbers.map((value) => ({ value })) });
  await producer.disconnect();
  const consumer = kafka.consumer({ groupId: `group-of-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const read: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      read.push(String(message.value));
      if (read.length >= RECORDS) resolve();
    },
  });
  const late = setTimeout(resolve, 60_000);
  await promise;
  clearTimeout(late);
  await consumer.disconnect();
  assert.deepEqual(
    read.toSorted((a, b) => Number(a) - Number(b)),
    numbers,
  );
}

/** It makes its own topics, and its consumers are in groups. */
async function python(bootstrap: string): Promise<void> {
  const script = join(import.meta.dirname, "../../clients/python/tests/smoke.py");
  await must("python3", ["-B", script, bootstrap], { timeoutMs: 240_000 });
}

async function clients(cluster: ThreeNodes): Promise<void> {
  const makes = {
    kcat: kcatClient,
    Java: javaClient,
    "franz-go": franzGo,
    kafkajs,
    Python: python,
  };
  for (const [at, [name, client]] of Object.entries(makes).entries()) {
    const { bootstrap } = cluster.node(at % NODES);
    await checks.check(`${name} knows node ${(at % NODES) + 1} alone`, async () => {
      const topic = `by-${name.toLowerCase()}`;
      await load("create", bootstrap, { topic, partitions: PARTITIONS });
      await client(bootstrap, topic);
    });
  }
}

/** Nine groups, three told of each node; each is then described by the two other nodes. */
async function groups(cluster: ThreeNodes): Promise<void> {
  await checks.check("groups through every node, by both protocols", async () => {
    const coordinators = new Set<string>();
    for (let n = 0; n < NODES * 3; n++) {
      const { bootstrap } = cluster.node(n % NODES);
      const group = `group-${n}`;
      const protocol = n % 2 === 0 ? "classic" : "consumer";
      const words = ["--bootstrap-server", bootstrap, "--topic", "by-kcat", "--group", group];
      const rest = ["--from-beginning", "--max-messages", String(RECORDS), "--timeout-ms", "60000"];
      const property = ["--consumer-property", `group.protocol=${protocol}`];
      const consumer = `${tools}.consumer.ConsoleConsumer`;
      const { stdout } = await java(consumer, [...words, ...rest, ...property]);
      const read = stdout.split("\n").filter((line) => /^\d+$/.test(line));
      assert.equal(read.length, RECORDS, `${group} by ${protocol}`);
      const other = cluster.node((n + 1) % NODES).bootstrap;
      const describe = ["--bootstrap-server", other, "--describe", "--group", group];
      const command = `${tools}.consumer.group.ConsumerGroupCommand`;
      const offsets = await java(command, describe);
      const lines = offsets.stdout.split("\n").filter((line) => line.includes("by-kcat"));
      const lag = lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[5]), 0);
      assert.deepEqual([lines.length, lag], [PARTITIONS, 0], offsets.stdout + offsets.stderr);
      const state = await java(command, [...describe, "--state"]);
      const coordinator = /127\.0\.0\.1:\d+\s+\((\d)\)/.exec(state.stdout)?.[1];
      assert.ok(coordinator !== undefined, state.stdout + state.stderr);
      coordinators.add(coordinator);
    }
    assert.equal(coordinators.size, NODES, [...coordinators].join());
    return `nine groups, coordinated by nodes ${[...coordinators].toSorted().join()}`;
  });
}

const left = await ThreeNodes.start(given.left as Which);
const right = await ThreeNodes.start("kafka");
try {
  await spread(left);
  await spread(right);
  for (const step of before) await compare(step, [left, right]);
  if (given.only === undefined) {
    await clients(left);
    await groups(left);
  }
  for (const step of after) await compare(step, [left, right]);
} finally {
  const codes = await left.stopAll();
  await right.stopAll();
  await checks.check("the nodes stop in good order", () => {
    assert.ok(
      codes.every((code) => code === 0 || given.left === "kafka"),
      codes.join(),
    );
  });
}
checks.finish();
