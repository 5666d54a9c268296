// A client that is a member of a group: it polls, works on what it got, commits, and does what members
// do that are a burden to their group: it leaves and comes back, does not poll for too long, stands
// still and wakes up, and commits in the name of a generation that is over.
//
// Lives on: the simulator's thread.

import type { ClientError } from "../../client/client-error.ts";
import type { ConsumedRecord } from "../../client/consumer.ts";
import { GroupConsumer } from "../../client/group/group-consumer.ts";
import type { OffsetToCommit } from "../../client/group/group-offsets.ts";
import type { TopicPartition } from "../../client/group/topic-partition.ts";
import { keyOf } from "../../client/group/topic-partition.ts";
import { OwnershipChecker } from "../checkers/group-ownership.ts";
import type { GroupDraw } from "../group-draw.ts";
import type { GroupHistory } from "../group-history.ts";
import { OldGeneration } from "./old-generation.ts";
import type { SimClient } from "./sim-client.ts";

const POLL_MS = 1_000;
const REST_MS = 300;
/** In part it may have been carried out. */
const partial: ReadonlySet<string> = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_ID"]);

export class GroupMember {
  /** It neither leaves nor stalls any more. */
  quiet = false;
  /** It reads and commits nothing new. */
  still = false;
  readonly underWay = 0;
  /** Whose outcome is open. */
  commits = 0;
  readonly draw: GroupDraw;
  private readonly client: SimClient;
  private readonly instanceId: string | undefined;
  private readonly history: GroupHistory;
  private readonly old: OldGeneration;
  private made: GroupConsumer | undefined;
  private checker: OwnershipChecker | undefined;
  private mayPollAtMs = 0;
  private isLeaving = false;
  private readonly lastOffsets = new Map<string, number>();

  /** `place`: the how-manieth member of its group. */
  constructor(client: SimClient, draw: GroupDraw, place: number) {
    this.client = client;
    this.draw = draw;
    this.instanceId = draw.areStatic ? `${draw.options.groupId}-static${place}` : undefined;
    this.history = client.stage.groups.of(draw.options.groupId);
    this.old = new OldGeneration(client, this.history);
    client.life.onEnd(() => (this.commits = 0));
    const { leaveMs, stallMs, freezeMs, oldCommitMs } = draw.restless;
    client.learn(() => {
      this.enter();
      this.sometimes(leaveMs, () => this.leaveAndReturn());
      this.sometimes(stallMs, () => this.stall());
      this.sometimes(freezeMs, () => this.freeze());
      // A generation of the other protocol may be over in the one and go on in the other.
      if (draw.options.protocol === "classic" && !draw.isMixed) {
        this.sometimes(oldCommitMs, () => this.old.commit());
      }
    });
  }

  /** Undefined while it is away. */
  get consumer(): GroupConsumer | undefined {
    return this.made;
  }

  /** As far as it knows. */
  get isSettled(): boolean {
    return this.made?.isSettled === true && !this.client.freezer.standsStill;
  }

  private sometimes(meanMs: number, run: () => void): void {
    if (meanMs === 0) return;
    this.client.every(meanMs, () => {
      if (!this.quiet) run();
      return !this.quiet;
    });
  }

  private newChecker(): OwnershipChecker {
    const { stage, life } = this.client;
    const { isMixed, options } = this.draw;
    const protocol = isMixed ? "mixed" : (options.protocol ?? "classic");
    const nowMs = (): number => this.client.nowMs();
    const checker = new OwnershipChecker(stage.verdict, this.history, protocol, nowMs);
    life.onEnd(() => checker.ended());
    return checker;
  }

  // ------------------------------------------------------------ in and out

  private enter(): void {
    const { draw, client } = this;
    const checker = this.newChecker();
    this.checker = checker;
    this.lastOffsets.clear();
    const named = this.instanceId === undefined ? {} : { groupInstanceId: this.instanceId };
    const { isMixed, options } = draw;
    const { protocol: fixed = "classic" } = options;
    const protocol = isMixed ? client.prng.pick(["classic", "consumer"] as const) : fixed;
    const consumer: GroupConsumer = new GroupConsumer(
      client.cluster,
      { ...options, ...named, protocol },
      {
        assigned: (partitions, done) => {
          checker.granted(partitions);
          done();
        },
        revoked: (partitions, done) => this.revoked(consumer, partitions, done),
        lost: (partitions, done) => {
          this.given(partitions);
          done();
        },
      },
      {
        decided: (identity, owned, assigned, askedAtMs) => {
          checker.decided(identity, owned, assigned, this.worldTime(askedAtMs));
          this.old.note(identity, assigned);
        },
        alive: (identity, askedAtMs) => checker.alive(identity, this.worldTime(askedAtMs)),
        expelled: () => checker.expelled(),
        committing: (offsets) => this.committing(offsets),
      },
    );
    const names = client.stage.topics.map(({ name }) => name);
    consumer.subscribe(draw.byPattern ? /^topic\d+$/ : names);
    this.made = consumer;
    this.poll(consumer);
  }

