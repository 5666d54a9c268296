// A core of the nodes, a majority of those who vote, is healed; the others stay bad for good. Within a
// bounded time the core has to be of use: a topic is made, a record acknowledged, a group stable.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import { GroupConsumer } from "../client/group/group-consumer.ts";
import { Producer } from "../client/producer.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { SimNetwork } from "./network.ts";
import type { SimNode } from "./sim-node.ts";
import type { ClusterClient } from "./workload/cluster-clients.ts";

const GROUPS = 6;
const AGAIN_MS = 200;
const POLL_MS = 500;

export type Badness = "down" | "paused" | "cutOff" | "deaf" | "mute" | "slow";

/** What the world lends. */
export type Liveness = {
  readonly prng: Prng;
  readonly network: SimNetwork;
  readonly core: readonly SimNode[];
  readonly bad: readonly SimNode[];
  newClient(nodeId: number): ClusterClient;
  nodeIdOf(node: SimNode): number;
  mustHappen(what: string, condition: () => boolean): void;
};

/** They stay so until the world mends them. */
export function stayBad({ prng, network, core, bad }: Liveness): readonly Badness[] {
  return bad.map((node) => {
    const how = prng.pick(["down", "paused", "cutOff", "deaf", "mute", "slow"] as const);
    const { disk } = node;
    if (how === "down") {
      node.staysDown = true;
      node.kill();
    } else if (how === "paused") node.pause();
    else if (how === "slow") disk.options = { ...disk.options, syncLatencyMs: 200 };
    for (const { name } of core) {
      if (how === "cutOff" || how === "deaf") network.cut(name, node.name);
      if (how === "cutOff" || how === "mute") network.cut(node.name, name);
    }
    return how;
  });
}

export function mustBeOfUse(liveness: Liveness): void {
  const { core, prng } = liveness;
  const nodeIds = core.map((node) => liveness.nodeIdOf(node));
  liveness.mustHappen("the core is up", () => core.every(({ state }) => state === "up"));
  const client = liveness.newClient(prng.pick(nodeIds));
  const progress = new Progress(client, nodeIds);
  progress.makeTopic();
  liveness.mustHappen("the core makes a topic", () => progress.topic !== undefined);
  progress.produce();
  liveness.mustHappen("the core takes a record", () => progress.isAcked);
  progress.join();
  liveness.mustHappen("the core has a stable group", () => progress.isStable);
  // One that is down for the moment comes back, and may be sent to.
  const down = liveness.bad.filter(({ staysDown }) => staysDown);
  const gone = down.map((node) => liveness.nodeIdOf(node));
  progress.look();
  liveness.mustHappen("nobody is sent to a node that is gone", () => progress.avoids(gone));
  client.life.end();
}

class Progress {
  topic: string | undefined;
  isAcked = false;
  private readonly client: ClusterClient;
  private readonly nodeIds: readonly number[];
  private readonly producer: Producer;
  private consumers: GroupConsumer[] = [];
  private attempts = 0;

  constructor(client: ClusterClient, nodeIds: readonly number[]) {
    this.client = client;
    this.nodeIds = nodeIds;
    this.producer = new Producer(client.cluster, { attemptsMax: 1_000 });
  }

  /** Until there is one with a partition in the core: nobody knows at once who is gone for good. */
  makeTopic(): void {
    const { admin, cluster, life } = this.client;
    const name = `core-${this.attempts++}`;
    const again = (): void => void life.after(AGAIN_MS, "another topic", () => this.makeTopic());
    admin.createTopics([{ name, partitions: 5, replicationFactor: 1 }], (outcome) => {
      const code = outcome.ok ? outcome.value.topics[0]?.errorCode : undefined;
      if (code !== ErrorCode.NONE) return again();
      cluster.refresh([name], () => {
        if (this.inCore(name) === undefined) again();
        else this.topic = name;
      });
    });
  }

  produce(): void {
    const { topic } = this;
    if (topic === undefined) return;
    const index = this.inCore(topic) ?? 0;
    const record = { value: new Uint8Array(10), timestampMs: 0 };
    this.producer.send(topic, index, record, ({ kind }) => {
      if (kind === "ok") this.isAcked = true;
      else this.produce();
    });
  }

  /** Of several groups the coordinator of one, at least, is in the core. */
  join(): void {
    const { topic } = this;
    if (topic === undefined) return;
    this.consumers = Array.from({ length: GROUPS }, (_, at) => {
      const options = { groupId: `core-group-${at}`, offsetReset: "earliest" } as const;
      const consumer = new GroupConsumer(this.client.cluster, options);
      consumer.subscribe([topic]);
      const poll = (): void =>
        consumer.poll(POLL_MS, () => void this.client.life.after(1, "poll", poll));
      poll();
      return consumer;
    });
  }

  get isStable(): boolean {
    return this.consumers.some(
      (consumer) => consumer.isSettled && consumer.assignment().length > 0,
    );
  }

  /** Asks again and again who leads. */
  look(): void {
    const { cluster, life } = this.client;
    if (this.topic === undefined) return;
    cluster.refresh([this.topic], () => void life.after(AGAIN_MS, "look", () => this.look()));
  }

  avoids(nodeIds: readonly number[]): boolean {
    const partitions = this.client.cluster.topic(this.topic ?? "")?.partitions;
    return [...(partitions?.values() ?? [])].every(({ leaderId }) => !nodeIds.includes(leaderId));
  }

  private inCore(topic: string): number | undefined {
    const partitions = this.client.cluster.topic(topic)?.partitions ?? new Map();
    for (const [index, { leaderId }] of partitions) {
      if (this.nodeIds.includes(leaderId)) return index;
    }
    return undefined;
  }
}
