// The way to a group's coordinator: who that is, asked for when it is not known, and calls to it in
// lanes of their own. A join is parked for as long as a rebalance takes and answers come in order, so
// joins have one lane and everything else has another.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import { describeError, ErrorCode } from "../../protocol/error-codes.ts";
import {
  FindCoordinatorRequest,
  FindCoordinatorResponse,
} from "../../protocol/messages/10-find-coordinator.ts";
import type { Draft, Infer, Message, Shape } from "../../protocol/schema.ts";
import type { Cluster, Lane } from "../cluster.ts";
import type { ApiPair } from "../connection.ts";

const GROUP = 0;
const BATCHED_FROM_VERSION = 4;

const findApi = { request: FindCoordinatorRequest, response: FindCoordinatorResponse };

type Found = (outcome: Outcome<number>) => void;
type CoordinatorCall = { readonly timeoutMs?: number; readonly parked?: boolean };

export class CoordinatorLink {
  private readonly cluster: Cluster;
  private readonly groupId: string;
  private readonly lane: Lane;
  private readonly parkingLane: Lane;
  private nodeId: number | undefined;
  private waiting: Found[] = [];

  constructor(cluster: Cluster, groupId: string) {
    this.cluster = cluster;
    this.groupId = groupId;
    this.lane = cluster.openLane();
    this.parkingLane = cluster.openLane();
  }

  /** Asks the coordinator. Whoever does not reach it may try again later, perhaps at another broker. */
  call<Q extends Shape, R extends Shape>(
    api: ApiPair<Q, R>,
    body: Draft<Message<Q>> | ((version: number) => Draft<Message<Q>>),
    done: (outcome: Outcome<Infer<Message<R>>>) => void,
    { parked = false, ...options }: CoordinatorCall = {},
  ): void {
    this.find((found) => {
      if (!found.ok) return done(found);
      const lane = parked ? this.parkingLane : this.lane;
      const hear = (outcome: Outcome<Infer<Message<R>>>): void => {
        // What the broker does not serve it will not serve the next time either.
        const isRefusal = !outcome.ok && outcome.fault === "refused";
        if (!outcome.ok && !isRefusal && this.nodeId === found.value) this.forget();
        done(outcome);
      };
      this.cluster.callBroker(found.value, api, body, hear, { ...options, lane });
    });
  }

  get isKnown(): boolean {
    return this.nodeId !== undefined;
  }

  /** It is another one by now, or will be. */
  forget(): void {
    this.nodeId = undefined;
  }

  close(): void {
    this.cluster.closeLane(this.lane);
    this.cluster.closeLane(this.parkingLane);
  }

  private find(found: Found): void {
    if (this.nodeId !== undefined) return found(success(this.nodeId));
    this.waiting.push(found);
    if (this.waiting.length > 1) return;
    const { groupId } = this;
    const body = (version: number): Draft<typeof FindCoordinatorRequest> =>
      version >= BATCHED_FROM_VERSION
        ? { keyType: GROUP, coordinatorKeys: [groupId] }
        : { key: groupId, keyType: GROUP };
    this.cluster.callAny(findApi, body, (outcome) => {
      const answer = outcome.ok ? this.learn(outcome.value) : outcome;
      for (const hear of this.waiting.splice(0)) hear(answer);
    });
  }

  private learn(response: Infer<typeof FindCoordinatorResponse>): Outcome<number> {
    const { errorCode, nodeId, host, port } = response.coordinators[0] ?? response;
    if (errorCode !== ErrorCode.NONE) return failure("refused", describeError(errorCode).name);
    this.cluster.introduce(nodeId, { host, port });
    this.nodeId = nodeId;
    return success(nodeId);
  }
}
