// What a client knows of its cluster: brokers and their connections, topics and their leaders. Finds
// the broker for a partition and asks again where the picture was out of date.
//
// Lives on: anywhere (ports passed in).

import type { Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { MetadataRequest, MetadataResponse } from "../protocol/messages/03-metadata.ts";
import type { Draft, Infer, Message, Shape } from "../protocol/schema.ts";
import type { SocketAddress } from "../runtime/ports.ts";
import type { ApiPair, ClientPorts, ConnectionOptions } from "./connection.ts";
import { ClientConnection } from "./connection.ts";

export type ClientOptions = {
  readonly bootstrap: readonly SocketAddress[];
  readonly clientId?: string;
  readonly requestTimeoutMs?: number;
  /** The first wait before something is tried again; each later one is twice as long, to a bound. */
  readonly retryBackoffMs?: number;
  readonly allowAutoTopicCreation?: boolean;
};

export type PartitionInfo = {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** Where its replicas are; those of brokers without one are missing. */
  readonly racks: ReadonlySet<string>;
};

export type TopicInfo = {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: ReadonlyMap<number, PartitionInfo>;
};

const RESPONSE_BYTES_MAX = 128 * 1024 * 1024;
const BACKOFF_MS_MAX = 1_000;

/** Calls of one lane share a connection per broker. */
export type Lane = number;
const COMMON_LANE: Lane = 0;

export type CallOptions = {
  readonly timeoutMs?: number;
  /** False: there will be no answer (Produce with acks 0). */
  readonly answered?: boolean;
  readonly lane?: Lane;
};

type Body<Q extends Shape> = Draft<Message<Q>> | ((version: number) => Draft<Message<Q>>);
type Done<R extends Shape> = (outcome: Outcome<Infer<Message<R>>>) => void;

export class Cluster {
  readonly ports: ClientPorts;
  readonly options: Required<ClientOptions>;
  private readonly brokers = new Map<number, SocketAddress>();
  private readonly topics = new Map<string, TopicInfo>();
  private readonly connections = new Map<string, ClientConnection>();
  private nextBootstrap = 0;
  private nextLane = COMMON_LANE + 1;
  private over = false;

  constructor(ports: ClientPorts, options: ClientOptions) {
    this.ports = ports;
    this.options = {
      clientId: "gofka-client",
      requestTimeoutMs: 30_000,
      retryBackoffMs: 50,
      allowAutoTopicCreation: true,
      ...options,
    };
  }

  /** Nothing is asked any more, and nothing need be tried again. */
  get isClosed(): boolean {
    return this.over;
  }

  topic(name: string): TopicInfo | undefined {
    return this.topics.get(name);
  }

  /** All topics that have been heard of. */
  topicNames(): string[] {
    return [...this.topics.keys()];
  }

  /** Somebody has told us of a broker. */
  introduce(nodeId: number, address: SocketAddress): void {
    this.brokers.set(nodeId, address);
  }

  /** Asks any broker. */
  callAny<Q extends Shape, R extends Shape>(
    api: ApiPair<Q, R>,
    body: Body<Q>,
    done: Done<R>,
    options: CallOptions = {},
  ): void {
    if (this.over) return done(failure("stopped", "the client is closed"));
    this.connectionTo(this.anyAddress(), COMMON_LANE).request(api, body, done, options);
  }

  /** Asks one broker; `stopped` when it is not known (any more). */
  callBroker<Q extends Shape, R extends Shape>(
    nodeId: number,
    api: ApiPair<Q, R>,
    body: Body<Q>,
    done: Done<R>,
    { lane = COMMON_LANE, ...options }: CallOptions = {},
  ): void {
    if (this.over) return done(failure("stopped", "the client is closed"));
    const address = this.brokers.get(nodeId);
    if (address === undefined) return done(failure("stopped", `broker ${nodeId} is not known`));
    this.connectionTo(address, lane).request(api, body, done, options);
  }

  /**
   * Answers come in the order of the questions, so a fetch that waits for data would hold up everything
   * behind it: whoever fetches does so in a lane of its own.
   */
  openLane(): Lane {
    return this.nextLane++;
  }

  /** Nobody waits for answers in it any more. */
  closeLane(lane: Lane): void {
    for (const [key, connection] of [...this.connections]) {
      if (key.endsWith(` ${lane}`)) connection.close();
    }
  }

  /** The picture of these topics, asked for anew; `null`: of all topics that there are. */
  refresh(names: readonly string[] | null, done: (outcome: Outcome<null>) => void): void {
    const body = {
      topics: names?.map((name) => ({ name })) ?? null,
      allowAutoTopicCreation: names !== null && this.options.allowAutoTopicCreation,
    };
    const api = { request: MetadataRequest, response: MetadataResponse };
    this.callAny(api, body, (outcome) => {
      if (!outcome.ok) return done(outcome);
      if (names === null) this.topics.clear();
      this.learn(outcome.value);
      done({ ok: true, value: null });
    });
  }

  /** Waits as long as it should before try number `attempt` (from 1 on). */
  backOff(attempt: number, run: () => void): void {
    const delayMs = Math.min(this.options.retryBackoffMs * 2 ** (attempt - 1), BACKOFF_MS_MAX);
    this.ports.clock.startTimer(delayMs, run);
  }

  close(): void {
    this.over = true;
    for (const connection of [...this.connections.values()]) connection.close();
  }

  private learn(metadata: Infer<typeof MetadataResponse>): void {
    this.brokers.clear();
    const racks = new Map<number, string | null>();
    for (const { nodeId, host, port, rack } of metadata.brokers) {
      this.brokers.set(nodeId, { host, port });
      racks.set(nodeId, rack);
    }
    const racksOf = (nodes: readonly number[]) =>
      new Set(nodes.map((node) => racks.get(node)).filter((rack) => typeof rack === "string"));
    for (const { errorCode, name, topicId, partitions } of metadata.topics) {
      if (name === null) continue;
      if (errorCode !== ErrorCode.NONE) {
        this.topics.delete(name);
        continue;
      }
      const leaders = partitions.map(
        ({ partitionIndex, leaderId, leaderEpoch, replicaNodes }) =>
          [partitionIndex, { leaderId, leaderEpoch, racks: racksOf(replicaNodes) }] as const,
      );
      this.topics.set(name, { name, topicId, partitions: new Map(leaders) });
    }
  }

  /** A broker that has told of itself, else the next of those we were given. */
  private anyAddress(): SocketAddress {
    for (const connection of this.connections.values()) return connection.address;
    const { bootstrap } = this.options;
    const address = bootstrap[this.nextBootstrap++ % bootstrap.length];
    if (address === undefined) throw new RangeError("a client needs a bootstrap address");
    return address;
  }

  private connectionTo(address: SocketAddress, lane: Lane): ClientConnection {
    const key = `${address.host}:${address.port} ${lane}`;
    const known = this.connections.get(key);
    if (known !== undefined) return known;
    const { clientId, requestTimeoutMs } = this.options;
    const options: ConnectionOptions = {
      clientId,
      requestTimeoutMs,
      responseBytesMax: RESPONSE_BYTES_MAX,
    };
    const connection: ClientConnection = new ClientConnection(this.ports, address, options, () => {
      if (this.connections.get(key) === connection) this.connections.delete(key);
    });
    this.connections.set(key, connection);
    return connection;
  }
}
