// A simulated world of nodes without a story: the test says what happens, and asks nodes by the Kafka
// protocol. Time is virtual, so how long an answer takes is exact and no machine's load matters.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import type { ApiPair } from "../../src/client/connection.ts";
import type { Draft, Infer, Message, Shape } from "../../src/protocol/schema.ts";
import type { ClusterConfig } from "../../src/sim/cluster-plan.ts";
import { drawCluster } from "../../src/sim/cluster-plan.ts";
import { ClusterWorld } from "../../src/sim/cluster-world.ts";
import type { SimNode } from "../../src/sim/sim-node.ts";
import type { ClusterClient } from "../../src/sim/workload/cluster-clients.ts";

/** Of virtual time. */
const WITHIN_MS = 60_000;
const SEED = 1;

export class SimCluster {
  readonly world: ClusterWorld;

  /** All nodes are up. */
  constructor(config: Partial<ClusterConfig>) {
    const calm = {
      latencyMs: 0.2,
      stragglersPerMille: 0,
      syncMs: 1,
      electionMs: new Array(5).fill(1000),
    };
    const plan = drawCluster(SEED, { hosts: 1, ...calm, ...config, means: {} });
    this.world = new ClusterWorld(plan);
    for (const node of this.world.nodes) node.start();
    this.until("all nodes are up", () => this.world.nodes.every(({ state }) => state === "up"));
  }

  get nowMs(): number {
    return this.world.scheduler.nowMs();
  }

  node(nodeId: number): SimNode {
    return this.world.nodes[nodeId - 1]!;
  }

  client(nodeId: number): ClusterClient {
    return this.world.clients.newClient(nodeId);
  }

  pass(spanMs: number): void {
    this.world.scheduler.runFor(spanMs);
  }

  until(what: string, holds: () => boolean, withinMs = WITHIN_MS): void {
    const held = this.world.scheduler.runUntil(holds, withinMs);
    assert.ok(held, `${what}: not within ${withinMs} ms`);
    const { violation } = this.world.verdict;
    assert.equal(violation?.detail ?? "", "", violation?.invariant);
  }

  /** What the client's first node answers. */
  ask<Q extends Shape, R extends Shape>(
    { cluster }: ClusterClient,
    api: ApiPair<Q, R>,
    body: Draft<Message<Q>>,
  ): Infer<Message<R>> {
    let answer: Infer<Message<R>> | undefined;
    let fault = "";
    cluster.callAny(api, body, (outcome) => {
      if (outcome.ok) answer = outcome.value;
      else fault = `${api.request.name}: ${outcome.detail}`;
    });
    this.until(`an answer to ${api.request.name}`, () => answer !== undefined || fault !== "");
    assert.equal(fault, "");
    return answer!;
  }

  createTopic(client: ClusterClient, name: string, partitions: number): void {
    let code: number | undefined;
    client.admin.createTopics([{ name, partitions, replicationFactor: 1 }], (outcome) => {
      code = outcome.ok ? (outcome.value.topics[0]?.errorCode ?? -1) : -1;
    });
    this.until(`topic ${name}`, () => code !== undefined);
    assert.equal(code, 0);
  }
}
