// A proxy in front of a broker that keeps a few frames of each kind that its clients exchange with it:
// per client, API, version and direction those of different sizes, none of them large.

import { createConnection, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { FrameReader } from "../../../src/client/frame-reader.ts";
import { apiOf } from "../../../src/protocol/api-keys.ts";

/** One line of frames.jsonl.gz. The frame begins with its header; its length is not part of it. */
export type RecordedFrame = {
  readonly client: string;
  readonly api: string;
  readonly version: number;
  readonly kind: "request" | "response";
  readonly hex: string;
};

const FRAME_BYTES_MAX = 100 * 2 ** 20;
const KEPT_BYTES_MAX = 4096;
const KEPT_OF_A_KIND = 3;

export class Recording {
  /** Whose frames come in at the moment. */
  client = "";
  readonly #kept = new Map<string, RecordedFrame[]>();

  keep(frame: Uint8Array, apiKey: number, version: number, kind: RecordedFrame["kind"]): void {
    const api = apiOf(apiKey)?.name;
    if (api === undefined || frame.byteLength > KEPT_BYTES_MAX) return;
    const { client } = this;
    const hex = Buffer.from(frame).toString("hex");
    const key = `${client} ${api} ${version} ${kind}`;
    const alike = this.#kept.get(key) ?? [];
    if (alike.length === KEPT_OF_A_KIND) return;
    if (alike.some((other) => other.hex.length === hex.length)) return;
    this.#kept.set(key, [...alike, { client, api, version, kind, hex }]);
  }

  get frames(): readonly RecordedFrame[] {
    return [...this.#kept.values()].flat();
  }
}

/** Passes everything on to the broker and back, and keeps what it sees. */
export function recordingProxy(port: number, brokerPort: number, recording: Recording): Server {
  const server = createServer((client) => {
    const broker = createConnection({ host: "127.0.0.1", port: brokerPort });
    /** By correlation id: what each answer will be one of. */
    const asked = new Map<number, readonly [apiKey: number, version: number]>();
    pass(client, broker, (frame) => {
      const [apiKey, version] = [frame.readInt16BE(0), frame.readInt16BE(2)];
      asked.set(frame.readInt32BE(4), [apiKey, version]);
      recording.keep(frame, apiKey, version, "request");
    });
    pass(broker, client, (frame) => {
      const id = frame.readInt32BE(0);
      const [apiKey, version] = asked.get(id) ?? [];
      asked.delete(id);
      if (apiKey === undefined || version === undefined) return;
      // Where ApiVersions is asked for in a version yet to come, the answer comes in version 0.
      const isKnown = version <= (apiOf(apiKey)?.response.versions[1] ?? -1);
      recording.keep(frame, apiKey, isKnown ? version : 0, "response");
    });
  });
  return server.listen(port, "127.0.0.1");
}

function pass(from: Socket, to: Socket, see: (frame: Buffer) => void): void {
  const frames = new FrameReader(FRAME_BYTES_MAX);
  from.on("data", (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) {
      see(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
    }
    to.write(chunk);
  });
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
