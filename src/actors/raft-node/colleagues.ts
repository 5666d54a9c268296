// The other Raft nodes: streams to those who vote are kept, as the voters change; what they say is
// turned into messages, and the other way round. Pieces of a snapshot go on the bulk lane, whose stream
// is opened when the first of them is sent: heartbeats do not wait behind megabytes.
//
// Lives on: the metadata host (part of the raft node).

import { writeUuid } from "../../base/uuid.ts";
import type { VoterSet } from "../../metadata/control-records.ts";
import type { Outbox } from "../../runtime/actor.ts";
import type { PeerLaneName, SocketAddress } from "../../runtime/ports.ts";
import { controllerRef } from "../controller/messages.ts";
import type { MessageOf, RaftMessage } from "./core/messages.ts";
import type { RaftEvent, RaftState } from "./core/state.ts";
import { votersOf } from "./core/state.ts";
import type { Args, RaftNodeSelf } from "./events.ts";
import type { RaftNodeSettings } from "./messages.ts";
import { FollowerTimes } from "./follower-times.ts";
import { QuorumHealth } from "./quorum-health.ts";
import { fromWire, toWire } from "./wire-form.ts";

const CHANNEL = "raft";

type Received = Extract<RaftEvent, { event: "received" }>;

export class Colleagues {
  readonly #out: Pick<Outbox<RaftNodeSelf>, "peer" | "log" | "tell">;
  readonly #settings: RaftNodeSettings;
  readonly times = new FollowerTimes();
  readonly health: QuorumHealth;
  /** Nodes to which there are streams. */
  readonly found = new Set<number>();
  /** Those to which there are streams on the bulk lane as well. */
  readonly bulk = new Set<number>();
  /** Of those who vote. */
  readonly #addresses = new Map<number, SocketAddress>();
  #watched: VoterSet = [];
  #leaderId: number | null = null;
  /** Where this node listens. */
  #port = 0;

  constructor(
    settings: RaftNodeSettings,
    out: Pick<Outbox<RaftNodeSelf>, "peer" | "log" | "tell">,
  ) {
    this.#settings = settings;
    this.#out = out;
    this.health = new QuorumHealth(out, settings.electionTimeoutMs);
    const { listen, nodeId, clusterId, directoryId } = settings;
    if (listen === null) return;
    out.peer({ do: "hear", lane: "control", channel: CHANNEL });
    out.peer({ do: "hear", lane: "bulk", channel: CHANNEL });
    out.peer({ do: "join", hello: { clusterId, nodeId, directoryId }, listen });
    this.watch(settings.voters);
    // Whose number is negative is not known yet, as in Kafka.
    settings.bootstrap.forEach((address, at) => {
      out.peer({ do: "dial", lane: "control", nodeId: -1 - at, address });
    });
  }

  listening(address: SocketAddress): void {
    this.#port = address.port;
    this.#out.log("info", "listens for nodes", address);
  }

  opened({ nodeId: peer, directoryId }: Args<"peerOpened">): void {
    this.found.add(peer);
    this.#out.log("info", "stream to node", { peer, directoryId });
  }

  closed({ nodeId: peer, detail }: Args<"peerClosed">): void {
    this.found.delete(peer);
    this.#out.log("info", "no stream to node any more", { peer, detail });
  }

  /** After each step: who votes, who leads, and how they are. */
  heed(raft: RaftState, nowMs: number): void {
    this.watch(votersOf(raft));
    this.leaderIs(raft.leaderId);
    this.health.look(raft, this.times, nowMs);
  }

