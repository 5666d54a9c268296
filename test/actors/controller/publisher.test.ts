import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Publisher } from "../../../src/actors/controller/publisher.ts";
import type { Ready } from "../../../src/actors/controller/publisher.ts";
import { Waiters } from "../../../src/actors/controller/waiters.ts";
import { MetadataImage } from "../../../src/metadata/image.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { ReplyTo } from "../../../src/runtime/actor.ts";

/** A publisher of an empty image to a node of several hosts, and what it tells them. */
function publishing(hostCount: number) {
  const told: string[] = [];
  const ready: string[] = [];
  const image = new MetadataImage();
  const out = {
    hostCount,
    tell: (to: { key: string }, kind: string) => void told.push(`${kind} ${to.key}`),
    reply: (to: ReplyTo<Ready>) => void ready.push(String(to.callId)),
  };
  const publisher = new Publisher(out as never, image, () => true);
  const move = (lastOffset: number): void => {
    image.advance({ records: [], lastOffset });
    publisher.moved({ records: [], lastOffset });
  };
  return { publisher, move, ready, took: () => told.splice(0) };
}

describe("publisher", () => {
  test("opens to every host at once, and tells changes to those that are there", () => {
    const { publisher, move, took } = publishing(3);
    publisher.joined(0);
    publisher.openAt(2);
    move(1);
    assert.deepEqual(took(), []);
    move(2);
    assert.deepEqual(took(), ["imageReplaced 0", "imageReplaced 1", "imageReplaced 2"]);
    move(3);
    assert.deepEqual(took(), ["imageChanged 0"]);
    publisher.joined(1);
    assert.deepEqual(took(), ["imageReplaced 1"]);
    move(4);
    assert.deepEqual(took(), ["imageChanged 0", "imageChanged 1"]);
  });

  test("is as far as the host that is farthest behind", () => {
    const { publisher, move } = publishing(2);
    assert.equal(publisher.appliedByAll(), Infinity);
    publisher.openAt(0);
    move(0);
    publisher.joined(0);
    publisher.joined(1);
    publisher.applied(0, 5);
    assert.equal(publisher.appliedByAll(), -1);
    publisher.applied(1, 4);
    assert.equal(publisher.appliedByAll(), 4);
    publisher.applied(1, 3);
    assert.equal(publisher.appliedByAll(), 4, "a late message takes nothing back");
    publisher.joined(0);
    assert.equal(publisher.appliedByAll(), -1, "its successor starts from nothing");
  });

  test("is ready when all hosts have the first image, not only those that are there", () => {
    const { publisher, move, ready } = publishing(2);
    publisher.ready({ host: 0, callId: 7 });
    publisher.openAt(1);
    move(1);
    publisher.joined(0);
    publisher.applied(0, 1);
    assert.deepEqual(ready, []);
    publisher.joined(1);
    publisher.applied(1, 0);
    assert.deepEqual(ready, []);
    publisher.applied(1, 1);
    assert.deepEqual(ready, ["7"]);
    publisher.ready({ host: 0, callId: 8 });
    assert.deepEqual(ready, ["7", "8"]);
  });

  test("a host that has followed an earlier controller catches up once", () => {
    const { publisher, move, took } = publishing(2);
    publisher.openAt(1);
    move(1);
    move(2);
    took();
    publisher.applied(1, 1);
    assert.deepEqual(took(), ["imageReplaced 1"]);
    publisher.applied(1, 2);
    assert.deepEqual(took(), []);
    assert.equal(publisher.appliedByAll(), 2);
  });

  test("another image goes to everyone whole", () => {
    const { publisher, move, took } = publishing(2);
    publisher.openAt(0);
    move(0);
    publisher.joined(0);
    took();
    const other = new MetadataImage();
    other.advance({ records: [], lastOffset: 9 });
    publisher.replaced(other);
    assert.deepEqual(took(), ["imageReplaced 0"]);
  });
});

describe("waiters", () => {
  function waiting(...offsets: readonly number[]) {
    const waiters = new Waiters();
    const ended: string[] = [];
    for (const [at, offset] of offsets.entries()) {
      waiters.add({
        offset,
        deadlineMs: at * 10,
        answer: () => ended.push(`${offset}`),
        fail: (errorCode) => ended.push(`${offset} failed ${errorCode}`),
      });
    }
    return { waiters, ended };
  }

  test("are answered in order, up to what has been reached", () => {
    const { waiters, ended } = waiting(1, 2, 2, 5);
    waiters.reached(2);
    assert.deepEqual(ended, ["1", "2", "2"]);
    waiters.reached(4);
    assert.equal(waiters.size, 1);
  });

  test("fail beyond what is committed, and when their time is up", () => {
    const { waiters, ended } = waiting(1, 2, 3);
    waiters.failBeyond(2, ErrorCode.NOT_CONTROLLER);
    assert.deepEqual(ended, ["3 failed 41"]);
    waiters.expire(9, ErrorCode.REQUEST_TIMED_OUT);
    assert.deepEqual(ended, ["3 failed 41", "1 failed 7"]);
    assert.equal(waiters.size, 1);
  });
});
