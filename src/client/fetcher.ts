// The consuming side of a client without groups: partitions assigned by hand, read in order from given
// offsets by long-polling fetches in one session per broker (KIP-227).
//
// Lives on: anywhere (ports passed in).

import { ZERO_UUID } from "../base/uuid.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../protocol/messages/01-fetch.ts";
import type { Infer } from "../protocol/schema.ts";
import type { Cluster, Lane } from "./cluster.ts";

export type FetcherOptions = {
  readonly minBytes?: number;
  readonly maxWaitMs?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly readCommitted?: boolean;
  /** Without a session every request names every partition. */
  readonly sessions?: boolean;
};

/** What one partition answered: whole batches as they lie in the log. */
export type Fetched = {
  readonly topic: string;
  readonly index: number;
  readonly fetchOffset: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly records: Uint8Array;
};

type Position = { readonly topic: string; readonly index: number; offset: number };
/** `sent`: what the broker holds of each partition in the session. */
type Session = { id: number; epoch: number; readonly sent: Map<string, Readonly<Position>> };

const fetchApi = { request: FetchRequest, response: FetchResponse };
const EMPTY = new Uint8Array(0);
const EPOCH_MAX = 0x7fff_ffff;

export class Fetcher {
  private readonly cluster: Cluster;
  private readonly options: Required<FetcherOptions>;
  private readonly positions = new Map<string, Position>();
  private readonly sessions = new Map<number, Session>();
  private readonly busy = new Set<number>();
  private readonly fetched: (fetched: Fetched) => number | undefined;
  /** Topics whose leaders may not be the ones we know. */
  private readonly stale = new Set<string>();
  private learning = false;
  private readonly lane: Lane;
  private over = false;

  /**
   * `fetched` hears of each partition that answered with data or an error, and answers with the
   * offset to go on from; `undefined` stops reading that partition.
   */
  constructor(
    cluster: Cluster,
    options: FetcherOptions,
    fetched: (fetched: Fetched) => number | undefined,
  ) {
    this.cluster = cluster;
    this.fetched = fetched;
    this.lane = cluster.openLane();
    this.options = {
      minBytes: 1,
      maxWaitMs: 500,
      maxBytes: 50 * 1024 * 1024,
      partitionMaxBytes: 1024 * 1024,
      readCommitted: false,
      sessions: true,
      ...options,
    };
  }

  assign(topic: string, index: number, offset: number): void {
    this.positions.set(`${topic}-${index}`, { topic, index, offset });
    this.poll();
  }

  /** An answer that is under way will not be heard of. */
  unassign(topic: string, index: number): void {
    this.positions.delete(`${topic}-${index}`);
  }

  close(): void {
    this.over = true;
    this.cluster.closeLane(this.lane);
  }

  /** Starts a fetch at every broker that leads something and has none under way. */
  private poll(): void {
    if (this.over || this.cluster.isClosed) return;
    const byLeader = new Map<number, Position[]>();
    const unknown = new Set<string>();
    for (const position of this.positions.values()) {
      const leader = this.cluster.topic(position.topic)?.partitions.get(position.index)?.leaderId;
      if (leader === undefined || leader < 0) unknown.add(position.topic);
      else byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
    }
    if (unknown.size > 0) this.learn([...unknown]);
    for (const [leader, positions] of byLeader) {
      if (!this.busy.has(leader)) this.fetchFrom(leader, positions);
    }
  }

  /** Asks anew about these topics; what comes up while an answer is awaited is asked next. */
  private learn(topics: readonly string[]): void {
    for (const topic of topics) this.stale.add(topic);
    const isOver = this.over || this.cluster.isClosed;
    if (isOver || this.learning || this.stale.size === 0) return;
    this.learning = true;
    const names = [...this.stale];
    this.stale.clear();
    this.cluster.refresh(names, () => {
      this.cluster.backOff(2, () => {
        this.learning = false;
        this.poll();
        this.learn([]);
      });
    });
  }

