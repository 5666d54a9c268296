// The administrative side of a client: topics, configs, offsets. Each call is one request to the
// broker that can answer it; the answer comes back as the broker gave it.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import { ZERO_UUID } from "../base/uuid.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../protocol/messages/02-list-offsets.ts";
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
} from "../protocol/messages/19-create-topics.ts";
import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
} from "../protocol/messages/20-delete-topics.ts";
import {
  DeleteRecordsRequest,
  DeleteRecordsResponse,
} from "../protocol/messages/21-delete-records.ts";
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from "../protocol/messages/32-describe-configs.ts";
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
} from "../protocol/messages/37-create-partitions.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/44-incremental-alter-configs.ts";
import type { Draft, Infer, Message, Shape } from "../protocol/schema.ts";
import type { Cluster } from "./cluster.ts";
import type { ApiPair } from "./connection.ts";

type Done<T> = (outcome: Outcome<T>) => void;

const ADMIN_TIMEOUT_MS = 30_000;
/** Operations of IncrementalAlterConfigs (KIP-339). */
const SET = 0;
const DELETE = 1;

export type TopicPlan = {
  readonly name: string;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
};

export class Admin {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  createTopics(plans: readonly TopicPlan[], done: Done<Infer<typeof CreateTopicsResponse>>): void {
    const topics = plans.map(({ name, partitions = -1, replicationFactor = -1, configs = {} }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }));
    const api = { request: CreateTopicsRequest, response: CreateTopicsResponse };
    this.cluster.callAny(api, { topics, timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: false }, done);
  }

  deleteTopics(names: readonly string[], done: Done<Infer<typeof DeleteTopicsResponse>>): void {
    const api = { request: DeleteTopicsRequest, response: DeleteTopicsResponse };
    const body = (version: number): Draft<typeof DeleteTopicsRequest> =>
      version >= 6
        ? {
            topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
            timeoutMs: ADMIN_TIMEOUT_MS,
          }
        : { topicNames: names, timeoutMs: ADMIN_TIMEOUT_MS };
    this.cluster.callAny(api, body, done);
  }

  createPartitions(
    name: string,
    count: number,
    done: Done<Infer<typeof CreatePartitionsResponse>>,
  ): void {
    const api = { request: CreatePartitionsRequest, response: CreatePartitionsResponse };
    const topics = [{ name, count, assignments: null }];
    this.cluster.callAny(api, { topics, timeoutMs: ADMIN_TIMEOUT_MS, validateOnly: false }, done);
  }

  /** Resource types as on the wire: 2 topic, 4 broker. */
  describeConfigs(
    resourceType: number,
    resourceName: string,
    done: Done<Infer<typeof DescribeConfigsResponse>>,
  ): void {
    const api = { request: DescribeConfigsRequest, response: DescribeConfigsResponse };
    const resources = [{ resourceType, resourceName, configurationKeys: null }];
    this.cluster.callAny(api, { resources }, done);
  }

  /** `null` brings the default back. */
  setConfigs(
    resourceType: number,
    resourceName: string,
    values: Readonly<Record<string, string | null>>,
    done: Done<Infer<typeof IncrementalAlterConfigsResponse>>,
  ): void {
    const api = {
      request: IncrementalAlterConfigsRequest,
      response: IncrementalAlterConfigsResponse,
    };
    const configs = Object.entries(values).map(([name, value]) => ({
      name,
      configOperation: value === null ? DELETE : SET,
      value,
    }));
    const resources = [{ resourceType, resourceName, configs }];
    this.cluster.callAny(api, { resources, validateOnly: false }, done);
  }

  /** `timestamp` may be -1 (latest) or -2 (earliest), or a time in milliseconds. */
  listOffset(
    topic: string,
    index: number,
    timestamp: number,
    done: Done<{ errorCode: number; offset: number; timestamp: number }>,
  ): void {
    const api = { request: ListOffsetsRequest, response: ListOffsetsResponse };
    const body = {
      replicaId: -1,
      topics: [
        { name: topic, partitions: [{ partitionIndex: index, timestamp: BigInt(timestamp) }] },
      ],
    };
    this.askLeader(topic, index, api, body, (outcome) => {
      if (!outcome.ok) return done(outcome);
      const answer = outcome.value.topics[0]?.partitions[0];
      if (answer === undefined) return done(failure("corrupt", "an answer without the partition"));
      done({ ok: true, value: answer });
    });
  }

  /** Everything before `offset` goes; -1 for all that is visible. */
  deleteRecords(
    topic: string,
    index: number,
    offset: number,
    done: Done<{ errorCode: number; lowWatermark: number }>,
  ): void {
    const api = { request: DeleteRecordsRequest, response: DeleteRecordsResponse };
    const topics = [{ name: topic, partitions: [{ partitionIndex: index, offset }] }];
    const body = { topics, timeoutMs: ADMIN_TIMEOUT_MS };
    this.askLeader(topic, index, api, body, (outcome) => {
      if (!outcome.ok) return done(outcome);
      const answer = outcome.value.topics[0]?.partitions[0];
      if (answer === undefined) return done(failure("corrupt", "an answer without the partition"));
      done({ ok: true, value: answer });
    });
  }

  /** Asks the partition's leader, and first who that is where it is not known. */
  private askLeader<Q extends Shape, R extends Shape>(
    topic: string,
    index: number,
    api: ApiPair<Q, R>,
    body: Draft<Message<Q>>,
    done: Done<Infer<Message<R>>>,
  ): void {
    const leader = this.leaderOf(topic, index);
    if (leader >= 0) return this.cluster.callBroker(leader, api, body, done);
    this.cluster.refresh([topic], (outcome) => {
      if (!outcome.ok) return done(failure("stopped", outcome.detail));
      this.cluster.callBroker(this.leaderOf(topic, index), api, body, done);
    });
  }

  private leaderOf(topic: string, index: number): number {
    return this.cluster.topic(topic)?.partitions.get(index)?.leaderId ?? -1;
  }
}
