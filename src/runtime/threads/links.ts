// The real Links port: one MessagePort per pair of hosts. A pair's ports are made anew whenever one
// of the two hosts is, so nothing sent to or by an earlier incarnation can reach a later one, and a
// port that closes says, after everything that came through it, that its host is gone.
//
// Lives on: host thread.

import type { MessagePort } from "node:worker_threads";
import { receiveMessageOnPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import type { Envelope, LinkEvents, Links } from "../ports.ts";

/** An envelope on a port: its head, then its blobs. */
type PostedEnvelope = readonly [head: Uint8Array, ...blobs: Uint8Array[]];

type HostNumbers = Pick<Links, "hostCount" | "asideIndex">;
export type LinkPort = readonly [hostIndex: number, port: MessagePort];

export class PortLinks implements Links {
  readonly hostIndex: number;
  readonly hostCount: number;
  readonly asideIndex: number;
  private readonly ports: (MessagePort | undefined)[] = [];
  private events: LinkEvents | undefined;

  constructor(hostIndex: number, hosts: HostNumbers, linked: readonly LinkPort[]) {
    this.hostIndex = hostIndex;
    this.hostCount = hosts.hostCount;
    this.asideIndex = hosts.asideIndex;
    for (const [other, port] of linked) this.ports[other] = port;
  }

  isUp(hostIndex: number): boolean {
    return hostIndex === this.hostIndex || this.ports[hostIndex] !== undefined;
  }

  post(hostIndex: number, { head, blobs, transfer }: Envelope): void {
    this.ports[hostIndex]?.postMessage([head, ...blobs], transfer);
  }

  subscribe(events: LinkEvents): void {
    assert(this.events === undefined, "links have one subscriber");
    this.events = events;
    this.ports.forEach((port, hostIndex) => {
      if (port !== undefined) this.listen(hostIndex, port, events);
    });
  }

  /**
   * The other host has started, perhaps not for the first time. That is told on another port than the
   * envelopes come by, and so may be heard before the last words of its predecessor.
   */
  connect(hostIndex: number, port: MessagePort): void {
    this.hearOut(hostIndex);
    this.disconnect(hostIndex);
    this.ports[hostIndex] = port;
    if (this.events === undefined) return;
    this.listen(hostIndex, port, this.events);
    this.events.up(hostIndex);
  }

  close(): void {
    this.events = undefined;
    for (const port of this.ports) port?.close();
    this.ports.length = 0;
  }

  private listen(hostIndex: number, port: MessagePort, events: LinkEvents): void {
    port.on("message", ([head, ...blobs]: PostedEnvelope) => {
      if (this.ports[hostIndex] === port) events.envelope(hostIndex, { head, blobs });
    });
    port.on("close", () => {
      if (this.ports[hostIndex] === port) this.disconnect(hostIndex);
    });
  }

  private hearOut(hostIndex: number): void {
    const port = this.ports[hostIndex];
    if (port === undefined || this.events === undefined) return;
    for (;;) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) return;
      const [head, ...blobs] = received.message as PostedEnvelope;
      this.events.envelope(hostIndex, { head, blobs });
    }
  }

  private disconnect(hostIndex: number): void {
    const port = this.ports[hostIndex];
    if (port === undefined) return;
    this.ports[hostIndex] = undefined;
    port.close();
    this.events?.down(hostIndex);
  }
}
