// A Raft node on a real host with a controller that is played: what it was told, proposals to it, and
// a disk that outlives its lives.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import { controllerKind } from "../../../src/actors/controller/messages.ts";
import type { RaftNodeProtocol } from "../../../src/actors/raft-node/messages.ts";
import { raftNodeRef } from "../../../src/actors/raft-node/messages.ts";
import { raftNodeActor } from "../../../src/actors/raft-node/raft-node.ts";
import type { Disk } from "../../../src/runtime/ports.ts";
import type { Asked } from "../../support/actor-harness.ts";
import { ActorHarness } from "../../support/actor-harness.ts";

export const directory = "/data/gofka-metadata-0";

type Told = {
  snapshot: boolean;
  entries: { offset: number; record: Uint8Array }[];
  lastOffset: number;
};
type Options = { seed?: number; segmentBytes?: number };
export type Proposed = Asked<RaftNodeProtocol["propose"]["reply"]>;

export class RaftLife {
  readonly harness: ActorHarness;
  /** What the controller knows: a record's text by offset; a snapshot's records have its offset. */
  entries: [offset: number, text: string][] = [];
  lastOffset = -1;
  term: number | undefined;
  /** Times it was told to forget everything and begin with a snapshot. */
  snapshots = 0;

  constructor(disk: Disk, { seed = 1, segmentBytes = 1024 * 1024 }: Options = {}) {
    this.harness = new ActorHarness({
      kinds: [raftNodeActor],
      puppets: [[controllerKind, "0"]],
      disk,
      seed,
    });
    this.harness.mayEnd = false;
    const settings = {
      nodeId: 1,
      clusterId: "cluster",
      directoryId: null,
      voters: [{ nodeId: 1, directoryId: null, endpoints: [] }],
      joins: false,
      bootstrap: [],
      endpoints: [],
      listen: null,
      directory,
      segmentBytes,
      electionTimeoutMs: 1000,
    };
    this.harness.spawn(raftNodeActor, "0", settings);
  }

  /** The controller is there. */
  follow(): this {
    this.harness.tell(raftNodeRef(), "follow", {});
    return this;
  }

  /** Lets time pass and takes in what the controller is told. */
  settle(byMs = 0): void {
    this.harness.advance(byMs);
    for (const { message, args } of this.harness.take()) {
      if (message === "becameLeader") this.term = args["term"] as number;
      if (message === "lostLeadership") this.term = undefined;
      if (message === "committed") this.take(args as Told);
    }
  }

  private take({ snapshot, entries, lastOffset }: Told): void {
    if (snapshot) {
      this.entries = [];
      this.snapshots += 1;
    } else {
      assert.ok(lastOffset > this.lastOffset, "what is committed only moves forward");
    }
    for (const { offset, record } of entries) {
      this.entries.push([offset, new TextDecoder().decode(record)]);
    }
    this.lastOffset = lastOffset;
  }

  texts(): string[] {
    return this.entries.map(([, text]) => text);
  }

  propose(...texts: string[]): Proposed {
    const records = texts.map((text) => new TextEncoder().encode(text));
    const asked = this.harness.ask(raftNodeRef(), "propose", { term: this.term ?? -1, records });
    this.settle();
    return asked;
  }

  takeSnapshot(): void {
    const records = this.texts().map((text) => new TextEncoder().encode(text));
    this.harness.tell(raftNodeRef(), "snapshotTaken", { offset: this.lastOffset, records });
    this.settle();
  }

  close(): void {
    const closed = this.harness.ask(raftNodeRef(), "close", {});
    this.settle(1000);
    assert.ok(closed.answered, "closed");
    this.harness.host.stop();
  }
}