  private fetchFrom(leader: number, positions: readonly Position[]): void {
    this.busy.add(leader);
    const session = this.sessions.get(leader) ?? { id: 0, epoch: 0, sent: new Map() };
    this.sessions.set(leader, session);
    const { maxWaitMs } = this.options;
    const body = this.requestOf(session, positions);
    this.cluster.callBroker(
      leader,
      fetchApi,
      body,
      (outcome) => {
        this.busy.delete(leader);
        if (this.over) return;
        const healthy = outcome.ok && this.take(leader, session, outcome.value);
        if (healthy) return this.poll();
        this.sessions.delete(leader);
        this.learn([...new Set(positions.map(({ topic }) => topic))]);
      },
      { timeoutMs: maxWaitMs + this.cluster.options.requestTimeoutMs, lane: this.lane },
    );
  }

  /** In a session only partitions whose offset has moved are named again. */
  private requestOf(session: Session, positions: readonly Position[]) {
    const topics = new Map<string, { partition: number; fetchOffset: number }[]>();
    const forgotten = [...session.sent.values()].filter(
      ({ topic, index }) => !this.positions.has(`${topic}-${index}`),
    );
    for (const { topic, index } of forgotten) session.sent.delete(`${topic}-${index}`);
    for (const { topic, index, offset } of positions) {
      const key = `${topic}-${index}`;
      if (session.epoch > 0 && session.sent.get(key)?.offset === offset) continue;
      session.sent.set(key, { topic, index, offset });
      const partitions = topics.get(topic) ?? [];
      partitions.push({ partition: index, fetchOffset: offset });
      topics.set(topic, partitions);
    }
    const { partitionMaxBytes, minBytes, maxWaitMs, maxBytes, readCommitted } = this.options;
    return {
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel: readCommitted ? 1 : 0,
      sessionId: session.id,
      sessionEpoch: this.options.sessions ? session.epoch : -1,
      topics: [...topics].map(([topic, partitions]) => ({
        topic,
        topicId: this.cluster.topic(topic)?.topicId ?? ZERO_UUID,
        partitions: partitions.map((each) => ({ ...each, partitionMaxBytes })),
      })),
      forgottenTopicsData: forgotten.map(({ topic, index }) => ({
        topic,
        topicId: this.cluster.topic(topic)?.topicId ?? ZERO_UUID,
        partitions: [index],
      })),
    };
  }

  /** False when the session, or the picture of the cluster, is of no use any more. */
  private take(leader: number, session: Session, answer: Infer<typeof FetchResponse>): boolean {
    if (answer.errorCode !== ErrorCode.NONE) return false;
    if (!this.options.sessions || answer.sessionId === 0) {
      this.sessions.set(leader, { id: 0, epoch: 0, sent: new Map() });
    } else {
      session.id = answer.sessionId;
      session.epoch = session.epoch === EPOCH_MAX ? 1 : session.epoch + 1;
    }
    let healthy = true;
    for (const { topic, topicId, partitions } of answer.responses) {
      const name = topic === "" ? this.nameOf(topicId) : topic;
      if (name === undefined) return false;
      for (const partition of partitions) {
        // Assigned anew, or dropped, since it was asked for: the answer is to another question.
        const sent = session.sent.get(`${name}-${partition.partitionIndex}`);
        if (sent?.offset !== this.positions.get(`${name}-${partition.partitionIndex}`)?.offset)
          continue;
        healthy = this.takePartition(name, partition) && healthy;
      }
    }
    return healthy;
  }

  private takePartition(
    topic: string,
    partition: Infer<typeof FetchResponse>["responses"][number]["partitions"][number],
  ): boolean {
    const { partitionIndex: index, errorCode, highWatermark, logStartOffset } = partition;
    const position = this.positions.get(`${topic}-${index}`);
    const records = partition.records ?? EMPTY;
    if (position === undefined) return true;
    if (errorCode === ErrorCode.NONE && records.byteLength === 0) return true;
    const fetchOffset = position.offset;
    const next = this.fetched({
      topic,
      index,
      fetchOffset,
      errorCode,
      highWatermark,
      logStartOffset,
      records,
    });
    if (next === undefined) this.positions.delete(`${topic}-${index}`);
    else position.offset = next;
    // With another offset to go on from there is nothing to wait for.
    const isAnswered = errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && next !== fetchOffset;
    return errorCode === ErrorCode.NONE || isAnswered;
  }

  private nameOf(topicId: string): string | undefined {
    for (const { topic } of this.positions.values()) {
      if (this.cluster.topic(topic)?.topicId === topicId) return topic;
    }
    return undefined;
  }
}
