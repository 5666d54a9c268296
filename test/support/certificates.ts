// Certificates for nodes on this machine, good for a hundred years: `authority` has signed its own
// node's, `stranger` another's. Made once by openssl; their keys are known to everyone.
//
// Lives on: tests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerTls } from "../../src/net/peer-tls.ts";

type Authority = "authority" | "stranger";

export function certificateFile(name: `${Authority}-node` | Authority): string {
  return join(import.meta.dirname, `../net/certificates/${name}.pem`);
}

/** What a node of that authority has; it believes those of `trusted`. */
export function testTls(authority: Authority, trusted: Authority = authority): PeerTls {
  const own = readFileSync(certificateFile(`${authority}-node`), "utf8");
  const authorities = readFileSync(certificateFile(trusted), "utf8");
  return { key: own, certificates: own, authorities, checksHost: true };
}
