// A simulated world: one machine with a whole node, several clients, a network between them, and
// faults, all on one heap of events. It has four parts: the clients work while faults happen; then
// everything is mended and what is under way must come to an end; then the node must serve as if
// nothing had been; then it is stopped, started again, and its logs are read from end to end.
//
// Lives on: the simulator's thread.

import { Admin } from "../client/admin.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { resolveBrokerSettings } from "../config/broker-config.ts";
import type { BrokerSettings } from "../config/broker-config.ts";
import type { Prng } from "../base/prng.ts";
import type { LogLevel } from "../runtime/ports.ts";
import { CLEANED_SUFFIX } from "../storage/file-names.ts";
import { checkBounds, isIdle } from "./checkers/bounds.ts";
import { WireWatch } from "./checkers/wire-watch.ts";
import { checkWholeLog } from "./checkers/whole-log.ts";
import { SimWall } from "./clock.ts";
import { SimDisk } from "./disk.ts";
import { Faults } from "./faults.ts";
import { groupEpilogue } from "./group-epilogue.ts";
import { GroupHistories } from "./group-history.ts";
import { History } from "./history.ts";
import type { Send } from "./history.ts";
import { SimNetwork } from "./network.ts";
import { SimPeerNetwork } from "./peers.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { Scheduler } from "./scheduler.ts";
import { SimNode } from "./sim-node.ts";
import { SimMachine } from "./sockets.ts";
import type { WorldConfig } from "./swarm.ts";
import { Verdict } from "./verdict.ts";
import { Consuming } from "./workload/consuming.ts";
import type { Producing } from "./workload/producing.ts";
import { readWholeLogs } from "./workload/reading-all.ts";
import { SimClient } from "./workload/sim-client.ts";
import type { Stage } from "./workload/sim-client.ts";
import { Workforce } from "./workload/workforce.ts";

const NODE = "node";
const PORT = 9092;
const WALL_START_MS = 1_800_000_000_000;
const DATA_DIRECTORY = "/data";

/** How long each part may take in virtual time before that itself is a broken promise. */
const START_WITHIN_MS = 60_000;
const SETTLE_WITHIN_MS = 300_000;
/** Beyond what the request itself allows. */
const ANSWER_WITHIN_MS = 4_000;
const PROBE_WITHIN_MS = 120_000;
/** Since the last step of compaction. */
const IDLE_WITHIN_MS = 5_000;
const COMPACTED_WITHIN_MS = 300_000;
const PROBE_ROUNDS = 3;
const PARKED_MS = 600_000;
const WOKEN_WITHIN_MS = 20_000;
const READ_WITHIN_MS = 120_000;
const AFTERSHOCK_MS = 5_000;
const CHECK_EVERY_MS = 250;
/** More events than this, and something goes round in circles. */
const EVENTS_MAX = 5_000_000;

export class World {
  readonly scheduler: Scheduler;
  readonly verdict: Verdict;
  readonly history: History;
  readonly node: SimNode;
  readonly watch: WireWatch;
  faults: Faults | undefined;
  private readonly config: WorldConfig;
  private readonly network: SimNetwork;
  private readonly machines = new Map<string, SimMachine>();
  private readonly disk: SimDisk;
  private readonly stage: Stage;
  private healedAtMs = Infinity;
  /** Since when the node is up and nothing is done to it. */
  private calmAtMs = Infinity;
  private clientsMade = 0;