  /** Its clock counts from a start of its own. */
  private worldTime(clockMs: number): number {
    return this.client.nowMs() - (this.client.clock.monotonicMs() - clockMs);
  }

  private leaveAndReturn(): void {
    const { made: consumer } = this;
    if (consumer === undefined || this.isLeaving) return;
    this.isLeaving = true;
    this.made = undefined;
    const held = consumer.assignment();
    consumer.close(() => {
      this.given(held);
      this.checker?.ended();
      this.client.clock.startTimer(REST_MS * this.client.prng.float() * 2, () => {
        this.isLeaving = false;
        this.enter();
      });
    });
  }

  private stall(): void {
    const { maxPollIntervalMs } = this.draw.options;
    this.mayPollAtMs = this.client.nowMs() + maxPollIntervalMs * 2 * this.client.prng.float();
  }

  private freeze(): void {
    const { life, freezer, prng } = this.client;
    freezer.freeze();
    const spanMs = this.draw.options.sessionTimeoutMs * 3 * prng.float();
    life.after(spanMs, "thaw", () => freezer.thaw());
  }

  // ------------------------------------------------------------ reading

  private poll(consumer: GroupConsumer): void {
    if (consumer !== this.made) return;
    consumer.poll(POLL_MS, (records, failure) => {
      if (consumer !== this.made) return;
      if (failure !== undefined) return this.failed(failure);
      this.check(records);
      const { workMs } = this.draw;
      const isAtWork = records.length > 0 && !this.quiet;
      const workedMs = isAtWork ? workMs * 2 * this.client.prng.float() : 0;
      const stalledMs = this.quiet ? 0 : this.mayPollAtMs - this.client.nowMs();
      this.client.clock.startTimer(Math.max(1, workedMs, stalledMs), () => {
        if (consumer !== this.made) return;
        const { autoCommit } = this.draw.options;
        if (this.still || autoCommit || this.client.prng.chance(0.6)) return this.poll(consumer);
        // Sometimes it waits for what becomes of it, sometimes it does not.
        const persistent = this.client.prng.chance(0.5);
        const offsets = this.positions(consumer, consumer.assignment());
        consumer.commit(offsets, { persistent }, () => {
          if (persistent) this.poll(consumer);
        });
        if (!persistent) this.poll(consumer);
      });
    });
  }

  private check(records: readonly ConsumedRecord[]): void {
    const { history, verdict } = this.client.stage;
    for (const { topic, partition, offset } of records) {
      const key = keyOf({ topic, partition });
      const last = this.lastOffsets.get(key);
      this.lastOffsets.set(key, offset);
      const mayRepeat = history.partition(topic, partition).lossGeneration > 0;
      verdict.hold(
        last === undefined || last < offset || mayRepeat,
        "a member reads a partition forwards",
        () => `${this.client.name}, ${key}: ${offset} after ${last}`,
      );
    }
  }

  /** Another member of its name has come, or it came while the last one was still there. */
  private failed(failure: ClientError): void {
    const { verdict } = this.client.stage;
    const isRivalry = /^(FENCED|UNRELEASED)_INSTANCE_ID$/.test(failure.code);
    verdict.hold(isRivalry && this.instanceId !== undefined, "no member fails for good", () => {
      return `${this.client.name}: ${failure.message}`;
    });
    this.leaveAndReturn();
  }

  private revoked(
    consumer: GroupConsumer,
    partitions: readonly TopicPartition[],
    done: () => void,
  ): void {
    const given = (): void => {
      this.given(partitions);
      done();
    };
    // What is committed by itself has been, by now.
    const isDone = this.still || this.draw.options.autoCommit === true;
    if (isDone || this.client.prng.chance(0.3)) return given();
    consumer.commit(this.positions(consumer, partitions), { persistent: false }, given);
  }

  private given(partitions: readonly TopicPartition[]): void {
    this.checker?.released(partitions);
    for (const partition of partitions) this.lastOffsets.delete(keyOf(partition));
  }

  // ------------------------------------------------------------ commits

  private positions(consumer: GroupConsumer, partitions: readonly TopicPartition[]) {
    return partitions.flatMap((partition): OffsetToCommit[] => {
      const offset = consumer.position(partition);
      return offset === undefined ? [] : [{ ...partition, offset }];
    });
  }

  /** Also those that the consumer makes by itself. */
  private committing(offsets: readonly OffsetToCommit[]): (failure?: ClientError) => void {
    const { client, history } = this;
    const sent = offsets.map((each) => {
      return history.commitSent(keyOf(each), each.offset, client.nowMs());
    });
    this.commits += 1;
    return (failure) => {
      this.commits -= 1;
      const isOpen = failure?.kind === "unknown" || partial.has(failure?.code ?? "");
      for (const commit of sent) {
        commit.outcome = failure === undefined ? "ok" : isOpen ? "unknown" : "refused";
        commit.settledAtMs = client.nowMs();
      }
    };
  }
}
