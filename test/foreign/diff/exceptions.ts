// The differences that are meant to be: each has a name and a reason, and docs/COMPATIBILITY.md tells
// users of it. Whatever differs and is not named here fails the run.

import { handlers } from "../../../src/actors/front-door/handlers/index.ts";
import { apis } from "../../../src/protocol/api-keys.ts";
import type { Difference } from "./compare.ts";

export type Exception = {
  readonly name: string;
  readonly reason: string;
  readonly api: RegExp;
  /** Else all of the API's. */
  readonly scenario?: RegExp;
  readonly path: RegExp;
  readonly versions?: readonly [min: number, max: number];
  /** What each answers, as JSON; else whatever. */
  readonly kafka?: RegExp;
  readonly gofka?: RegExp;
};

const absent = /^"\(absent\)"$/;

/** What is not served is not advertised; the list gets shorter with every API that is. */
const notServed: readonly Exception[] = apis
  .filter(({ key }) => !handlers.some(({ apiKey }) => apiKey === key))
  .map(({ name, key }) => ({
    name: `${name} is not served`,
    reason: "it comes with the part of Kafka that it belongs to",
    api: /^ApiVersions$/,
    scenario: /^what is served$/,
    path: new RegExp(`^apiKeys\\{${key}\\}$`),
    gofka: absent,
  }));

/** Levels of what is not there, or cannot be turned off. */
const features: readonly Exception[] = [
  ["transaction.version", "transactions are not served yet"],
  ["group.version", "groups of the new protocol are not served yet"],
  ["share.version", "share groups are not served yet"],
  ["streams.version", "streams groups are not served yet"],
  ["kraft.version", "the metadata log's quorum is Gofka's own"],
  ["eligible.leader.replicas.version", "there is one replica, and so no one to be eligible"],
].map(([feature, reason]) => ({
  name: `no ${feature}`,
  reason: reason!,
  api: /^ApiVersions$/,
  scenario: /^what is served$/,
  path: new RegExp(`^(supported|finalized)Features\\{${feature!.replaceAll(".", "\\.")}\\}$`),
  gofka: absent,
}));

export const exceptions: readonly Exception[] = [
  ...notServed,
  ...features,
  {
    name: "one metadata.version",
    reason: "Gofka writes its metadata at 4.3's level only",
    api: /^ApiVersions$/,
    scenario: /^what is served$/,
    path: /^supportedFeatures\{metadata\.version\}\.minVersion$/,
    kafka: /^7$/,
    gofka: /^30$/,
  },
  {
    name: "a negative length is null only if it is -1",
    reason: "no client means -2; Kafka reads any negative length as null",
    api: /^ApiVersions$/,
    scenario: /^headers$/,
    path: /^$/,
    kafka: /^"\(answer\)"$/,
    gofka: /^"\(closed\)"$/,
  },
];

export type Place = { readonly api: string; readonly scenario: string; readonly version: number };

export function exceptionFor(place: Place, difference: Difference): Exception | undefined {
  return exceptions.find(
    ({ api, scenario, path, versions, kafka, gofka }) =>
      api.test(place.api) &&
      (scenario?.test(place.scenario) ?? true) &&
      path.test(difference.path) &&
      (versions === undefined || (versions[0] <= place.version && place.version <= versions[1])) &&
      (kafka?.test(JSON.stringify(difference.kafka)) ?? true) &&
      (gofka?.test(JSON.stringify(difference.gofka)) ?? true),
  );
}
