// The one envelope: what a flush sends to another host. Its head is msgpack: a list of messages in
// which every byte blob is only a number; the blobs travel beside it, moved where nobody else needs
// them and copied to their exact size otherwise (a buffer once posted cannot be posted again).
// The same bytes cross a MessagePort, a gRPC stream and the simulator's heap.
//
// Lives on: anywhere.

// Not "msgpackr": that one brings streams and a native decoder of strings, which here are few and short.
import { addExtension, Packr } from "msgpackr/pack";
import { assert } from "../base/assert.ts";
import type { FaultCode } from "../base/outcome.ts";
import type { Envelope } from "./ports.ts";

export type TellMessage = readonly ["tell", kind: string, key: string, name: string, args: unknown];
export type CallMessage = readonly [
  "call",
  kind: string,
  key: string,
  name: string,
  args: unknown,
  callId: number,
];
export type ReplyMessage = readonly ["reply", callId: number, value: unknown];
export type FaultMessage = readonly ["fault", callId: number, fault: FaultCode, detail: string];
export type HostMessage = TellMessage | CallMessage | ReplyMessage | FaultMessage;

/** msgpack extension type of a blob's number; any free application type would do. */
export const BLOB_EXTENSION = 0x10;

// The extension's callbacks have no argument for context, so the blobs of the envelope at hand
// stand here while pack or unpack runs; both are synchronous and never nest.
let blobsAtHand: Uint8Array[] = [];

addExtension({
  Class: Uint8Array,
  type: BLOB_EXTENSION,
  write(blob: Uint8Array): number {
    return blobsAtHand.push(blob) - 1;
  },
  read(index: number): Uint8Array {
    const blob = blobsAtHand[index];
    assert(blob !== undefined, `envelope names blob ${index} of ${blobsAtHand.length}`);
    return blob;
  },
});

// Plain maps instead of msgpackr's records: an envelope must be readable without any state.
const packr = new Packr({ useRecords: false });

/** How many views of a buffer were given away: when all are in one envelope the buffer moves. */
export class GivenBuffers {
  private readonly views = new WeakMap<ArrayBuffer, number>();

  give(buffer: ArrayBuffer, views: number): void {
    this.views.set(buffer, views);
  }

  viewsOf(buffer: ArrayBuffer): number | undefined {
    return this.views.get(buffer);
  }
}

/** Any plain data: its head, and the blobs that the head points at. */
export function packWithBlobs(value: unknown): {
  readonly head: Uint8Array<ArrayBuffer>;
  readonly blobs: readonly Uint8Array[];
} {
  const blobs: Uint8Array[] = [];
  blobsAtHand = blobs;
  // pack answers with a view of its own pool, which the next call overwrites: copy it out.
  const packed = packr.pack(value);
  const head = new Uint8Array(packed.byteLength);
  head.set(packed);
  blobsAtHand = [];
  return { head, blobs };
}

export function unpackWithBlobs(head: Uint8Array, blobs: readonly Uint8Array[]): unknown {
  blobsAtHand = [...blobs];
  try {
    return packr.unpack(head);
  } finally {
    blobsAtHand = [];
  }
}

export function encodeEnvelope(messages: readonly HostMessage[], given: GivenBuffers): Envelope {
  const { head, blobs: found } = packWithBlobs(messages);

  const counts = new Map<ArrayBufferLike, number>();
  for (const blob of found) counts.set(blob.buffer, (counts.get(blob.buffer) ?? 0) + 1);
  const moved = new Set<ArrayBuffer>([head.buffer]);
  const blobs = found.map((blob) => {
    const buffer = blob.buffer;
    if (buffer instanceof ArrayBuffer && given.viewsOf(buffer) === counts.get(buffer)) {
      moved.add(buffer);
      return blob;
    }
    const copy = new Uint8Array(blob.byteLength);
    copy.set(blob);
    moved.add(copy.buffer);
    return copy;
  });
  return { head, blobs, transfer: [...moved] };
}

export function decodeEnvelope(envelope: Pick<Envelope, "head" | "blobs">): HostMessage[] {
  return unpackWithBlobs(envelope.head, envelope.blobs) as HostMessage[];
}
