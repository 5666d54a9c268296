// TLS and who may do what. Accepted and described; listeners serve PLAINTEXT for now.
//
// Lives on: anywhere (data).

import type { ConfigDefinition } from "../definition.ts";
import { boolean, className, list, long, password, string } from "../definition.ts";

export const tlsDefinitions: readonly ConfigDefinition[] = [
  string("ssl.keystore.type", "JKS", "medium", "Format of the key store: JKS, PKCS12 or PEM.", {
    scope: "per-broker",
  }),
  string(
    "ssl.keystore.location",
    null,
    "medium",
    "File with the node's private key and certificates.",
    { scope: "per-broker" },
  ),
  password("ssl.keystore.password", null, "medium", "Password of the key store file.", {
    scope: "per-broker",
  }),
  password("ssl.keystore.key", null, "medium", "The node's private key itself, as PEM.", {
    scope: "per-broker",
  }),
  password(
    "ssl.keystore.certificate.chain",
    null,
    "medium",
    "The node's certificate and those above it, as PEM.",
    { scope: "per-broker" },
  ),
  password("ssl.key.password", null, "medium", "Password of the private key.", {
    scope: "per-broker",
  }),
  string("ssl.truststore.type", "JKS", "medium", "Format of the trust store: JKS, PKCS12 or PEM.", {
    scope: "per-broker",
  }),
  string(
    "ssl.truststore.location",
    null,
    "medium",
    "File with the certificates that are trusted.",
    { scope: "per-broker" },
  ),
  password("ssl.truststore.password", null, "medium", "Password of the trust store file.", {
    scope: "per-broker",
  }),
  password(
    "ssl.truststore.certificates",
    null,
    "medium",
    "The trusted certificates themselves, as PEM.",
    { scope: "per-broker" },
  ),
  string(
    "ssl.client.auth",
    "none",
    "medium",
    "Whether clients must, may or need not show a certificate.",
    { oneOf: ["required", "requested", "none"], scope: "per-broker" },
  ),
  string("ssl.protocol", "TLSv1.3", "medium", "TLS version that connections begin with.", {
    scope: "per-broker",
  }),
  list("ssl.enabled.protocols", "TLSv1.2,TLSv1.3", "medium", "TLS versions that are accepted.", {
    scope: "per-broker",
  }),
  list(
    "ssl.cipher.suites",
    "",
    "medium",
    "Cipher suites that are accepted; all of the platform's when empty.",
    { scope: "per-broker" },
  ),
  string("ssl.provider", null, "medium", "Java security provider for TLS; not used by Gofka.", {
    scope: "per-broker",
  }),
  string(
    "ssl.endpoint.identification.algorithm",
    "https",
    "low",
    "How a server's name is checked against its certificate; empty turns the check off.",
    { scope: "per-broker" },
  ),
  string(
    "ssl.keymanager.algorithm",
    "SunX509",
    "medium",
    "Java algorithm that reads the key store; not used by Gofka.",
    { scope: "per-broker" },
  ),
  string(
    "ssl.trustmanager.algorithm",
    "PKIX",
    "medium",
    "Java algorithm that reads the trust store; not used by Gofka.",
    { scope: "per-broker" },
  ),
  string(
    "ssl.secure.random.implementation",
    null,
    "low",
    "Java random source for TLS; not used by Gofka.",
    { scope: "per-broker" },
  ),
  className(
    "ssl.engine.factory.class",
    null,
    "low",
    "Java class that makes TLS engines; not used by Gofka.",
    { scope: "per-broker" },
  ),
  string(
    "ssl.principal.mapping.rules",
    "DEFAULT",
    "low",
    "Rules that turn the name in a client certificate into a user name.",
  ),
  boolean(
    "ssl.allow.dn.changes",
    "false",
    "low",
    "Whether a reloaded certificate may carry another subject name.",
  ),
  boolean(
    "ssl.allow.san.changes",
    "false",
    "low",
    "Whether a reloaded certificate may drop alternative names.",
  ),
  string(
    "security.providers",
    null,
    "low",
    "Java security providers to install; not used by Gofka.",
  ),
  className(
    "principal.builder.class",
    "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
    "medium",
    "Class that turns a connection's credentials into a user.",
    { scope: "per-broker" },
  ),
  string(
    "authorizer.class.name",
    "",
    "low",
    "Class that decides who may do what; empty lets everyone do everything.",
  ),
  password(
    "delegation.token.secret.key",
    null,
    "medium",
    "Secret that delegation tokens are made from; without it there are none.",
  ),
  long(
    "delegation.token.max.lifetime.ms",
    "604800000",
    "medium",
    "How long a delegation token can be kept alive by renewing it.",
    { atLeast: 1 },
  ),
  long(
    "delegation.token.expiry.time.ms",
    "86400000",
    "medium",
    "How long a delegation token is valid without being renewed.",
    { atLeast: 1 },
  ),
  long(
    "delegation.token.expiry.check.interval.ms",
    "3600000",
    "low",
    "How often expired delegation tokens are removed.",
    { atLeast: 1 },
  ),
];
