// Keeps the checkpoint files of the log directory for all hosts of the node. There is one set of
// files and several hosts, so one of them writes: hosts report what they know and are answered when
// the files hold it. Writes are made one at a time; reports that arrive meanwhile share the next.
//
// Lives on: host 0 (part of the broker actor).

import type { Outcome } from "../../base/outcome.ts";
import { success } from "../../base/outcome.ts";
import type { ReplyTo } from "../../runtime/actor.ts";
import { Lane } from "../../runtime/lane.ts";
import type { Routine } from "../../runtime/routine.ts";
import { attempt } from "../../runtime/routine.ts";
import { encodeOffsetCheckpoint } from "../../storage/offset-checkpoint.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { CheckpointBook, CheckpointedValue, CheckpointLines } from "./checkpoint-book.ts";
import { CHECKPOINT_FILES } from "./checkpoint-book.ts";
import type { DirectoryCheckpoint } from "./messages.ts";
import type { BrokerOutbox } from "./state.ts";

type Answer = ReplyTo<Outcome<null>>;

export class CheckpointKeeper {
  private readonly out: BrokerOutbox;
  private readonly directory: string;
  private readonly book: CheckpointBook;
  private readonly lane: Lane;
  /** What came before it was known what the files say. */
  private early: (() => void)[] | undefined = [];
  /** To be answered when the next write has been made. */
  private waiting: Answer[] = [];
  /** Per file, as it was encoded: a file that would not change is not written. */
  private readonly lastWritten = new Map<CheckpointedValue, Uint8Array>();

  constructor(out: BrokerOutbox, directory: string, book: CheckpointBook) {
    this.out = out;
    this.directory = directory;
    this.book = book;
    this.lane = new Lane(out);
  }

  /** The book now holds what the files say. */
  begin(): void {
    const { early = [] } = this;
    this.early = undefined;
    for (const again of early) again();
  }

  report(
    { hostIndex, checkpoints }: { hostIndex: number; checkpoints: readonly DirectoryCheckpoint[] },
    replyTo: Answer,
  ): void {
    if (this.early !== undefined) {
      this.early.push(() => this.report({ hostIndex, checkpoints }, replyTo));
      return;
    }
    this.book.report(hostIndex, checkpoints);
    this.writeFor(replyTo);
  }

  forget({ directories }: { directories: readonly string[] }, replyTo: Answer): void {
    if (this.early !== undefined) {
      this.early.push(() => this.forget({ directories }, replyTo));
      return;
    }
    if (this.book.forget(directories)) this.writeFor(replyTo);
    else this.out.reply(replyTo, success(null));
  }

  private writeFor(replyTo: Answer): void {
    this.waiting.push(replyTo);
    if (this.waiting.length === 1) this.lane.enter(() => this.write());
  }

  private *write(): Routine<void> {
    const answers = this.waiting;
    this.waiting = [];
    const outcome = yield* attempt(this.writeFiles(this.book.lines()));
    if (!outcome.ok) {
      const { fault, detail } = outcome;
      this.out.log("error", "checkpoints cannot be written", { fault, detail });
    }
    for (const replyTo of answers) this.out.reply(replyTo, outcome);
  }

  private *writeFiles(lines: CheckpointLines): Routine<null> {
    this.book.writing(lines);
    for (const value of Object.keys(CHECKPOINT_FILES) as CheckpointedValue[]) {
      const bytes = encodeOffsetCheckpoint(lines[value]);
      if (sameBytes(bytes, this.lastWritten.get(value))) continue;
      this.lastWritten.delete(value);
      yield* replaceFile(`${this.directory}/${CHECKPOINT_FILES[value]}`, bytes);
      this.lastWritten.set(value, bytes);
    }
    this.book.written(lines);
    return null;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}
