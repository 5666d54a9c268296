// TLS of the controller's listener: where its key, its certificates and the trusted ones come from, by
// Kafka's names for PEM (`ssl.keystore.type=PEM`).
//
// Lives on: anywhere (pure).

import type { ConfigReader } from "./config-value.ts";

/** A file, or the text itself. */
export type PemSource = { readonly file: string } | { readonly text: string };

export type QuorumTls = {
  readonly key: PemSource;
  readonly certificates: PemSource;
  readonly authorities: PemSource;
  readonly keyPassword: string | null;
  readonly checksHost: boolean;
};

/** The settings, or what is missing in one line each. */
export function quorumTls(reader: ConfigReader): QuorumTls | readonly string[] {
  const text = (name: string): PemSource | undefined => {
    const given = reader.stringOrNull(name);
    return given === null || given === "" ? undefined : { text: given };
  };
  const file = (name: string): PemSource | undefined => {
    const given = reader.stringOrNull(name);
    return given === null || given === "" ? undefined : { file: given };
  };
  const problems = ["ssl.keystore.type", "ssl.truststore.type"]
    .filter((name) => reader.string(name) !== "PEM")
    .map((name) => `${name} must be PEM where nodes speak SSL with one another`);
  const store = file("ssl.keystore.location");
  const key = text("ssl.keystore.key") ?? store;
  const certificates = text("ssl.keystore.certificate.chain") ?? store;
  const authorities = text("ssl.truststore.certificates") ?? file("ssl.truststore.location");
  if (key === undefined || certificates === undefined) {
    problems.push("the controller's listener wants SSL: ssl.keystore.location is not set");
  }
  if (authorities === undefined) {
    problems.push("the controller's listener wants SSL: ssl.truststore.location is not set");
  }
  if (problems.length > 0 || !key || !certificates || !authorities) return problems;
  return {
    key,
    certificates,
    authorities,
    keyPassword: reader.stringOrNull("ssl.key.password"),
    checksHost: reader.string("ssl.endpoint.identification.algorithm") !== "",
  };
}
