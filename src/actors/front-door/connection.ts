// One client connection: bytes in, requests out in their order, answers back in the same order, and
// the bounds that pause its socket. It knows nothing of what requests mean.
//
// A request is dispatched as soon as the one before it has been dispatched, so a pipelining client is
// served in parallel; answers wait for each other in a ResponseQueue. Nothing more is read or
// dispatched while
//   - the host's pools have no room for the next frame's body,
//   - as many requests as allowed are unanswered,
//   - too many bytes of answers have not left, because the client does not read them, or
//   - the next request may have a bulky answer (a fetch) and another such request is running: one
//     client cannot make the broker hold one large answer for each request it pipelines, or
//   - it may, was sent before the last such answer could be read, and the host's memory for answers is
//     full: nothing shows that its client reads at all.
//
//   open      reads and answers
//   draining  dispatches nothing more; ends when all that was dispatched is answered
//   ending    what was written still leaves; hears nothing
//   closed    answers that come now are dropped, and only give their frame's bytes back
//
// Lives on: anywhere (part of the front door).

import { assert } from "../../base/assert.ts";
import type { BufferPool } from "../../base/buffer-pool.ts";
import type { SocketCommand } from "../../runtime/actor.ts";
import type { SocketAddress } from "../../runtime/ports.ts";
import type { Admission } from "./admission.ts";
import type { AnswerMemory } from "./answer-memory.ts";
import type { Frame, FrameProblem } from "./frame-splitter.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import type { Answer, Slot } from "./response-queue.ts";
import { ResponseQueue } from "./response-queue.ts";

export type ConnectionBounds = {
  readonly frameBytesMax: number;
  readonly requestsInFlightMax: number;
  /** Answers that have not left: above it nothing more is dispatched. One answer may pass it. */
  readonly unsentBytesMax: number;
};

export type ConnectionFacts = {
  readonly id: number;
  readonly listener: string;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
};

/** What a connection needs of its front door. */
export type ConnectionOwner = {
  readonly pool: Admission;
  /** Left out where frames may be given to other hosts. */
  readonly lender: BufferPool | undefined;
  readonly bounds: ConnectionBounds;
  /** Bytes of answers in memory, over all connections of the host. */
  readonly memory: Pick<AnswerMemory, "count" | "isFilling" | "isFull" | "wait" | "stopWaiting">;
  socket(command: SocketCommand): void;
  /** Whether the frame's request may have a bulky answer. */
  isBulky(frame: Frame): boolean;
  /** Starts serving; the answer comes through `Connection.answer`, now or later. */
  dispatch(connection: Connection, request: PendingRequest): void;
  /** Its bytes are no Kafka frames; the connection ends by itself. */
  sentGarbage(connection: Connection, problem: FrameProblem): void;
};

/** A request from its dispatch to its answer. */
export type PendingRequest = {
  readonly frame: Frame;
  readonly frameBytes: number;
  readonly isBulky: boolean;
  readonly slot: Slot;
};

/** From here on, where memory is filling, it is asked how much has left before another answer is made. */
const LARGE_ANSWER_BYTES = 64 * 1024;

type State = "open" | "draining" | "ending" | "closed";

export class Connection {
  readonly facts: ConnectionFacts;
  /** Told by the client in ApiVersions (KIP-511); for logs only. */
  clientSoftware: string | undefined;
  lastActiveMs: number;
  readonly #owner: ConnectionOwner;
  readonly #splitter: FrameSplitter;
  readonly #queue = new ResponseQueue();
  #state: State = "open";
  /** A whole frame that waits for its dispatch. */
  #waitingFrame: Frame | undefined;
  /** Bytes out of the pool for a frame that has not been dispatched. */
  #admittedBytes = 0;
  #waitsForAdmission = false;
  #runningRequests = 0;
  #bulkyRequests = 0;
  #bufferedBytes = 0;
  /** Of large answers that were written, and of which it is not yet known how much has left. */
  #untoldBytes = 0;
  /** What `memory.unsentBytes` holds of ours. */
  #countedBytes = 0;
  /** What comes next was sent before the client could read its last bulky answer. */
  #isAhead = false;
  #isPaused = false;
  #isAdvancing = false;

