// The broker actor of a host: it keeps the host's partitions in step with the metadata image, and the
// checkpoint files of the log directory in step with the partitions.
//
// At start it reads what the log directory holds, tells the controller that the host is here, and
// repeats that until it is sent an image. From then on it follows (image-follower.ts).
//
// Lives on: host thread, one per host.

import { failure } from "../../base/outcome.ts";
import type { ActorKind, Handlers, ReplyTo, World } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt, disk } from "../../runtime/routine.ts";
import { controllerRef } from "../controller/messages.ts";
import { CheckpointBook } from "./checkpoint-book.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { Cleaner } from "./cleaner.ts";
import { drainCoordinators } from "./coordinators.ts";
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
  private awaitCheckpoints: Reply<"writeCheckpoints">[] = [];

  constructor(settings: BrokerActorSettings, out: BrokerOutbox, world: World) {
    const book = new CheckpointBook();
    const { logDirectory } = settings;
    this.b = {
      settings,
      out,
      world,
      config: settings.config,
      image: undefined,
      partitions: new Map(),
      coordinators: new Set(),
      lane: new Lane(out),
      directories: new Set(),
      book,
      keeper: out.hostIndex === 0 ? new CheckpointKeeper(out, logDirectory, book) : undefined,
      draining: false,
      cleaner: undefined,
    };
    this.checkpoints = new Lane(out);
    this.b.lane.enter(() => this.start());
  }

  // ------------------------------------------------------------ start

  private *start(): Routine<void> {
    const { out } = this.b;
    const read = yield* attempt(readLogDirectory(this.b));
    if (!read.ok) return out.stopNode(`cannot read the log directory: ${read.detail}`);
    this.b.keeper?.begin();
    if (out.hostIndex === 0) out.run(removeLeftovers(this.b, read.value));
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

  private follow(update: ImageUpdate): void {
    const { b } = this;
    if (b.draining) return;
    b.lane.enter(function* () {
      const isFirst = b.image === undefined;
      yield* followImage(b, update);
      if (isFirst && b.out.hostIndex === 0) b.out.run(putStraysAside(b));
    });
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

  onWriteCheckpoints(_: ArgsOf<"writeCheckpoints">, replyTo: Reply<"writeCheckpoints">): void {
    // The drain waits for whoever asks this, and writes them itself.
    if (this.b.draining) return this.b.out.reply(replyTo, failure("stopped", "draining"));
    this.awaitCheckpoints.push(replyTo);
    // Those who ask while one is being written share the next.
    if (this.awaitCheckpoints.length === 1) this.checkpoints.enter(() => this.writeCheckpoints());
  }

  private *writeCheckpoints(): Routine<void> {
    const { b } = this;
    const answers = this.awaitCheckpoints;
    this.awaitCheckpoints = [];
    const checkpoints = yield* gatherCheckpoints(b);
    const reported = yield* reportCheckpoints(b, checkpoints);
    for (const replyTo of answers) b.out.reply(replyTo, reported);
    if (reported.ok) return;
    const { fault, detail } = reported;
    b.out.log("warn", "checkpoints are not written this time", { fault, detail });
  }

  onReportCheckpoints(args: ArgsOf<"reportCheckpoints">, replyTo: Reply<"reportCheckpoints">) {
    this.b.keeper?.report(args, replyTo);
  }

  onForgetCheckpoints(args: ArgsOf<"forgetCheckpoints">, replyTo: Reply<"forgetCheckpoints">) {
    this.b.keeper?.forget(args, replyTo);
  }

  onRetireDirectory(
    { directory, topicId, index }: ArgsOf<"retireDirectory">,
    replyTo: Reply<"retireDirectory">,
  ): void {
    const { b } = this;
    if (b.partitions.has(`${topicId}-${index}`)) {
      return b.out.reply(replyTo, failure("refused", `${directory} is still in use`));
    }
    b.out.run(retireDirectory(b, directory), { context: replyTo, into: "directoryRetired" });
  }

  onDirectoryRetired({ outcome, context }: ArgsOf<"directoryRetired">): void {
    this.b.out.reply(context, outcome);
  }

  onDescribeLogDirectory(
    _: ArgsOf<"describeLogDirectory">,
    replyTo: Reply<"describeLogDirectory">,
  ): void {
    const path = this.b.settings.logDirectory;
    this.b.out.run(disk("space", { path }), { context: replyTo, into: "spaceTold" });
  }

  onSpaceTold({ outcome, context }: ArgsOf<"spaceTold">): void {
    const path = this.b.settings.logDirectory;
    const space = outcome.ok ? outcome.value : { totalBytes: -1, freeBytes: -1 };
    this.b.out.reply(context, { path, failed: !outcome.ok, ...space });
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
