// The active controller of three nodes is killed, frozen or cut off one way, again and again, while
// topics are created through every node: none that was acknowledged is lost or doubled, creations and
// deletions of contended names have an order, and the others serve within a bound.
//
//   node test/foreign/kill-cluster.ts [--rounds 200] [--against gofka|kafka]

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Administrators, NodeClient } from "./cluster/administrators.ts";
import { NODES, ThreeNodes } from "./cluster/three.ts";
import { until } from "./cluster/until.ts";
import { Ways } from "./cluster/ways.ts";
import { Checks, whichBroker } from "./harness.ts";

const { values: given } = parseArgs({
  strict: false,
  options: { rounds: { type: "string", default: "200" } },
});
const rounds = Number(given.rounds);
/** Far above what either takes on a machine with nothing else to do. */
const SERVED_WITHIN_MS = whichBroker() === "kafka" ? 120_000 : 30_000;
const WHOLE_WITHIN_MS = 60_000;

type Fault = {
  readonly name: string;
  readonly bring: (at: number) => Promise<() => Promise<void>>;
};

function faultsOf(cluster: ThreeNodes, ways: Ways): readonly Fault[] {
  const cut = (direction: "from" | "to") => async (at: number) => {
    ways.cut(at, direction);
    return async () => ways.mend();
  };
  return [
    {
      name: "kill -9",
      bring: async (at) => {
        await cluster.kill(at);
        return async () => void (await cluster.start(at));
      },
    },
    {
      name: "SIGSTOP",
      bring: async (at) => {
        const { pid } = cluster.node(at);
        process.kill(pid, "SIGSTOP");
        return async () => void process.kill(pid, "SIGCONT");
      },
    },
    { name: "nothing from it", bring: cut("from") },
    { name: "nothing to it", bring: cut("to") },
  ];
}

class Story {
  private readonly watchers: readonly NodeClient[];
  private readonly administrators: Administrators;
  private readonly faults: readonly Fault[];
  readonly servedMs = new Map<string, number[]>();

  constructor(cluster: ThreeNodes, ways: Ways, administrators: Administrators) {
    this.administrators = administrators;
    this.watchers = cluster.ports.map((port) => new NodeClient(port));
    // Of real Kafka the wires are its own.
    this.faults = faultsOf(cluster, ways).slice(0, cluster.which === "kafka" ? 2 : undefined);
  }

  async round(number: number): Promise<void> {
    const fault = this.faults[number % this.faults.length]!;
    this.administrators.contendFor(`contended-${number}`);
    const leading = await until("somebody leads", WHOLE_WITHIN_MS, () =>
      this.watchers[number % NODES]!.leader(),
    );
    // Into whatever is under way.
    await sleep((number * 37) % 200);
    this.administrators.watch();
    const mend = await fault.bring(leading);
    let served: number;
    try {
      served = await until(`a topic is created after ${fault.name}`, SERVED_WITHIN_MS, () => {
        return this.administrators.servedAfterMs;
      });
    } finally {
      await mend();
    }
    this.servedMs.set(fault.name, [...(this.servedMs.get(fault.name) ?? []), served]);
    for (const [at, watcher] of this.watchers.entries()) {
      await until(`node ${at + 1} knows of all brokers`, WHOLE_WITHIN_MS, async () =>
        (await watcher.metadata())?.brokers === NODES ? true : undefined,
      );
    }
  }

  async verify(): Promise<string> {
    // Nothing changes any more, so what all three tell is what there is.
    const topics = await until("the nodes tell the same", WHOLE_WITHIN_MS, async () => {
      const told = await Promise.all(this.watchers.map((watcher) => watcher.metadata()));
      const texts = told.map((each) =>
        JSON.stringify([...(each?.topics ?? [])].map((topic) => topic.join(" ")).toSorted()),
      );
      return new Set(texts).size === 1 ? told[0]?.topics : undefined;
    });
    this.administrators.verify(topics);
    const { acknowledged, contendedOperations, unknown } = this.administrators;
    return (
      `${acknowledged} topics acknowledged, ${unknown} without an answer or refused; ` +
      `${contendedOperations} operations on contended names`
    );
  }

  close(): void {
    for (const watcher of this.watchers) watcher.close();
  }
}

function figures(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    String(Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!));
  return `${sorted.length} rounds, served again after ${at(0.5)} ms (median), ${at(1)} ms (most)`;
}

const checks = new Checks();
const ways = await Ways.open();
const settings = { "broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "300" };
const wayTo = (node: number, voter: number, port: number): number => ways.to(node, voter, port);
const cluster = await ThreeNodes.start(whichBroker(), { settings, wayTo });
const administrators = new Administrators(cluster.ports);
const story = new Story(cluster, ways, administrators);
const work = administrators.work();
try {
  await checks.check(`${rounds} rounds`, async () => {
    for (let number = 0; number < rounds; number++) {
      await story.round(number);
      if (number % 20 === 19) console.log(`      ${number + 1} rounds`);
    }
  });
  for (const [name, values] of story.servedMs) await checks.check(name, () => figures(values));
  administrators.end();
  await work;
  await checks.check("nothing acknowledged is lost or doubled, and all has an order", () =>
    story.verify(),
  );
} finally {
  administrators.end();
  story.close();
  await cluster.stopAll();
}
checks.finish();
process.exit();
