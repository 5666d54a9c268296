// All clients of a world: who works at what, who replaces whom, and when they may rest.
//
// Lives on: the simulator's thread.

import type { Prng } from "../../base/prng.ts";
import type { WorldConfig } from "../swarm.ts";
import { Administering } from "./administering.ts";
import { Consuming } from "./consuming.ts";
import { GroupMember } from "./group-member.ts";
import { GroupWatching } from "./group-watching.ts";
import { Producing } from "./producing.ts";
import { Retelling } from "./retelling.ts";
import type { SimClient } from "./sim-client.ts";
import { Vandal } from "./vandal.ts";

const RETELLING_PAUSE_MS = 30;
const ADMINISTERING_PAUSE_MS = 150;
const VANDAL_PAUSE_MS = 200;
const WATCHING_PAUSE_MS = 400;

type Job = (client: SimClient) => { quiet: boolean; readonly underWay: number };
type Employed = { client: SimClient; work: ReturnType<Job>; readonly job: Job };

export class Workforce {
  private readonly employed: Employed[] = [];
  private readonly newClient: () => SimClient;

  constructor(config: WorldConfig, newClient: () => SimClient) {
    this.newClient = newClient;
    for (const options of config.producers) {
      this.employ((client) => new Producing(client, options));
    }
    for (const options of config.consumers) {
      this.employ((client) => {
        const consuming = new Consuming(client, options);
        consuming.start((topic, index) => anOffset(client, topic, index));
        return resting();
      });
    }
    for (let count = config.retellers; count > 0; count--) {
      this.employ((client) => new Retelling(client, RETELLING_PAUSE_MS));
    }
    for (let count = config.administrators; count > 0; count--) {
      this.employ((client) => new Administering(client, ADMINISTERING_PAUSE_MS));
    }
    for (let count = config.vandals; count > 0; count--) {
      this.employ((client) => {
        const machine = client.stage.machines.get(client.name);
        if (machine !== undefined) new Vandal(client, machine, VANDAL_PAUSE_MS);
        return resting();
      });
    }
    for (const draw of config.groups) {
      for (let place = 0; place < draw.members; place++) {
        this.employ((client) => new GroupMember(client, draw, place));
      }
    }
    if (config.groups.length > 0) {
      const groupIds = config.groups.map(({ options }) => options.groupId);
      this.employ((client) => new GroupWatching(client, groupIds, WATCHING_PAUSE_MS));
    }
  }

  groupMembers(): GroupMember[] {
    const works: unknown[] = this.employed.map(({ work }) => work);
    return works.filter((work) => work instanceof GroupMember);
  }

  /** A producer that stops at nothing, for the time after the storm. */
  static probing(client: SimClient): Producing {
    return new Producing(client, {
      acks: -1,
      idempotent: true,
      lingerMs: 0,
      batchBytesMax: 10_000,
      inFlightMax: 5,
      attemptsMax: 1_000,
      compression: "none",
      meanPauseMs: 1_000_000_000,
      burstMax: 1,
      underWayMax: 0,
    });
  }

  /** A fault: a client is gone from one moment to the next; another takes its place. */
  replaceOne(prng: Prng): void {
    const employed = prng.pick(this.employed);
    employed.client.end();
    employed.client = this.newClient();
    employed.work = employed.job(employed.client);
  }

  /** Nobody begins anything new. */
  quiet(): void {
    for (const { work } of this.employed) work.quiet = true;
  }

  /** Records whose outcome is open. */
  underWay(): number {
    return this.employed.reduce((sum, { work }) => sum + work.underWay, 0);
  }

  end(): void {
    for (const { client } of this.employed) client.end();
  }

  private employ(job: Job): void {
    const client = this.newClient();
    this.employed.push({ client, job, work: job(client) });
  }
}

function resting(): { quiet: boolean; underWay: number } {
  return { quiet: false, underWay: 0 };
}

/** The beginning as a rule; now and then somewhere in the middle of what is known. */
function anOffset(client: SimClient, topic: string, index: number): number | "earliest" {
  const { history } = client.stage;
  const known = [...history.partition(topic, index).idAt.keys()];
  return known.length === 0 || client.prng.chance(0.6) ? "earliest" : client.prng.pick(known);
}
