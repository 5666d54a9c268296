// The heartbeats of a member of a classic group: one after the other, as long as it is in a generation
// and does not wait in a join, where the coordinator waits for others and not for it.
//
// Lives on: anywhere (ports passed in).

import { ErrorCode } from "../../protocol/error-codes.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../protocol/messages/12-heartbeat.ts";
import type { TimerHandle } from "../../runtime/ports.ts";
import type { Cluster } from "../cluster.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import type { Identity } from "./membership.ts";

const heartbeatApi = { request: HeartbeatRequest, response: HeartbeatResponse };

type Owner = {
  identity(): Identity;
  refused(errorCode: number): void;
  alive(askedAtMs: number): void;
};

type HeartOptions = {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
};

export class ClassicHeart {
  private readonly cluster: Cluster;
  private readonly link: CoordinatorLink;
  private readonly options: HeartOptions;
  private readonly owner: Owner;
  private timer: TimerHandle | undefined;
  /** Answers to heartbeats of an earlier one are of no interest. */
  private life = 0;
  private failures = 0;

  constructor(cluster: Cluster, link: CoordinatorLink, options: HeartOptions, owner: Owner) {
    this.cluster = cluster;
    this.link = link;
    this.options = options;
    this.owner = owner;
  }

  start(): void {
    this.stop();
    this.failures = 0;
    this.wait();
  }

  stop(): void {
    this.life += 1;
    if (this.timer !== undefined) this.cluster.ports.clock.stopTimer(this.timer);
    this.timer = undefined;
  }

  private wait(): void {
    const { heartbeatIntervalMs } = this.options;
    this.timer = this.cluster.ports.clock.startTimer(heartbeatIntervalMs, () => this.beat());
  }

  /** Sooner than the next one would be due, however often it has failed: the session goes on. */
  private again(): void {
    const { retryBackoffMs } = this.cluster.options;
    const { heartbeatIntervalMs } = this.options;
    const delayMs = Math.min(retryBackoffMs * 2 ** (this.failures - 1), heartbeatIntervalMs);
    this.timer = this.cluster.ports.clock.startTimer(delayMs, () => this.beat());
  }

  private beat(): void {
    const { life } = this;
    const { groupId, sessionTimeoutMs } = this.options;
    const askedAtMs = this.cluster.ports.clock.monotonicMs();
    const body = { groupId, ...this.owner.identity() };
    const { requestTimeoutMs } = this.cluster.options;
    // One that is answered later than this is of no use.
    const timeoutMs = Math.min(requestTimeoutMs, sessionTimeoutMs);
    this.link.call(
      heartbeatApi,
      body,
      (outcome) => {
        if (life !== this.life) return;
        if (!outcome.ok) {
          this.failures += 1;
          return this.again();
        }
        this.failures = 0;
        const { errorCode } = outcome.value;
        if (errorCode === ErrorCode.NONE) this.owner.alive(askedAtMs);
        else this.owner.refused(errorCode);
        if (life === this.life) this.wait();
      },
      { timeoutMs },
    );
  }
}
