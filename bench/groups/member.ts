// A member of a classic group, as clients are, without what they read: it joins, hands out shares when it
// leads, sends heartbeats, and joins again when it is told to.
//
// Lives on: the developer's machine.

import { setTimeout as sleep } from "node:timers/promises";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../src/protocol/messages/11-join-group.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/12-heartbeat.ts";
import {
  LeaveGroupRequest,
  LeaveGroupResponse,
} from "../../src/protocol/messages/13-leave-group.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../../src/protocol/messages/14-sync-group.ts";
import { ConsumerProtocolSubscription } from "../../src/protocol/records/consumer-protocol/consumer-protocol-subscription.ts";
import { Writer } from "../../src/protocol/wire.ts";
import { LoadConnection } from "./connection.ts";

const joinApi = { request: JoinGroupRequest, response: JoinGroupResponse, version: 9 };
const syncApi = { request: SyncGroupRequest, response: SyncGroupResponse, version: 5 };
const beatApi = { request: HeartbeatRequest, response: HeartbeatResponse, version: 4 };
const leaveApi = { request: LeaveGroupRequest, response: LeaveGroupResponse, version: 5 };

function subscription(): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  ConsumerProtocolSubscription.at(0).encode(writer, { topics: ["bench"], userData: null });
  return writer.finish();
}

const metadata = subscription();
const share = new Uint8Array(64);

export type Settled = (member: Member, generationId: number, size: number) => void;

export class Member {
  readonly latenciesMs: number[] = [];
  private readonly connection: LoadConnection;
  private readonly groupId: string;
  private readonly intervalMs: number;
  private readonly settled: Settled;
  private memberId = "";
  private generationId = -1;
  private isLeaving = false;

  private constructor(
    connection: LoadConnection,
    groupId: string,
    intervalMs: number,
    settled: Settled,
  ) {
    this.connection = connection;
    this.groupId = groupId;
    this.intervalMs = intervalMs;
    this.settled = settled;
  }

  static async connect(
    bootstrap: string,
    groupId: string,
    intervalMs: number,
    settled: Settled,
  ): Promise<Member> {
    const connection = await LoadConnection.open(bootstrap);
    return new Member(connection, groupId, intervalMs, settled);
  }

  start(): void {
    void this.run();
  }

  async leave(): Promise<void> {
    this.isLeaving = true;
    const { groupId, memberId } = this;
    const members = [{ memberId, groupInstanceId: null, reason: null }];
    await this.connection.ask(leaveApi, { groupId, members });
    this.connection.close();
  }

  /** Without a word: its session runs out. */
  close(): void {
    this.isLeaving = true;
    this.connection.close();
  }

  private async run(): Promise<void> {
    while (!this.isLeaving) {
      if (!(await this.join())) continue;
      await this.beat();
    }
  }

  /** Into the next generation; false when it comes to nothing and is to be tried again. */
  private async join(): Promise<boolean> {
    const { groupId, memberId, connection } = this;
    const joined = await connection.ask(joinApi, {
      ...{ groupId, memberId, groupInstanceId: null, reason: null, protocolType: "consumer" },
      ...{ sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 60_000 },
      protocols: [{ name: "range", metadata }],
    });
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = joined.memberId;
    if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = "";
    if (joined.errorCode !== ErrorCode.NONE) return false;
    const { generationId, members, protocolType, protocolName } = joined;
    this.memberId = joined.memberId;
    const synced = await connection.ask(syncApi, {
      ...{ groupId, generationId, memberId: joined.memberId, groupInstanceId: null },
      ...{ protocolType, protocolName },
      // So that everybody knows how many they are.
      assignments: members.map((each) => {
        const assignment = share.slice();
        new DataView(assignment.buffer).setInt32(0, members.length);
        return { memberId: each.memberId, assignment };
      }),
    });
    if (synced.errorCode !== ErrorCode.NONE) return false;
    this.generationId = generationId;
    const { buffer, byteOffset } = synced.assignment;
    this.settled(this, generationId, new DataView(buffer, byteOffset).getInt32(0));
    return true;
  }

  private async beat(): Promise<void> {
    const { groupId, memberId, generationId } = this;
    // Not all at once.
    await sleep(Math.random() * this.intervalMs, undefined, { ref: false });
    while (!this.isLeaving) {
      const sentMs = performance.now();
      const body = { groupId, memberId, generationId, groupInstanceId: null };
      const { errorCode } = await this.connection.ask(beatApi, body);
      if (errorCode !== ErrorCode.NONE) return;
      this.latenciesMs.push(performance.now() - sentMs);
      await sleep(this.intervalMs, undefined, { ref: false });
    }
  }
}

/** Many members of one group, and the moment when all of them are in one generation. */
export class Crowd {
  readonly members: Member[] = [];
  private readonly generations = new Map<Member, { generationId: number; size: number }>();
  private wanted = 0;
  private done: (() => void) | undefined;

  async connect(
    count: number,
    bootstrap: string,
    groupId: string,
    intervalMs: number,
  ): Promise<void> {
    const connecting = Array.from({ length: count }, () =>
      Member.connect(bootstrap, groupId, intervalMs, (member, generationId, size) => {
        this.generations.set(member, { generationId, size });
        this.look();
      }),
    );
    this.members.push(...(await Promise.all(connecting)));
  }

  start(): void {
    for (const member of this.members) member.start();
  }

  /** Resolves when so many are there and each has its share of the same generation. */
  stable(count: number): Promise<void> {
    this.wanted = count;
    return new Promise((resolve) => {
      this.done = resolve;
      this.look();
    });
  }

  forget(member: Member): void {
    this.generations.delete(member);
    this.members.splice(this.members.indexOf(member), 1);
  }

  private look(): void {
    if (this.done === undefined || this.generations.size !== this.wanted) return;
    const [first, ...others] = this.generations.values();
    if (first?.size !== this.wanted) return;
    if (others.some(({ generationId }) => generationId !== first.generationId)) return;
    this.done();
    this.done = undefined;
  }

  close(): void {
    for (const member of this.members) member.close();
  }
}