  constructor(config: WorldConfig, bug?: PlantedBug) {
    this.config = config;
    const scheduler = new Scheduler(config.seed);
    this.scheduler = scheduler;
    this.verdict = new Verdict(() => scheduler.nowMs());
    this.history = new History(config.seed);
    this.watch = new WireWatch(this.verdict, () => scheduler.nowMs());
    this.network = new SimNetwork(scheduler, config.network);
    this.disk = new SimDisk(scheduler.stream("disk"), config.disk);
    const wall = new SimWall(WALL_START_MS);
    const { machines, disk } = this;
    const machine = this.newMachine(NODE);
    const peers = new SimPeerNetwork(this.network);
    this.node = new SimNode(
      { scheduler, machine, machines, peers, disk, wall },
      {
        config: brokerSettings(config),
        hosts: config.hosts,
        timerLatenessMs: config.timerLatenessMs,
        bug,
      },
      {
        failed: (reason) => this.nodeFailed(reason),
        logged: (level, event) => this.nodeLogged(level, event),
        hostStarts: () => this.faults?.hostStarts(),
      },
    );
    this.stage = {
      scheduler,
      machines,
      wall: new SimWall(WALL_START_MS),
      watch: this.watch,
      verdict: this.verdict,
      history: this.history,
      groups: new GroupHistories(),
      broker: { host: NODE, port: PORT },
      requestTimeoutMs: config.requestTimeoutMs,
      topics: config.topics,
      deaths: () => this.node.deaths,
      troubled: () => this.healedAtMs === Infinity,
    };
  }

  /** Runs the whole story, or as much of it as holds. */
  run(): void {
    const { verdict, scheduler } = this;
    this.node.start();
    this.mustHappen("the node starts", () => this.node.state === "up", START_WITHIN_MS);
    this.createTopics();
    if (verdict.violation !== undefined) return;
    const workforce = new Workforce(this.config, () => this.newClient());
    this.faults = this.newFaults(workforce);
    this.runChecked(() => false, this.config.faultyMs);

    this.healedAtMs = scheduler.nowMs();
    this.faults.heal();
    this.runChecked(() => false, AFTERSHOCK_MS);
    this.mustHappen("a healed node is up", () => this.node.state === "up", START_WITHIN_MS);
    workforce.quiet();
    if (this.faults.diskFailed) this.restart("anyhow");
    this.calmAtMs = scheduler.nowMs();
    const settled = (): boolean => workforce.underWay() === 0;
    this.mustHappen("every record is settled", settled, SETTLE_WITHIN_MS);
    this.probe();
    if (verdict.violation === undefined) this.lookAtGroups(workforce);
    workforce.end();
    if (verdict.violation !== undefined) return;

    this.runChecked(() => false, 5_000);
    this.comeToRest();
    this.calmAtMs = Infinity;
    this.restart("orderly");
    this.readEverything();
  }

  /**
   * With little memory, a slow disk or a bound on its speed, compaction has fallen behind and catches
   * up now. The hosts are given time for that as long as it goes on, and not without end.
   */
  private comeToRest(): void {
    const { disk, scheduler } = this;
    let steppedAtMs = scheduler.nowMs();
    disk.beforeOperation = (_, { operation, args }) => {
      // Nobody is left who would read for another reason.
      const isStep = operation === "read" || ("path" in args && args.path.endsWith(CLEANED_SUFFIX));
      if (isStep) steppedAtMs = scheduler.nowMs();
    };
    const idle = (): boolean => isIdle(this.node.stats());
    const stuck = (): boolean => scheduler.nowMs() - steppedAtMs >= IDLE_WITHIN_MS;
    const ended = (): boolean => idle() || stuck();
    this.mustHappen("compaction comes to an end", ended, COMPACTED_WITHIN_MS);
    disk.beforeOperation = undefined;
    this.verdict.hold(!stuck() || idle(), "an idle host has nothing waiting", () => {
      return `${IDLE_WITHIN_MS} ms after compaction's last step`;
    });
  }

  private createTopics(): void {
    const client = this.newClient();
    const admin = new Admin(client.cluster);
    let created = 0;
    for (const { name, partitions, configs, promise } of this.config.topics) {
      this.history.promiseTopic(name, promise);
      admin.createTopics([{ name, partitions, replicationFactor: 1, configs }], (outcome) => {
        const result = outcome.ok ? outcome.value.topics[0] : undefined;
        if (result?.errorCode === ErrorCode.NONE) created += 1;
        else this.verdict.fail("topics can be created", `${name}: ${JSON.stringify(outcome)}`);
      });
    }
    const all = this.config.topics.length;
    this.mustHappen("topics can be created", () => created === all, START_WITHIN_MS);
    client.end();
  }