  constructor(facts: ConnectionFacts, owner: ConnectionOwner, nowMs: number) {
    this.facts = facts;
    this.#owner = owner;
    this.lastActiveMs = nowMs;
    this.#splitter = new FrameSplitter(owner.bounds.frameBytesMax, owner.lender);
  }

  get state(): State {
    return this.#state;
  }

  /** Requests that are being served. */
  get runningRequests(): number {
    return this.#runningRequests;
  }

  /** Bytes of answers that have not left for the system. */
  get unsentBytes(): number {
    if (this.#state === "closed") return 0;
    const heldBytes = this.#state === "ending" ? 0 : this.#queue.heldBytes;
    return heldBytes + this.#bufferedBytes + this.#untoldBytes;
  }

  /** Whether part of a frame is there and the rest is awaited from the client, not from us. */
  get awaitsRestOfFrame(): boolean {
    return this.#state === "open" && !this.#isPaused && this.#splitter.isInsideFrame;
  }

  // ------------------------------------------------------------ events of the socket

  received(chunk: Uint8Array, nowMs: number): void {
    if (this.#state !== "open") return;
    this.lastActiveMs = nowMs;
    this.#splitter.push(chunk);
    this.#advance();
  }

  buffered(bytes: number): void {
    this.#bufferedBytes = bytes;
    this.#untoldBytes = 0;
    this.#countUnsent();
    this.#advance();
  }

  drained(nowMs: number): void {
    this.lastActiveMs = nowMs;
    this.#bufferedBytes = 0;
    this.#countUnsent();
    this.#advance();
  }

  /** The socket is gone. */
  closed(): void {
    this.#state = "closed";
    this.#countUnsent();
    this.#stopReading();
  }

  // ------------------------------------------------------------ answers

  answer(request: PendingRequest, answer: Answer, nowMs: number): void {
    this.#runningRequests -= 1;
    if (request.isBulky) this.#bulkyRequests -= 1;
    if (this.#state === "open" || this.#state === "draining") {
      this.lastActiveMs = nowMs;
      this.#queue.fill(request.slot, answer);
      this.#send();
      this.#countUnsent();
      if (request.isBulky) {
        this.#isAhead = this.#waitingFrame !== undefined || this.#splitter.isInsideFrame;
      }
    }
    const { frame } = request;
    if (!frame.isHeld) frame.lender?.giveBack(frame.bytes.buffer as ArrayBuffer);
    this.#owner.pool.giveBack(request.frameBytes);
    this.#advance();
  }

  /** Writes the answers whose turn it is, all in one write. */
  #send(): void {
    let chunks: readonly Uint8Array[] | undefined;
    for (let answer = this.#queue.take(); answer !== undefined; answer = this.#queue.take()) {
      if (answer === "close") {
        if (chunks !== undefined) this.#write(chunks);
        return this.end();
      }
      if (answer === "nothing") continue;
      chunks = chunks === undefined ? answer : [...chunks, ...answer];
    }
    if (chunks !== undefined) this.#write(chunks);
    if (this.#state === "draining" && this.#queue.length === 0) this.end();
  }

  #write(chunks: readonly Uint8Array[]): void {
    const bytes = this.#owner.memory.isFilling ? lengthOf(chunks) : 0;
    const isTold = bytes >= LARGE_ANSWER_BYTES;
    if (isTold) this.#untoldBytes += bytes;
    this.#owner.socket({ do: "write", connectionId: this.facts.id, chunks, isTold });
  }

  #countUnsent(): void {
    const more = this.unsentBytes - this.#countedBytes;
    this.#countedBytes += more;
    if (more !== 0) this.#owner.memory.count(more);
  }

  // ------------------------------------------------------------ reading

