// A disk that stands still for two seconds, under more than the node may take: what needs it waits, all
// else is answered as on any other day, and what is taken in stays within its bound. Time is virtual, so
// the bounds are exact.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { ProduceRequest, ProduceResponse } from "../../src/protocol/messages/00-produce.ts";
import { FetchRequest, FetchResponse } from "../../src/protocol/messages/01-fetch.ts";
import {
  ListOffsetsRequest,
  ListOffsetsResponse,
} from "../../src/protocol/messages/02-list-offsets.ts";
import { MetadataRequest, MetadataResponse } from "../../src/protocol/messages/03-metadata.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../src/protocol/messages/10-find-coordinator.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/12-heartbeat.ts";
import {
  DescribeQuorumRequest,
  DescribeQuorumResponse,
} from "../../src/protocol/messages/55-describe-quorum.ts";
import { buildBatch } from "../../src/protocol/record-batch.ts";
import type { ClusterClient } from "../../src/sim/workload/cluster-clients.ts";
import { SimCluster } from "../support/sim-cluster.ts";

const STALL_MS = 2_000;
const BOUND_BYTES = 1024 * 1024;
const PRODUCERS = 20;
const REQUESTS = 20;
const RECORD_BYTES = 16 * 1024;
const TOPIC = "busy";
const QUIET = "quiet";

const api = {
  produce: { request: ProduceRequest, response: ProduceResponse },
  fetch: { request: FetchRequest, response: FetchResponse },
  list: { request: ListOffsetsRequest, response: ListOffsetsResponse },
  metadata: { request: MetadataRequest, response: MetadataResponse },
  find: { request: FindCoordinatorRequest, response: FindCoordinatorResponse },
  quorum: { request: DescribeQuorumRequest, response: DescribeQuorumResponse },
  heartbeat: { request: HeartbeatRequest, response: HeartbeatResponse },
};

/** What is read is in the system's cache. */
const stillness = (syncsAlone: boolean) => ({ below: "/data", syncsAlone, readsGoOn: true });

class Stage {
  readonly cluster: SimCluster;
  private readonly prober: ClusterClient;
  private readonly topicIds = new Map<string, string>();
  acked = 0;
  failed = 0;

  constructor(nodes: number, hosts = 1) {
    this.cluster = new SimCluster({
      nodes,
      hosts,
      settings: {
        "queued.max.request.bytes": String(BOUND_BYTES),
        "socket.request.max.bytes": String(BOUND_BYTES / 4),
      },
    });
    // It stands still when it is told to, and not by chance.
    for (const { disk } of this.cluster.world.nodes) {
      disk.options = { ...disk.options, stallsPerMille: 0 };
    }
    this.prober = this.cluster.client(1);
    for (const name of [TOPIC, QUIET]) {
      this.cluster.createTopic(this.prober, name, 1);
      const { topics } = this.cluster.ask(this.prober, api.metadata, { topics: [{ name }] });
      this.topicIds.set(name, topics[0]!.topicId);
    }
  }

  private produceBody(name: string) {
    const value = new Uint8Array(RECORD_BYTES).fill(7);
    const records = buildBatch([{ key: null, value, timestampMs: 1_800_000_000_000 }]);
    const topicId = this.topicIds.get(name)!;
    const topicData = [{ name: "", topicId, partitionData: [{ index: 0, records }] }];
    return { acks: -1, timeoutMs: 30_000, topicData };
  }

  private heartbeat(): number {
    const heartbeat = { groupId: "group", generationId: 1, memberId: "nobody" };
    return this.cluster.ask(this.prober, api.heartbeat, heartbeat).errorCode;
  }

  /** Something to read in both topics, and a coordinator. */
  fill(): void {
    this.cluster.until("there is a coordinator", () => {
      this.cluster.ask(this.prober, api.find, { coordinatorKeys: ["group"] });
      return this.heartbeat() === ErrorCode.UNKNOWN_MEMBER_ID;
    });
    for (const name of this.topicIds.keys()) {
      const answer = this.cluster.ask(this.prober, api.produce, this.produceBody(name));
      assert.equal(answer.responses[0]!.partitionResponses[0]!.errorCode, ErrorCode.NONE);
    }
  }

  flood(): void {
    for (let producer = 0; producer < PRODUCERS; producer++) {
      const { cluster } = this.cluster.client(1);
      for (let sent = 0; sent < REQUESTS; sent++) {
        cluster.callAny(
          api.produce,
          this.produceBody(TOPIC),
          (outcome) => {
            const [topic] = outcome.ok ? outcome.value.responses : [];
            const code = topic?.partitionResponses[0]?.errorCode;
            if (code === ErrorCode.NONE) this.acked += 1;
            else this.failed += 1;
          },
          { timeoutMs: 60_000 },
        );
      }
    }
  }

