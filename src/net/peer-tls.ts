// Mutual TLS between nodes: what the Peers port proves itself with and whom it believes, from PEM texts.
// Both sides show a certificate, whatever `ssl.client.auth` says of clients: a node is somebody.
//
// Lives on: main thread (checks the texts), host thread.

import { createPrivateKey } from "node:crypto";
import { isIP } from "node:net";
import type { PeerCertificate } from "node:tls";
import { checkServerIdentity, createSecureContext } from "node:tls";
import type * as grpcJs from "@grpc/grpc-js";
import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type { Grpc } from "./grpc.ts";

/** PEM texts. Plain data, so that it crosses to the hosts. */
export type PeerTls = {
  readonly key: string;
  /** The node's own first, then those above it. */
  readonly certificates: string;
  readonly authorities: string;
  /** Whether the certificate has to name the host that was dialled. */
  readonly checksHost: boolean;
};

/** One key out of a text that may hold certificates as well; opened if it is locked. */
export function readyTls(
  given: PeerTls & { readonly keyPassword: string | null },
): Outcome<PeerTls> {
  const { keyPassword, ...rest } = given;
  try {
    const passphrase = keyPassword === null ? {} : { passphrase: keyPassword };
    const opened = createPrivateKey({ key: rest.key, ...passphrase });
    const key = opened.export({ type: "pkcs8", format: "pem" }).toString();
    const tls = { ...rest, key };
    createSecureContext({ key, cert: tls.certificates, ca: tls.authorities });
    return success(tls);
  } catch (error) {
    return failure("refused", error instanceof Error ? error.message : String(error));
  }
}

export function serverCredentials(grpc: Grpc, tls: PeerTls | null): grpcJs.ServerCredentials {
  if (tls === null) return grpc.ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificates) };
  return grpc.ServerCredentials.createSsl(Buffer.from(tls.authorities), [pair], true);
}

/** TLS has no name for a host that is an address; what the certificate says is looked at all the same. */
const NAMELESS = "gofka-node";

export function clientCredentials(
  grpc: Grpc,
  tls: PeerTls | null,
  host: string,
): { readonly credentials: grpcJs.ChannelCredentials; readonly options: grpcJs.ChannelOptions } {
  if (tls === null) return { credentials: grpc.credentials.createInsecure(), options: {} };
  const { key, certificates, authorities, checksHost } = tls;
  const credentials = grpc.credentials.createSsl(
    Buffer.from(authorities),
    Buffer.from(key),
    Buffer.from(certificates),
    {
      checkServerIdentity: (_, certificate) =>
        checksHost ? checkServerIdentity(host, certificate as PeerCertificate) : undefined,
    },
  );
  const options = isIP(host) === 0 ? {} : { "grpc.ssl_target_name_override": NAMELESS };
  return { credentials, options };
}
