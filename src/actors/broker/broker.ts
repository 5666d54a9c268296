// The broker actor of a host: it keeps the host's partitions in step with the metadata image, and the
// checkpoint files of the log directory in step with the partitions.
//
// At start it reads what the log directory holds, tells the controller that the host is here, and
// repeats that until it is sent an image. From then on it follows (image-follower.ts).
//
// Lives on: host thread, one per host.

import type { Outcome } from "../../base/outcome.ts";
import { failure, success } from "../../base/outcome.ts";
import type { ActorKind, Handlers, ReplyTo, World } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import { controllerRef } from "../controller/messages.ts";
import type { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { Cleaner } from "./cleaner.ts";
import { drainCoordinators } from "./coordinators.ts";
import {
  describeDirectories,
  directoryAt,
  failDirectory,
  logDirectoryOf,
  suspectDirectory,
} from "./directories.ts";
import { followImage } from "./image-follower.ts";
import { readLogDirectory, removeLeftovers, retireDirectory } from "./log-directory.ts";
import type { BrokerActorSettings, BrokerProtocol } from "./messages.ts";
import { brokerKind } from "./messages.ts";
import { closePartitions, gatherCheckpoints, reportCheckpoints } from "./partitions.ts";
import type { BrokerOutbox, BrokerState, ImageUpdate, Self } from "./state.ts";
import { putStraysAside } from "./strays.ts";

/** The controller may still be reading its log; asking costs nothing. */
const JOIN_INTERVAL_MS = 500;

type ArgsOf<K extends keyof Self> = Self[K]["args"];
type Reply<K extends keyof BrokerProtocol> = ReplyTo<BrokerProtocol[K]["reply"]>;

class Broker implements Handlers<Self> {
  private readonly b: BrokerState;
  private readonly checkpoints: Lane;
  private updates: ImageUpdate[] = [];
  private awaitCheckpoints: { logDirectory: string; replyTo: Reply<"writeCheckpoints"> }[] = [];

  constructor(settings: BrokerActorSettings, out: BrokerOutbox, world: World) {
    this.b = {
      settings,
      out,
      world,
      config: settings.config,
      image: undefined,
      partitions: new Map(),
      coordinators: new Set(),
      lane: new Lane(out),
      directories: settings.directories.map((facts) => logDirectoryOf(facts, out)),
      draining: false,
      cleaner: undefined,
    };
    this.checkpoints = new Lane(out);
    this.b.lane.enter(() => this.start());
  }

  // ------------------------------------------------------------ start

  private *start(): Routine<void> {
    const { b } = this;
    const leftovers: string[] = [];
    for (const directory of b.directories.filter(({ failure: why }) => why === undefined)) {
      const read = yield* attempt(readLogDirectory(b, directory));
      if (!read.ok) {
        failDirectory(b, directory, `cannot read the log directory: ${read.detail}`);
        continue;
      }
      directory.keeper?.begin();
      leftovers.push(...read.value);
    }
    if (b.out.hostIndex === 0) b.out.run(removeLeftovers(b, leftovers));
    this.onJoinDue();
    this.startCheckpointTimer();
    this.b.cleaner = new Cleaner(this.b, () =>
      this.checkpoints.enter(() => this.writeCheckpoints()),
    );
    this.b.cleaner.pause();
  }

  onJoinDue(): void {
    const { out, image, draining } = this.b;
    if (image !== undefined || draining) return;
    out.tell(controllerRef(), "hostJoined", { hostIndex: out.hostIndex });
    out.startTimer("join", JOIN_INTERVAL_MS, "joinDue", {});
  }

  // ------------------------------------------------------------ the image

  onImageReplaced({ image }: ArgsOf<"imageReplaced">): void {
    this.follow({ image });
  }

  onImageChanged({ delta }: ArgsOf<"imageChanged">): void {
    this.follow({ delta });
  }

  /** What comes while one change is being followed is followed in one: what came and went is never opened. */
  private follow(update: ImageUpdate): void {
    const { b } = this;
    if (b.draining) return;
    this.updates.push(update);
    if (this.updates.length === 1) b.lane.enter(() => this.followUpdates());
  }

  private *followUpdates(): Routine<void> {
    const { b, updates } = this;
    this.updates = [];
    const isFirst = b.image === undefined;
    yield* followImage(b, updates);
    if (isFirst && b.out.hostIndex === 0) b.out.run(putStraysAside(b));
  }

  // ------------------------------------------------------------ checkpoints and directories

  private startCheckpointTimer(): void {
    const { out, config } = this.b;
    const intervalMs = config.logFlushOffsetCheckpointIntervalMs;
    out.startTimer("checkpoints", intervalMs, "checkpointsDue", {});
  }

  onCheckpointsDue(): void {
    this.checkpoints.enter(() => this.writeCheckpoints());
    this.startCheckpointTimer();
  }

  onCleaningDue(): void {
    this.b.cleaner?.cleaningDue();
  }

  onWriteCheckpoints(
    { logDirectory }: ArgsOf<"writeCheckpoints">,
    replyTo: Reply<"writeCheckpoints">,
  ): void {
    // The drain waits for whoever asks this, and writes them itself.
    if (this.b.draining) return this.b.out.reply(replyTo, failure("stopped", "draining"));
    this.awaitCheckpoints.push({ logDirectory, replyTo });
    // Those who ask while one is being written share the next.
    if (this.awaitCheckpoints.length === 1) this.checkpoints.enter(() => this.writeCheckpoints());
  }

  private *writeCheckpoints(): Routine<void> {
    const { b } = this;
    const answers = this.awaitCheckpoints;
    this.awaitCheckpoints = [];
    const reported = yield* reportCheckpoints(b, yield* gatherCheckpoints(b));
    for (const { logDirectory, replyTo } of answers) {
      b.out.reply(replyTo, reported.get(logDirectory) ?? failure("EIO", "it is offline"));
    }
    for (const [logDirectory, outcome] of reported) {
      if (outcome.ok) continue;
      const { fault, detail } = outcome;
      const fields = { logDirectory, fault, detail };
      b.out.log("warn", "checkpoints are not written this time", fields);
      suspectDirectory(b, logDirectory);
    }
  }

  onReportCheckpoints(args: ArgsOf<"reportCheckpoints">, replyTo: Reply<"reportCheckpoints">) {
    this.keep(args, replyTo, (keeper) => keeper.report(args, replyTo));
  }

  onForgetCheckpoints(args: ArgsOf<"forgetCheckpoints">, replyTo: Reply<"forgetCheckpoints">) {
    this.keep(args, replyTo, (keeper) => keeper.forget(args, replyTo));
  }

  /** In a directory that has failed there is nothing to be kept, nor to be forgotten. */
  private keep(
    { logDirectory }: { readonly logDirectory: string },
    replyTo: ReplyTo<Outcome<null>>,
    ask: (keeper: CheckpointKeeper) => void,
  ): void {
    const directory = directoryAt(this.b, logDirectory);
    if (directory?.keeper === undefined || directory.failure !== undefined) {
      this.b.out.reply(replyTo, success(null));
    } else ask(directory.keeper);
  }

  // ------------------------------------------------------------ data directories

  onDeviceFailed({ logDirectory }: ArgsOf<"deviceFailed">): void {
    suspectDirectory(this.b, logDirectory);
  }

  onDirectoryFailed({ logDirectory, detail }: ArgsOf<"directoryFailed">): void {
    const directory = directoryAt(this.b, logDirectory);
    if (directory !== undefined) failDirectory(this.b, directory, detail);
  }

  onRetireDirectory(
    { logDirectory, directory, topicId, index, asOf }: ArgsOf<"retireDirectory">,
    replyTo: Reply<"retireDirectory">,
  ): void {
    const { b } = this;
    const own = b.partitions.get(`${topicId}-${index}`);
    if (own?.home?.path === logDirectory) {
      const { lastOffset = 0 } = b.image ?? {};
      const stays = lastOffset > asOf && b.image?.topicById(topicId) !== undefined;
      const fault = stays ? "EEXIST" : "refused";
      return b.out.reply(replyTo, failure(fault, `${directory} is in use by topic ${topicId}`));
    }
    const retired = retireDirectory(b, logDirectory, directory);
    b.out.run(retired, { context: replyTo, into: "directoryRetired" });
  }

  onDirectoryRetired({ outcome, context }: ArgsOf<"directoryRetired">): void {
    this.b.out.reply(context, outcome);
  }

  onDescribeLogDirectories(
    _: ArgsOf<"describeLogDirectories">,
    replyTo: Reply<"describeLogDirectories">,
  ): void {
    this.b.out.run(describeDirectories(this.b), { context: replyTo, into: "spaceTold" });
  }

  onSpaceTold({ outcome, context }: ArgsOf<"spaceTold">): void {
    this.b.out.reply(context, outcome.ok ? outcome.value : { directories: [] });
  }

  // ------------------------------------------------------------ the end

  onDrainCoordinators(): void {
    drainCoordinators(this.b);
  }

  onDrain({ withinMs }: ArgsOf<"drain">, replyTo: Reply<"drain">): void {
    const { b } = this;
    b.draining = true;
    b.out.stopTimer("join");
    b.out.stopTimer("checkpoints");
    b.out.stopTimer("cleaner");
    // In the lane, so that no earlier report overtakes the last one.
    this.checkpoints.enter(function* () {
      b.out.reply(replyTo, yield* closePartitions(b, withinMs));
    });
  }
}

export const brokerActor: ActorKind<Self, BrokerActorSettings> = {
  kind: brokerKind,
  create: (settings, out, world) => new Broker(settings, out, world),
  placeOn: (key) => Number(key),
  mailbox: { messagesMax: 100_000, bytesMax: 100_000_000 },
};
