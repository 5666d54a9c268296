// Envelopes to another process and back over the real Peers port, as Raft's messages go: packed, sent by
// gRPC, unpacked, and the same again.
//
// Lives on: the developer's machine.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { grpcPeers } from "../../src/net/peers.ts";
import {
  decodePeerMessage,
  encodePeerMessage,
  PEER_MESSAGE_BYTES_MAX,
} from "../../src/runtime/peer-envelope.ts";
import type { PeersOptions, PeerStream } from "../../src/runtime/ports.ts";

export function echoOptions(nodeId: number): PeersOptions {
  const hello = { clusterId: "bench", nodeId, directoryId: null, hostIndex: 0 };
  return { hello, messageBytesMax: PEER_MESSAGE_BYTES_MAX };
}

/** What an append with one small batch weighs. */
const message = [
  "raft",
  { kind: "append", term: 7, round: 1, from: 1000, bytes: new Uint8Array(200) },
];
const WARM = 2_000;

export type RoundTrips = { readonly p50Us: number; readonly p99Us: number; readonly rate: number };

/** `inFlight` at once; the time of each. */
export async function roundTrips(count: number, inFlight: number): Promise<RoundTrips> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "echo.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  const { promise, resolve, reject } = Promise.withResolvers<RoundTrips>();
  const sentAt: number[] = [];
  const times: number[] = [];
  let answered = 0;
  let warmAt = 0;
  let stream: PeerStream;
  const send = (): void => {
    sentAt.push(performance.now());
    stream.send(encodePeerMessage(message));
  };
  grpcPeers(null).connect({ host: "127.0.0.1", port }, "control", echoOptions(1), {
    opened: (_, opened) => {
      stream = opened;
      for (let i = 0; i < inFlight; i++) send();
    },
    message: (bytes) => {
      if (!decodePeerMessage(bytes).ok) return reject(new Error("it came back otherwise"));
      // They come back in order.
      const tookMs = performance.now() - sentAt[answered++]!;
      if (answered === WARM) warmAt = performance.now();
      if (answered > WARM) times.push(tookMs);
      if (sentAt.length < WARM + count) return send();
      if (answered < WARM + count) return;
      const seconds = (performance.now() - warmAt) / 1_000;
      times.sort((a, b) => a - b);
      const at = (share: number): number => times[Math.floor(times.length * share)]! * 1_000;
      resolve({ p50Us: at(0.5), p99Us: at(0.99), rate: count / seconds });
      stream.close();
    },
    drained: () => {},
    closed: (outcome) => outcome.ok || reject(new Error(outcome.detail)),
  });
  try {
    return await promise;
  } finally {
    child.kill();
  }
}
