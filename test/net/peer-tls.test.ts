// Who is let in where nodes prove themselves to one another, and what is said to whoever is not.

import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type { PeerTls } from "../../src/net/peer-tls.ts";
import { readyTls } from "../../src/net/peer-tls.ts";
import { grpcPeers } from "../../src/net/peers.ts";
import { testTls } from "../support/certificates.ts";

function optionsOf(nodeId: number) {
  const hello = { clusterId: "cluster", nodeId, directoryId: null, hostIndex: 0 };
  return { hello, messageBytesMax: 1024 };
}

/** What becomes of an attempt to reach a server: "opened", or why not; and who was let in there. */
async function attempt(
  t: TestContext,
  server: PeerTls | null,
  client: PeerTls | null,
  host = "127.0.0.1",
): Promise<{ result: string; accepted: number[] }> {
  const accepted: number[] = [];
  const port = await new Promise<number>((resolve) => {
    const listener = grpcPeers(server).listen({ host, port: 0 }, optionsOf(1), {
      listening: (address) => resolve(address.port),
      failed: (fault) => assert.fail(JSON.stringify(fault)),
      accepted: ({ nodeId }) => {
        accepted.push(nodeId);
        return { message: () => {}, drained: () => {}, closed: () => {} };
      },
    });
    t.after(() => listener.close(() => {}));
  });
  const result = await new Promise<string>((resolve) => {
    grpcPeers(client).connect({ host, port }, "control", optionsOf(2), {
      opened: (_, stream) => {
        resolve("opened");
        stream.close();
      },
      message: () => {},
      drained: () => {},
      closed: (outcome: Outcome<null>) => resolve(outcome.ok ? "closed" : outcome.detail),
    });
  });
  return { result, accepted };
}

/** Where every address that begins with 127 is this machine's. */
const onLinux = { skip: process.platform !== "linux" };
const ours = testTls("authority");

describe("TLS between nodes", () => {
  it("lets in who shows a certificate of the same authority", async (t) => {
    assert.deepEqual(await attempt(t, ours, ours), { result: "opened", accepted: [2] });
  });

  for (const [who, server, client] of [
    ["a node that another authority has signed", ours, testTls("stranger", "authority")],
    ["a node that believes another authority", ours, testTls("authority", "stranger")],
    ["a node without TLS", ours, null],
    ["a node with TLS where there is none", null, ours],
  ] as const) {
    it(`refuses ${who}, in one line`, async (t) => {
      const { result, accepted } = await attempt(t, server, client);
      assert.notEqual(result, "opened");
      assert.match(result, /^[^\n]+$/);
      assert.deepEqual(accepted, []);
    });
  }

  it("says why, and says the same each time", async (t) => {
    const stranger = testTls("authority", "stranger");
    const { result } = await attempt(t, ours, stranger);
    assert.match(result, /^[\w -]*certificate[\w -]*$/);
    assert.equal((await attempt(t, ours, stranger)).result, result);
    assert.match((await attempt(t, null, ours)).result, /version/);
  });

  it("refuses a certificate for another host, unless that is not looked at", onLinux, async (t) => {
    const { result, accepted } = await attempt(t, ours, ours, "127.0.0.2");
    assert.match(result, /127\.0\.0\.2 is not in the cert's list/);
    assert.deepEqual(accepted, []);
    const lenient = await attempt(t, ours, { ...ours, checksHost: false }, "127.0.0.2");
    assert.equal(lenient.result, "opened");
  });
});

describe("keys and certificates", () => {
  it("are refused when they do not belong together or make no sense", () => {
    const key = testTls("stranger").key;
    const wrong = readyTls({ ...ours, key, keyPassword: null });
    assert.ok(!wrong.ok);
    const none = readyTls({ ...ours, certificates: "no certificate", keyPassword: null });
    assert.ok(!none.ok);
    assert.ok(readyTls({ ...ours, keyPassword: null }).ok);
  });

  it("are opened with the password", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const locked = privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
      .toString();
    const closed = readyTls({ ...ours, key: locked, keyPassword: "other" });
    assert.ok(!closed.ok);
    // It opens; and is not that of the certificate.
    const other = readyTls({ ...ours, key: locked, keyPassword: "secret" });
    assert.ok(!other.ok);
    assert.match(other.detail, /mismatch/);
  });
});