  /** Dispatches what has arrived as far as the bounds allow, and pauses the socket where they stop. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#state === "open" && this.#step()) {}
    this.#isAdvancing = false;
  }

  /** False when there is nothing more to do for now. */
  #step(): boolean {
    if (this.#waitingFrame !== undefined) return this.#tryDispatch(this.#waitingFrame);
    if (this.#waitsForAdmission) return this.#pause();
    if (!this.#hasRoom()) return this.#waitForRoom();
    switch (this.#splitter.next()) {
      case "needBytes":
        return this.#resume();
      case "admit":
        return this.#admit();
      case "frame":
        this.#waitingFrame = this.#splitter.takeFrame();
        return true;
      case "bad":
        this.#owner.sentGarbage(this, this.#splitter.problem!);
        this.endAfterAnswers();
        return false;
    }
  }

  #hasRoom(): boolean {
    const { bounds, memory } = this.#owner;
    if (this.#queue.length >= bounds.requestsInFlightMax) return false;
    return this.unsentBytes <= (memory.isFull ? 0 : bounds.unsentBytesMax);
  }

  /** What is untold is told in a moment, and nearly always has left: not worth a pause of the socket. */
  #waitForRoom(): boolean {
    return this.#untoldBytes > 0 ? false : this.#pause();
  }

  #admit(): boolean {
    const bytes = this.#splitter.frameLength;
    const admitted = this.#owner.pool.take(this.facts.id, bytes, () => {
      this.#waitsForAdmission = false;
      this.#admittedBytes = bytes;
      this.#splitter.admit();
      this.#advance();
    });
    if (!admitted) {
      this.#waitsForAdmission = true;
      return this.#pause();
    }
    this.#admittedBytes = bytes;
    this.#splitter.admit();
    return true;
  }

  #tryDispatch(frame: Frame): boolean {
    const isBulky = this.#owner.isBulky(frame);
    if (isBulky && this.#bulkyRequests > 0) return this.#pause();
    if (!this.#hasRoom()) return this.#waitForRoom();
    const { memory } = this.#owner;
    if (isBulky && this.#isAhead && memory.isFull) {
      memory.wait(this.facts.id, () => this.#advance());
      return this.#pause();
    }
    const slot = this.#queue.open();
    const request = { frame, frameBytes: this.#admittedBytes, isBulky, slot };
    this.#waitingFrame = undefined;
    this.#admittedBytes = 0;
    this.#runningRequests += 1;
    if (isBulky) this.#bulkyRequests += 1;
    this.#owner.dispatch(this, request);
    return true;
  }

  #pause(): boolean {
    if (!this.#isPaused) this.#owner.socket({ do: "pause", connectionId: this.facts.id });
    this.#isPaused = true;
    return false;
  }

  #resume(): boolean {
    if (this.#isPaused) this.#owner.socket({ do: "resume", connectionId: this.facts.id });
    this.#isPaused = false;
    return false;
  }

  /** Gives back what was taken for a request that will never be dispatched. */
  #stopReading(): void {
    const waiting = this.#waitingFrame;
    waiting?.lender?.giveBack(waiting.bytes.buffer as ArrayBuffer);
    this.#waitingFrame = undefined;
    this.#splitter.stop();
    const bytes = this.#admittedBytes;
    this.#admittedBytes = 0;
    if (this.#waitsForAdmission) this.#owner.pool.stopWaiting(this.facts.id);
    this.#waitsForAdmission = false;
    this.#owner.memory.stopWaiting(this.facts.id);
    if (bytes > 0) this.#owner.pool.giveBack(bytes);
  }

  // ------------------------------------------------------------ the end

  /** Reads nothing more; ends when everything dispatched so far has been answered. */
  endAfterAnswers(): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    this.#pause();
    this.#stopReading();
    if (this.#queue.length === 0) this.end();
  }

  /** Lets what was written leave, then ends. */
  end(): void {
    this.#leave("end");
  }

  /** Ends at once. */
  destroy(): void {
    this.#leave("destroy");
  }

  #leave(how: "end" | "destroy"): void {
    assert(this.#state !== "closed", "a closed connection cannot be ended");
    if (this.#state === "ending" && how === "end") return;
    this.#state = "ending";
    // A socket that nobody reads would not see the client's own end, and unread bytes would turn ours
    // into a reset that overtakes the last answers. What still comes is dropped in `received`.
    this.#resume();
    this.#owner.socket({ do: how, connectionId: this.facts.id });
    this.#countUnsent();
    this.#stopReading();
  }
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const chunk of chunks) bytes += chunk.length;
  return bytes;
}
