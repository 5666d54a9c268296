import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { AdmissionPool } from "../../../src/actors/front-door/admission.ts";
import type {
  ConnectionBounds,
  ConnectionOwner,
  PendingRequest,
} from "../../../src/actors/front-door/connection.ts";
import { AnswerMemory } from "../../../src/actors/front-door/answer-memory.ts";
import { Connection } from "../../../src/actors/front-door/connection.ts";
import type { FrameProblem } from "../../../src/actors/front-door/frame-splitter.ts";

const BULKY = 9;

/** A frame whose only byte names it. */
function frame(name: number, length = 1): Uint8Array {
  const bytes = new Uint8Array(4 + length);
  new DataView(bytes.buffer).setInt32(0, length);
  bytes[4] = name;
  return bytes;
}

class Desk implements ConnectionOwner {
  readonly pool: AdmissionPool;
  readonly lender = undefined;
  readonly bounds: ConnectionBounds;
  readonly commands: string[] = [];
  readonly requests = new Map<number, PendingRequest>();
  readonly garbage: FrameProblem[] = [];
  readonly memory = new AnswerMemory(1);
  readonly connection: Connection;

  constructor(bounds: Partial<ConnectionBounds> = {}, poolBytes = 1000) {
    this.pool = new AdmissionPool(poolBytes);
    this.bounds = {
      frameBytesMax: 1000,
      requestsInFlightMax: 10,
      unsentBytesMax: 10,
      ...bounds,
    };
    const address = { host: "127.0.0.1", port: 1 };
    const facts = { id: 1, listener: "PLAINTEXT", remote: address, local: address };
    this.connection = new Connection(facts, this, 0);
  }

  socket(command: Parameters<ConnectionOwner["socket"]>[0]): void {
    if (command.do !== "write") this.commands.push(command.do);
    else this.commands.push(`write ${command.chunks.map((chunk) => chunk.join(".")).join(" ")}`);
  }

  isBulky({ bytes }: PendingRequest["frame"]): boolean {
    return bytes[0] === BULKY;
  }

  dispatch(_connection: Connection, request: PendingRequest): void {
    this.requests.set(request.frame.bytes[0]!, request);
  }

  sentGarbage(_connection: Connection, problem: FrameProblem): void {
    this.garbage.push(problem);
  }

  /** What other connections have not taken. */
  fill(bytes: number): void {
    this.memory.count(bytes);
  }

  receive(...names: number[]): void {
    for (const name of names) this.connection.received(frame(name), 0);
  }

  answer(name: number, ...bytes: number[]): void {
    const request = this.requests.get(name)!;
    this.requests.delete(name);
    this.connection.answer(request, [Uint8Array.from(bytes)], 0);
  }

  finish(name: number, how: "nothing" | "close"): void {
    const request = this.requests.get(name)!;
    this.requests.delete(name);
    this.connection.answer(request, how, 0);
  }

  get running(): number[] {
    return [...this.requests.keys()];
  }

  take(): string[] {
    return this.commands.splice(0);
  }
}