  /** Ends the node and starts it again; `orderly`: it must say that it closed everything cleanly. */
  private restart(how: "orderly" | "anyhow" | "killed"): void {
    if (how === "killed") this.node.kill();
    else {
      let stopped = false;
      this.node.stop(10_000, (clean) => {
        stopped = true;
        const isFine = clean || how === "anyhow";
        this.verdict.hold(isFine, "a calm node stops cleanly", () => "it says it did not");
      });
      this.mustHappen("the node stops", () => stopped, START_WITHIN_MS);
    }
    this.node.start();
    this.mustHappen("the node starts again", () => this.node.state === "up", START_WITHIN_MS);
  }

  /**
   * A new client writes to every partition, and each record is taken; one that waits for them in
   * fetches parked for ages hears of each at once, because nothing but being told ends its wait.
   */
  private probe(): void {
    const reader = this.newClient();
    const seen = new Set<number>();
    const waiting = { minBytes: 1, maxWaitMs: PARKED_MS, sessions: true };
    const consuming = new Consuming(reader, waiting, (_, records) => {
      for (const { send } of records) seen.add(send.id);
    });
    consuming.start(() => "latest");
    this.runChecked(() => false, 2_000);
    const writer = this.newClient();
    const probing = Workforce.probing(writer);
    let known = false;
    writer.learn(() => (known = true));
    this.mustHappen("a healed node is found", () => known, PROBE_WITHIN_MS);
    for (let round = 0; round < PROBE_ROUNDS; round++) {
      const sent = this.sendProbes(probing);
      const settled = (): boolean => sent.every(({ outcome }) => outcome !== "pending");
      this.mustHappen("a healed node takes records", settled, PROBE_WITHIN_MS);
      for (const { outcome, id, topic, index, code } of sent) {
        this.verdict.hold(outcome === "ok", "a healed node takes every record", () => {
          return `${topic}-${index}: record ${id} was ${outcome}, ${code}`;
        });
      }
      const heard = (): boolean => sent.every(({ id }) => seen.has(id));
      this.mustHappen("a parked fetch is woken by what it waits for", heard, WOKEN_WITHIN_MS);
    }
    consuming.close();
    reader.end();
    writer.end();
  }