  private fetched(name: string): void {
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: RECORD_BYTES }];
    const topics = [{ topic: "", topicId: this.topicIds.get(name)!, partitions }];
    const body = { maxWaitMs: 0, minBytes: 0, maxBytes: RECORD_BYTES, topics };
    const answer = this.cluster.ask(this.prober, api.fetch, { ...body, forgottenTopicsData: [] });
    const [partition] = answer.responses[0]!.partitions;
    assert.equal(partition!.errorCode, ErrorCode.NONE);
    assert.ok((partition!.records?.byteLength ?? 0) > 0, `nothing in ${name}`);
  }

  quorum(): { leaderId: number; leaderEpoch: number } {
    const topics = [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }];
    const answer = this.cluster.ask(this.prober, api.quorum, { topics });
    return answer.topics[0]!.partitions[0]!;
  }

  /** How long each question takes, in virtual milliseconds. */
  probe(): Times {
    const { cluster, prober } = this;
    const timed = (ask: () => void): number => {
      const fromMs = cluster.nowMs;
      ask();
      return cluster.nowMs - fromMs;
    };
    const partitions = [{ partitionIndex: 0, timestamp: -1n }];
    return {
      metadata: timed(() => {
        const { topics } = cluster.ask(prober, api.metadata, { topics: [{ name: TOPIC }] });
        assert.ok(topics[0]!.partitions[0]!.leaderId > 0, "it has a leader");
      }),
      heartbeat: timed(() => {
        assert.equal(this.heartbeat(), ErrorCode.UNKNOWN_MEMBER_ID);
      }),
      list: timed(() =>
        cluster.ask(prober, api.list, { replicaId: -1, topics: [{ name: TOPIC, partitions }] }),
      ),
      "records of the partition that waits": timed(() => this.fetched(TOPIC)),
      "records of another": timed(() => this.fetched(QUIET)),
    };
  }
}

type Times = Record<string, number>;

/** The longest of each. */
function longest(all: readonly Times[]): Times {
  const times: Times = {};
  for (const each of all) {
    for (const [what, ms] of Object.entries(each)) times[what] = Math.max(times[what] ?? 0, ms);
  }
  return times;
}

const TIMES_MAX = 3;

describe("a disk that stands still for two seconds", () => {
  for (const hosts of [1, 2]) {
    for (const syncsAlone of [true, false]) {
      const what = syncsAlone ? "syncs" : "all but reads";
      it(`lets ${what} wait and nothing else, with ${hosts} host${hosts === 1 ? "" : "s"}`, () => {
        const stage = new Stage(1, hosts);
        const { cluster } = stage;
        stage.fill();
        const quiet = longest(Array.from({ length: 50 }, () => stage.probe()));
        const { disk } = cluster.node(1);
        const before = disk.usedBytes;
        const fromMs = cluster.nowMs;
        disk.standsStill = stillness(syncsAlone);
        stage.flood();
        let waiting = 0;
        const meanwhile: Times[] = [];
        while (cluster.nowMs < fromMs + STALL_MS) {
          meanwhile.push(stage.probe());
          cluster.pass(20);
          for (const { mailboxBytes } of cluster.node(1).stats()) {
            waiting = Math.max(waiting, mailboxBytes);
          }
        }
        assert.deepEqual([stage.acked, stage.failed], [0, 0], "nobody can know more yet");
        const taken = disk.usedBytes - before;
        assert.ok(taken <= BOUND_BYTES, `${taken} bytes were written`);
        assert.ok(waiting <= BOUND_BYTES, `${waiting} bytes wait in mailboxes`);
        assert.ok(meanwhile.length > 20, `${meanwhile.length} rounds of questions`);
        for (const [question, ms] of Object.entries(longest(meanwhile))) {
          assert.ok(
            ms <= TIMES_MAX * quiet[question]!,
            `${question}: ${quiet[question]}, then ${ms}`,
          );
        }

        disk.standsStill = null;
        const all = PRODUCERS * REQUESTS;
        cluster.until("all are answered", () => stage.acked + stage.failed === all);
        assert.equal(stage.failed, 0);
      });
    }
  }

  it("does not cost the one that leads its place, nor keep others from answering", () => {
    const stage = new Stage(3);
    const { cluster } = stage;
    const before = stage.quorum();
    const { disk } = cluster.node(before.leaderId);
    const fromMs = cluster.nowMs;
    disk.standsStill = stillness(false);
    while (cluster.nowMs < fromMs + STALL_MS) {
      const { leaderId, leaderEpoch } = stage.quorum();
      assert.deepEqual([leaderId, leaderEpoch], [before.leaderId, before.leaderEpoch]);
      cluster.pass(20);
    }
    disk.standsStill = null;
    cluster.createTopic(cluster.client(1), "afterwards", 1);
  });
});
