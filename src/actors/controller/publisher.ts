// Hands the committed image to the hosts of this node: whole to a host that has none, then every change
// in order, and keeps account of how far each has followed.
//
// Nobody is told anything before the first image is worth following: that of a node that leads and has
// registered itself.
//
// Lives on: the metadata host (part of the controller).

import type { MetadataDelta, MetadataImage } from "../../metadata/image.ts";
import type { Outbox, ReplyTo } from "../../runtime/actor.ts";
import { brokerRef } from "../broker/messages.ts";
import { HostTable } from "./host-table.ts";
import type { ControllerProtocol } from "./messages.ts";

export type Ready = { readonly ok: boolean; readonly reason: string };
type PublisherOutbox = Pick<Outbox<ControllerProtocol>, "tell" | "reply" | "hostCount">;

export class Publisher {
  readonly #out: PublisherOutbox;
  readonly #hosts = new HostTable();
  #image: MetadataImage;
  /** The offset from which the image is worth following. */
  #opensAt = Infinity;
  #isOpen = false;
  #askedReady: ReplyTo<Ready>[] = [];

  /** Besides having the image, the node may have to be known to others before it is ready. */
  readonly #mayServe: () => boolean;

  constructor(out: PublisherOutbox, image: MetadataImage, mayServe: () => boolean) {
    this.#out = out;
    this.#image = image;
    this.#mayServe = mayServe;
  }

  /** Whether all hosts are there and have applied that offset. */
  isApplied(offset: number): boolean {
    return this.#isOpen && this.#hosts.haveAll(this.#out.hostCount, offset);
  }

  /** What every host there has applied. */
  appliedByAll(): number {
    return this.#hosts.appliedByAll();
  }

  /** The image is worth following once it has reached `offset`. */
  openAt(offset: number): void {
    if (this.#isOpen) return;
    this.#opensAt = offset;
    this.#openIfDue();
  }

  /** The image has moved forward by `delta`. */
  moved(delta: MetadataDelta): void {
    if (!this.#isOpen) return this.#openIfDue();
    for (const hostIndex of this.#hosts.hosts()) {
      this.#out.tell(brokerRef(hostIndex), "imageChanged", { delta });
    }
  }

  /** Another image has taken its place. */
  replaced(image: MetadataImage): void {
    this.#image = image;
    if (!this.#isOpen) return this.#openIfDue();
    for (const hostIndex of this.#hosts.hosts()) this.joined(hostIndex);
  }

  /** A host (again) has no image. */
  joined(hostIndex: number): void {
    this.#hosts.joined(hostIndex);
    if (this.#isOpen) this.#sendWhole(hostIndex);
  }

  applied(hostIndex: number, offset: number): void {
    // A host that was sent the image unasked has not been told of changes since.
    const hasMissed = !this.#hosts.has(hostIndex) && offset < this.#image.lastOffset;
    if (hasMissed) return this.joined(hostIndex);
    this.#hosts.applied(hostIndex, offset);
    this.#answerReady();
  }

  ready(replyTo: ReplyTo<Ready>): void {
    this.#askedReady.push(replyTo);
    this.#answerReady();
  }

  /** To every host there could be: some have followed a controller that lived before this one. */
  #openIfDue(): void {
    if (this.#isOpen || this.#image.lastOffset < this.#opensAt) return;
    this.#isOpen = true;
    for (let hostIndex = 0; hostIndex < this.#out.hostCount; hostIndex++) {
      this.#sendWhole(hostIndex);
    }
  }

  #sendWhole(hostIndex: number): void {
    this.#out.tell(brokerRef(hostIndex), "imageReplaced", { image: this.#image.snapshot() });
  }

  #answerReady(): void {
    if (!this.isApplied(this.#opensAt) || !this.#mayServe()) return;
    for (const replyTo of this.#askedReady) this.#out.reply(replyTo, { ok: true, reason: "" });
    this.#askedReady = [];
  }
}