  private sendProbes(probing: Producing): Send[] {
    if (this.verdict.violation !== undefined) return [];
    return this.config.topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, index) => probing.send(name, index, "small")),
    );
  }

  private lookAtGroups(workforce: Workforce): void {
    groupEpilogue({
      config: this.config,
      workforce,
      verdict: this.verdict,
      prng: this.scheduler.stream("group epilogue"),
      nowMs: () => this.scheduler.nowMs(),
      newClient: () => this.newClient(),
      mustHappen: (what, condition, withinMs) => this.mustHappen(what, condition, withinMs),
      pass: (spanMs) => void this.runChecked(() => false, spanMs),
      restart: (how) => {
        this.calmAtMs = Infinity;
        this.restart(how);
        this.calmAtMs = this.scheduler.nowMs();
      },
      endOf: (topic, index) => this.endOf(topic, index),
    });
  }

  /** Past all that was acknowledged since the world is calm. */
  private endOf(topic: string, index: number): number {
    const { sends } = this.history.partition(topic, index);
    const since = sends.filter(({ outcome, settledAtMs }) => {
      return outcome === "ok" && settledAtMs > this.healedAtMs + AFTERSHOCK_MS;
    });
    return since.reduce((end, { offset }) => Math.max(end, offset + 1), 0);
  }

  private readEverything(): void {
    const client = this.newClient();
    let done = false;
    readWholeLogs(client, (logs) => {
      const nowMs = this.scheduler.nowMs();
      for (const [partition, log] of logs) checkWholeLog(this.verdict, partition, log, nowMs);
      done = true;
    });
    this.mustHappen("every log can be read to its end", () => done, READ_WITHIN_MS);
    client.end();
  }

  private newFaults(workforce: Workforce): Faults {
    const { scheduler, network, node, disk, history, config } = this;
    const victims = {
      scheduler,
      network,
      node,
      disk,
      history,
      hosts: config.hosts,
      clientMachines: () => [...this.machines.keys()].filter((name) => name !== NODE),
      replaceClient: (prng: Prng) => workforce.replaceOne(prng),
    };
    return new Faults(victims, config.faults);
  }

  private newMachine(name: string): SimMachine {
    const machine = new SimMachine(this.network, name);
    this.machines.set(name, machine);
    return machine;
  }

  private newClient(): SimClient {
    this.clientsMade += 1;
    const name = `client${this.clientsMade}`;
    return new SimClient(this.stage, this.newMachine(name), name);
  }

  private mustHappen(what: string, condition: () => boolean, withinMs: number): void {
    if (this.verdict.violation !== undefined) return;
    const happened = this.runChecked(condition, withinMs);
    this.verdict.hold(happened, what, () => `not within ${withinMs} ms`);
  }

  /** Lets the world go on and checks it now and then. True when the condition came to hold. */
  private runChecked(condition: () => boolean, withinMs: number): boolean {
    const { scheduler, verdict } = this;
    const untilMs = scheduler.nowMs() + withinMs;
    let nextCheckMs = scheduler.nowMs() + CHECK_EVERY_MS;
    const stop = (): boolean =>
      condition() || verdict.violation !== undefined || scheduler.nowMs() >= nextCheckMs;
    // The scheduler counts whole microseconds: less than one is nothing.
    while (untilMs - scheduler.nowMs() > 0.001) {
      const leftMs = Math.min(untilMs - scheduler.nowMs(), CHECK_EVERY_MS);
      const stepMs = scheduler.nowMs() + leftMs;
      if (!scheduler.runUntil(stop, leftMs)) scheduler.advanceTo(stepMs);
      if (verdict.violation !== undefined) return false;
      if (condition()) return true;
      if (scheduler.nowMs() < nextCheckMs) continue;
      nextCheckMs = scheduler.nowMs() + CHECK_EVERY_MS;
      this.check();
    }
    return condition();
  }

  private check(): void {
    checkBounds(this.verdict, this.node.stats());
    if (this.calmAtMs < Infinity) this.watch.checkForgotten(this.calmAtMs, ANSWER_WITHIN_MS);
    const { eventsHandled } = this.scheduler;
    this.verdict.hold(eventsHandled < EVENTS_MAX, "the world comes to rest", () => {
      return `${eventsHandled} events`;
    });
  }

  private nodeFailed(reason: string): void {
    this.scheduler.trace.line(this.scheduler.nowMs(), `*** node failed: ${reason}`);
    const bug = reason.startsWith("a bug in host");
    this.verdict.hold(!bug, "no assertion fails", () => reason);
    // What was broken last may take a moment to show.
    const healed = this.scheduler.nowMs() > this.healedAtMs + AFTERSHOCK_MS;
    this.verdict.hold(!healed, "a healed node stays up", () => reason);
  }

  private nodeLogged(level: LogLevel, event: string): void {
    const escaped = level === "error" && event === "exception left an actor";
    const excused = this.faults?.diskFailed === true;
    this.verdict.hold(!escaped || excused, "no exception leaves an actor", () => event);
  }
}

function brokerSettings(config: WorldConfig): BrokerSettings {
  const resolved = resolveBrokerSettings({
    "node.id": "1",
    listeners: `PLAINTEXT://${NODE}:${PORT}`,
    "advertised.listeners": `PLAINTEXT://${NODE}:${PORT}`,
    "log.dirs": DATA_DIRECTORY,
    "auto.create.topics.enable": "false",
    ...config.broker,
  });
  if ("problems" in resolved) throw new Error(resolved.problems.join("; "));
  return resolved.settings;
}
