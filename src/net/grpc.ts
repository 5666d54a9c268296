// What the Peers port needs to know of gRPC: how to load it, its options, how a hello is written into
// metadata, and what its status codes mean to us.
//
// Lives on: host thread.

import type * as grpcJs from "@grpc/grpc-js";
import type { Fault, FaultCode } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { PeerHello, PeersOptions } from "../runtime/ports.ts";

export type Grpc = typeof grpcJs;

let loading: Promise<Grpc> | undefined;

export function loadGrpc(): Promise<Grpc> {
  loading ??= import("@grpc/grpc-js");
  return loading;
}

const CLUSTER_KEY = "gofka-cluster-id";
const NODE_KEY = "gofka-node-id";
const DIRECTORY_KEY = "gofka-directory-id";
const HOST_KEY = "gofka-host";

/** A peer that says nothing for this long, and then not even this, is gone. */
const KEEP_ALIVE_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** Streams of one connection: two lanes, and room for those that have just ended. */
const STREAMS_MAX = 16;
/** Bytes on their way per stream; HTTP/2's own 64 KiB would wait for the other side all the time. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** It is all that gRPC hears when the other side hangs up before a word is said. */
const NOT_TAKEN =
  "the connection was ended by the other side: it may want TLS, or not believe this certificate";

export function methodOf(lane: PeerHello["lane"]): string {
  return `/gofka.Peers/${lane}`;
}

export function channelOptions({ messageBytesMax }: PeersOptions): grpcJs.ChannelOptions {
  return {
    "grpc.max_receive_message_length": messageBytesMax,
    "grpc.max_send_message_length": messageBytesMax,
    "grpc.keepalive_time_ms": KEEP_ALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEP_ALIVE_TIMEOUT_MS,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.max_concurrent_streams": STREAMS_MAX,
    "grpc-node.flow_control_window": WINDOW_BYTES,
    // Streams are opened anew by the runtime, which knows what may be said twice.
    "grpc.enable_retries": 0,
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
    "grpc.enable_channelz": 0,
  };
}

export function metadataOf(
  grpc: Grpc,
  { clusterId, nodeId, directoryId, hostIndex }: PeersOptions["hello"],
): grpcJs.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set(CLUSTER_KEY, clusterId);
  metadata.set(NODE_KEY, String(nodeId));
  metadata.set(HOST_KEY, String(hostIndex));
  if (directoryId !== null) metadata.set(DIRECTORY_KEY, directoryId);
  return metadata;
}

/** Undefined when the other side is no Gofka. */
export function helloFrom(
  metadata: grpcJs.Metadata,
  lane: PeerHello["lane"],
): PeerHello | undefined {
  const [clusterId] = metadata.get(CLUSTER_KEY);
  const nodeId = Number(metadata.get(NODE_KEY)[0] ?? NaN);
  const [directory] = metadata.get(DIRECTORY_KEY);
  // A release that does not say has one end for all of its hosts.
  const hostIndex = Number(metadata.get(HOST_KEY)[0] ?? 0);
  if (typeof clusterId !== "string" || !isCount(nodeId) || !isCount(hostIndex)) return undefined;
  const directoryId = typeof directory === "string" ? directory : null;
  return { clusterId, nodeId, directoryId, hostIndex, lane };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

export function faultOfStatus(
  grpc: Grpc,
  status: { readonly code?: number; readonly details?: string; readonly message?: string },
  opened = true,
): Fault {
  const { status: codes } = grpc;
  const faults = new Map<number, FaultCode>([
    [codes.FAILED_PRECONDITION, "refused"],
    [codes.UNIMPLEMENTED, "refused"],
    [codes.UNAUTHENTICATED, "refused"],
    [codes.RESOURCE_EXHAUSTED, "tooLarge"],
    [codes.DEADLINE_EXCEEDED, "timeout"],
    [codes.UNAVAILABLE, opened ? "ECONNRESET" : "ECONNREFUSED"],
  ]);
  const fault = faults.get(status.code ?? codes.UNKNOWN) ?? "ECONNRESET";
  return failure(fault, plainText(status.details ?? status.message ?? "the stream broke"));
}

/** One line of what the system said, without gRPC's frame around it, and the same each time. */
function plainText(details: string): string {
  const bare = details
    .replace(/^No connection established\. Last error: (?:Error: )?/, "")
    .replace(/\s*\.? Resolution note: $/, "")
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/, "")
    .replace(/[0-9A-F]+:error:[0-9A-F]+:/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return bare === "Failed to connect" ? NOT_TAKEN : bare;
}