  /** Those of the configuration are dialled in any case: one of them may know more. */
  watch(voters: VoterSet): void {
    if (voters === this.#watched || this.#settings.listen === null) return;
    const { nodeId: self, voters: configured } = this.#settings;
    const wanted = [...configured, ...voters];
    for (const { nodeId } of this.#watched) {
      if (wanted.some((each) => each.nodeId === nodeId)) continue;
      this.#out.peer({ do: "forget", lane: "control", nodeId });
      this.#out.peer({ do: "forget", lane: "bulk", nodeId });
      this.#addresses.delete(nodeId);
    }
    for (const { nodeId, endpoints } of wanted) {
      const [endpoint] = endpoints;
      if (nodeId === self || endpoint === undefined) continue;
      const address = { host: endpoint.host, port: endpoint.port };
      this.#addresses.set(nodeId, address);
      this.#out.peer({ do: "dial", lane: "control", nodeId, address });
    }
    this.#watched = voters;
    // A disk is named once it is written down: from then on no other has that vote.
    const named = voters.map((voter) => `${voter.nodeId}:${voter.directoryId ?? "any disk"}`);
    this.#out.log("info", "voters", { voters: named });
    this.#warn(voters);
  }

  /** What an operator would rather know before the day on which it counts. */
  #warn(voters: VoterSet): void {
    const { nodeId, directoryId } = this.#settings;
    if (voters.length > 0 && voters.length % 2 === 0) {
      const lost = voters.length / 2 - 1;
      this.#out.log("warn", "an even number of voters bears no more losses than one voter less", {
        voters: voters.length,
        lost,
      });
    }
    const own = voters.find((voter) => voter.nodeId === nodeId)?.directoryId ?? null;
    if (own === null || own === directoryId) return;
    this.#out.log("error", "the vote of this node is of another disk: remove that voter first", {
      voter: own,
      directoryId,
    });
  }

  /** The controller sends on to the leader what it cannot do itself. */
  leaderIs(leaderId: number | null): void {
    if (leaderId === this.#leaderId || this.#settings.listen === null) return;
    this.#leaderId = leaderId;
    this.times.clear();
    this.#out.log("info", "leader of the metadata", { leaderId });
    this.#out.tell(controllerRef(), "leaderIs", { leaderId });
  }

  send(nodeId: number, message: RaftMessage): void {
    const said = toWire(message.kind === "observe" ? this.#withPort(message) : message);
    const lane = message.kind === "snapshotChunk" ? this.#laneOfBulk(nodeId) : "control";
    this.#out.peer({ do: "send", lane, nodeId, channel: CHANNEL, message: said });
  }

  /** The first pieces, and those for a node that nobody dials, go the way that there is. */
  #laneOfBulk(nodeId: number): PeerLaneName {
    const address = this.#addresses.get(nodeId);
    if (address !== undefined) this.#out.peer({ do: "dial", lane: "bulk", nodeId, address });
    return this.bulk.has(nodeId) ? "bulk" : "control";
  }

  /** Where any free port was to be taken, it is known when it is. */
  #withPort(message: MessageOf<"observe">): MessageOf<"observe"> {
    const endpoints = message.endpoints.map((endpoint) =>
      endpoint.port === 0 ? { ...endpoint, port: this.#port } : endpoint,
    );
    return { ...message, endpoints };
  }

  /** One who comes by an address knows of nobody else: the leader is asked once there is a stream. */
  #dialLeader({ leaderId: nodeId, endpoints: [endpoint] }: MessageOf<"leaderIs">): void {
    if (endpoint === undefined || this.#addresses.has(nodeId)) return;
    const { host, port } = endpoint;
    this.#out.peer({ do: "dial", lane: "control", nodeId, address: { host, port } });
  }

  /** What a node says, as a step takes it; undefined when it makes no sense. */
  understand(
    { nodeId: from, directoryId, message: said }: Args<"peerMessage">,
    raft: RaftState,
    nowMs: number,
  ): Received | undefined {
    const message = fromWire(said);
    if (message === undefined) {
      this.#out.log("error", "no message of Raft", { nodeId: from });
      return undefined;
    }
    if (message.kind === "leaderIs") this.#dialLeader(message);
    const isId = directoryId !== null && writeUuid(new Uint8Array(16), 0, directoryId);
    const disk = isId ? directoryId : null;
    const received: Received = { event: "received", from, directoryId: disk, message };
    this.times.note(received, raft, nowMs);
    return received;
  }
}