describe("connection", () => {
  test("requests are dispatched without waiting for answers, answers leave in request order", () => {
    const desk = new Desk();
    desk.receive(1, 2, 3);
    assert.deepEqual(desk.running, [1, 2, 3]);
    desk.answer(3, 33);
    desk.answer(2, 22);
    assert.deepEqual(desk.take(), []);
    desk.answer(1, 11);
    assert.deepEqual(desk.take(), ["write 11 22 33"]);
    assert.equal(desk.pool.bytes, 0);
  });

  test("a request without an answer holds nobody up and gives no bytes", () => {
    const desk = new Desk();
    desk.receive(1, 2);
    desk.answer(2, 22);
    desk.finish(1, "nothing");
    assert.deepEqual(desk.take(), ["write 22"]);
  });

  test("too many requests in flight pause the socket until one is answered", () => {
    const desk = new Desk({ requestsInFlightMax: 2 });
    desk.receive(1, 2, 3);
    assert.deepEqual(desk.running, [1, 2]);
    assert.deepEqual(desk.take(), ["pause"]);
    desk.answer(1, 11);
    assert.deepEqual(desk.running, [2, 3]);
    desk.answer(2, 22);
    assert.deepEqual(desk.take(), ["write 11", "write 22", "resume"]);
  });

  test("a client that does not read its answers is not served further", () => {
    const desk = new Desk();
    desk.receive(1);
    desk.answer(1, 1);
    desk.connection.buffered(11);
    desk.receive(2);
    assert.deepEqual(desk.running, []);
    assert.deepEqual(desk.take(), ["write 1", "pause"]);
    assert.equal(desk.memory.unsentBytes, 11);
    desk.connection.drained(0);
    assert.deepEqual(desk.running, [2]);
    assert.deepEqual(desk.take(), ["resume"]);
    assert.equal(desk.memory.unsentBytes, 0);
  });

  test("when memory is full nothing is dispatched until all answers are taken", () => {
    const desk = new Desk();
    desk.receive(1);
    desk.answer(1, 1);
    desk.connection.buffered(1);
    desk.receive(2);
    assert.deepEqual(desk.running, [2]);
    desk.answer(2, 1);
    desk.fill(desk.memory.bytesMax);
    desk.receive(3);
    assert.deepEqual(desk.running, []);
    desk.connection.drained(0);
    assert.deepEqual(desk.running, [3]);
  });

  test("while memory fills a large answer counts as untaken until it is told what has left", () => {
    const desk = new Desk();
    const others = desk.memory.bytesMax / 2 + 1;
    desk.fill(others);
    desk.receive(1);
    const request = desk.requests.get(1)!;
    desk.requests.delete(1);
    desk.connection.answer(request, [new Uint8Array(70_000)], 0);
    assert.equal(desk.memory.unsentBytes - others, 70_000);
    desk.take();
    desk.receive(2);
    assert.deepEqual(desk.running, [], "whoever does not read has one answer in memory, not two");
    assert.deepEqual(desk.take(), [], "it is told in a moment: no pause");
    desk.connection.buffered(30_000);
    assert.equal(desk.memory.unsentBytes - others, 30_000);
    assert.deepEqual(desk.running, []);
    assert.deepEqual(desk.take(), ["pause"]);
    desk.connection.buffered(0);
    assert.equal(desk.memory.unsentBytes, others);
    assert.deepEqual(desk.running, [2]);
  });

  test("while memory is full a bulky request gets on only when its client has read the last answer", () => {
    const desk = new Desk();
    const fullBytes = desk.memory.bytesMax + 1;
    desk.fill(fullBytes);
    desk.receive(BULKY, BULKY, 1);
    desk.answer(BULKY, 5);
    assert.deepEqual(desk.running, [], "it was sent before the answer could be read");
    assert.equal(desk.memory.waiting, 1);
    desk.fill(-fullBytes);
    assert.deepEqual(desk.running, [BULKY, 1]);
    assert.equal(desk.memory.waiting, 0);
    desk.fill(fullBytes);
    desk.answer(1, 6);
    desk.answer(BULKY, 5);
    desk.receive(BULKY);
    assert.deepEqual(desk.running, [BULKY], "it was sent when nothing else was under way");
    desk.receive(BULKY);
    desk.answer(BULKY, 5);
    assert.equal(desk.memory.waiting, 1);
    desk.connection.closed();
    assert.equal(desk.memory.waiting, 0);
  });

  test("answers that wait for an earlier one count as unsent", () => {
    const desk = new Desk({ unsentBytesMax: 2 });
    desk.receive(1, 2);
    desk.answer(2, 1, 2, 3);
    assert.equal(desk.memory.unsentBytes, 3);
    desk.receive(3);
    assert.deepEqual(desk.running, [1]);
    desk.answer(1, 11);
    assert.equal(desk.memory.unsentBytes, 0);
    assert.deepEqual(desk.running, [3]);
  });

  test("one bulky request at a time; others pass while it runs", () => {
    const desk = new Desk({ requestsInFlightMax: 10 });
    desk.receive(BULKY, 1);
    const first = desk.requests.get(BULKY)!;
    assert.deepEqual(desk.running, [BULKY, 1]);
    desk.requests.delete(BULKY);
    desk.receive(BULKY, 2);
    assert.deepEqual(desk.running, [1], "the second waits, and so does what is behind it");
    desk.connection.answer(first, [Uint8Array.of(5)], 0);
    assert.deepEqual(desk.running, [1, BULKY, 2]);
  });

  test("no room in the pool pauses the socket; room resumes it", () => {
    const desk = new Desk({}, 10);
    desk.pool.take(99, 10, () => {});
    desk.receive(1, 2);
    assert.deepEqual(desk.running, []);
    assert.deepEqual(desk.take(), ["pause"]);
    desk.pool.giveBack(10);
    assert.deepEqual(desk.running, [1, 2]);
    assert.deepEqual(desk.take(), ["resume"]);
    assert.equal(desk.pool.bytes, 2);
  });

  test("a connection that closes gives back what it held and frees its place in line", () => {
    const desk = new Desk({}, 10);
    desk.receive(1);
    desk.connection.received(frame(2, 8).subarray(0, 6), 0);
    assert.equal(desk.pool.bytes, 9);
    desk.connection.closed();
    assert.equal(desk.pool.bytes, 1, "the request that runs still holds its bytes");
    desk.answer(1, 11);
    assert.equal(desk.pool.bytes, 0);
    assert.deepEqual(desk.take(), []);

    const waiting = new Desk({}, 10);
    waiting.pool.take(99, 10, () => {});
    waiting.receive(1);
    waiting.connection.closed();
    assert.equal(waiting.pool.waiting, 0);
  });

  test("an answer that closes lets the earlier ones leave and drops the later ones", () => {
    const desk = new Desk();
    desk.receive(1, 2, 3);
    desk.answer(3, 33);
    desk.finish(2, "close");
    assert.deepEqual(desk.take(), []);
    desk.answer(1, 11);
    assert.deepEqual(desk.take(), ["write 11", "end"]);
    desk.receive(4);
    assert.deepEqual(desk.running, []);
    assert.equal(desk.pool.bytes, 0);
    assert.equal(desk.memory.unsentBytes, 0);
  });

  test("garbage ends the connection after the answers that are due", () => {
    const desk = new Desk();
    desk.receive(1);
    desk.connection.received(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2), 0);
    assert.deepEqual(desk.garbage, ["negativeLength"]);
    assert.deepEqual(desk.take(), ["pause"]);
    desk.answer(1, 11);
    assert.deepEqual(desk.take(), ["write 11", "resume", "end"]);
  });

  test("a drain answers what was dispatched and leaves the rest", () => {
    const desk = new Desk({ requestsInFlightMax: 1 });
    desk.receive(1, 2);
    desk.connection.endAfterAnswers();
    desk.answer(1, 11);
    assert.deepEqual(desk.running, []);
    assert.deepEqual(desk.take(), ["pause", "write 11", "resume", "end"]);
    assert.equal(desk.pool.bytes, 0);

    const idle = new Desk();
    idle.connection.endAfterAnswers();
    assert.deepEqual(idle.take(), ["pause", "resume", "end"]);
  });
});
