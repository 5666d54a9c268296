import { strict as assert } from "node:assert";
import { test } from "node:test";
import { frontDoorRef } from "../../../src/actors/front-door/messages.ts";
import { WATCHES_MAX } from "../../../src/actors/partition/watches.ts";
import { batchOf, partition, Stage } from "./stage.ts";

const watcher = frontDoorRef(0);

class Transcript {
  readonly stage: Stage;
  private readonly lines: string[] = [];

  constructor(stage = new Stage()) {
    this.stage = stage;
  }

  watch(watchId: number, afterOffset: number): void {
    this.stage.harness.tell(partition, "watch", {
      watchId,
      watcher,
      afterOffset,
      readCommitted: false,
    });
    this.note(`watch ${watchId} after ${afterOffset}`);
  }

  unwatch(watchId: number): void {
    this.stage.harness.tell(partition, "unwatch", { watchId, watcher });
    this.note(`unwatch ${watchId}`);
  }

  produce(...values: string[]): void {
    this.stage.produce(batchOf(values));
    this.note(`produce ${values.length}`);
  }

  do(what: string, act: (stage: Stage) => void): void {
    act(this.stage);
    this.note(what);
  }

  private note(cause: string): void {
    this.lines.push(cause);
    for (const { args } of this.stage.harness.take("partitionReadable")) {
      const { watchId, visibleEnd, bytes, errorCode } = args as Record<string, number>;
      const what = errorCode === 0 ? `end ${visibleEnd}, ${bytes} bytes` : `error ${errorCode}`;
      this.lines.push(`  -> ${watchId}: ${what}`);
    }
  }

  is(...expected: string[]): void {
    assert.deepEqual(this.lines, expected);
  }
}

test("told once each time there is more to read, and at once when there is already", () => {
  const it = new Transcript();
  it.watch(1, 0);
  it.produce("a");
  it.produce("b");
  it.watch(2, 1);
  it.watch(3, 2);
  it.unwatch(1);
  it.produce("c");
  it.is(
    "watch 1 after 0",
    "produce 1",
    "  -> 1: end 1, 70 bytes",
    "produce 1",
    "  -> 1: end 2, 70 bytes",
    "watch 2 after 1",
    "  -> 2: end 2, 70 bytes",
    "watch 3 after 2",
    "unwatch 1",
    "produce 1",
    "  -> 2: end 3, 70 bytes",
    "  -> 3: end 3, 70 bytes",
  );
});

test("what becomes visible together is told together, and not before it is", () => {
  const it = new Transcript();
  it.watch(1, 0);
  it.do("syncs are stuck", ({ harness }) => harness.disk.hold("datasync"));
  it.produce("a");
  it.produce("b");
  it.produce("c");
  it.do("one sync ends", ({ harness }) => harness.release(1));
  it.do("the next one ends", ({ harness }) => harness.release(1));
  it.is(
    "watch 1 after 0",
    "syncs are stuck",
    "produce 1",
    "produce 1",
    "produce 1",
    "one sync ends",
    "  -> 1: end 1, 70 bytes",
    "the next one ends",
    "  -> 1: end 3, 140 bytes",
  );
});

test("no wake-up is lost between a read and the watch that follows it", () => {
  const it = new Transcript();
  it.produce("a");
  // A reader has read up to 1, and before its watch arrives there is more.
  it.produce("b");
  it.watch(1, 1);
  it.is("produce 1", "produce 1", "watch 1 after 1", "  -> 1: end 2, 70 bytes");
});

test("a watch of the same id is moved, forwards and back", () => {
  const it = new Transcript();
  it.produce("a");
  it.produce("b");
  it.watch(1, 2);
  it.watch(1, 0);
  it.watch(1, 2);
  it.produce("c");
  it.is(
    "produce 1",
    "produce 1",
    "watch 1 after 2",
    "watch 1 after 0",
    "  -> 1: end 2, 140 bytes",
    "watch 1 after 2",
    "produce 1",
    "  -> 1: end 3, 70 bytes",
  );
});

test("removal, close and failure tell every watcher, and those who come later", () => {
  const removed = new Transcript();
  removed.watch(1, 0);
  removed.do("remove", ({ harness }) => void harness.ask(partition, "remove", {}));
  removed.watch(2, 0);
  removed.is("watch 1 after 0", "remove", "  -> 1: error 3", "watch 2 after 0", "  -> 2: error 3");

  const closed = new Transcript();
  closed.watch(1, 0);
  closed.do("close", ({ harness }) => void harness.ask(partition, "close", {}));
  closed.watch(2, 0);
  closed.is("watch 1 after 0", "close", "  -> 1: error 6", "watch 2 after 0", "  -> 2: error 6");

  const failed = new Transcript();
  failed.watch(1, 0);
  failed.do("the disk fails", ({ harness }) => harness.disk.failNext("datasync", "EIO"));
  failed.produce("a");
  failed.watch(2, 0);
  failed.is(
    "watch 1 after 0",
    "the disk fails",
    "produce 1",
    "  -> 1: error 56",
    "watch 2 after 0",
    "  -> 2: error 56",
  );
});

test("watches that arrive before the log is open are not forgotten", () => {
  const stage = new Stage({ prepare: ({ disk }) => disk.hold("create") });
  const it = new Transcript(stage);
  it.watch(1, 0);
  it.watch(2, 0);
  it.unwatch(2);
  it.produce("a");
  it.do("the log opens", ({ harness }) => harness.disk.open());
  it.is(
    "watch 1 after 0",
    "watch 2 after 0",
    "unwatch 2",
    "produce 1",
    "the log opens",
    "  -> 1: end 1, 70 bytes",
  );
});

test("one watch too many is told at once that it is not kept", () => {
  const stage = new Stage();
  for (let watchId = 1; watchId <= WATCHES_MAX; watchId++) {
    stage.harness.tell(partition, "watch", {
      watchId,
      watcher,
      afterOffset: 0,
      readCommitted: false,
    });
  }
  const it = new Transcript(stage);
  it.watch(WATCHES_MAX + 1, 0);
  it.watch(1, 0);
  it.is(`watch ${WATCHES_MAX + 1} after 0`, `  -> ${WATCHES_MAX + 1}: error 89`, "watch 1 after 0");
});
