// ApiVersions, and what is no request that a broker serves.

import { apis } from "../../../../src/protocol/api-keys.ts";
import { handlers } from "../../../../src/actors/front-door/handlers/index.ts";
import type { ApiScenarios, Step } from "../scenario.ts";
import { each } from "../scenario.ts";

const names = ["", "a", "a-b.c", "-a", "a-", "a b", "a_b", ".", "ä", "x".repeat(200)];

const hex = (value: number, bytes: number): string =>
  BigInt.asUintN(bytes * 8, BigInt(value))
    .toString(16)
    .padStart(bytes * 2, "0");

/** A header with a client id of one letter, and a body. */
const header = (key: number, version: number, body = ""): string =>
  `${hex(key, 2)}${hex(version, 2)}00000007000178${body}`;

const ask = (key: number, version: number): Step => ({
  raw: header(key, version),
  version: 0,
  connection: `${key} ${version}`,
});

const served = new Map(handlers.map((handler) => [handler.apiKey, handler.versions]));
const beyond = [...served].flatMap(([key, [min, max]]) =>
  key === 18
    ? []
    : [ask(key, max + 1), ask(key, 32_767), ask(key, -1), ...(min > 0 ? [ask(key, min - 1)] : [])],
);
/** Of the past, of other listeners, of nobody. */
const keysOfNobody = [
  4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 95, 999, 32_767, -1, -32_768,
];

export const apiVersionsScenarios: ApiScenarios = {
  api: "ApiVersions",
  scenarios: [
    {
      name: "what is served",
      steps: [{ body: { clientSoftwareName: "diff", clientSoftwareVersion: "1" } }],
    },
    each(
      "names of clients",
      names,
      (clientSoftwareName) => ({ clientSoftwareName, clientSoftwareVersion: "1" }),
      {
        versions: [3, 4],
      },
    ),
    each(
      "versions of clients",
      names,
      (clientSoftwareVersion) => ({ clientSoftwareName: "a", clientSoftwareVersion }),
      {
        versions: [3, 4],
      },
    ),
    {
      name: "versions that there are not",
      versions: [0, 0],
      steps: [5, 6, 100, 32_767, -1, -32_768].map((version) => ({
        raw: header(18, version, "00"),
        version: 0,
      })),
    },
    { name: "other APIs' versions that there are not", versions: [0, 0], steps: beyond },
    { name: "keys of nobody", versions: [0, 0], steps: keysOfNobody.map((key) => ask(key, 0)) },
    {
      name: "keys that Gofka does not serve yet",
      versions: [0, 0],
      steps: apis
        .filter(({ key }) => !served.has(key) && !keysOfNobody.includes(key))
        .map(({ key, request }) => ask(key, request.versions[1])),
    },
    {
      name: "bodies of another length",
      steps: [
        { tail: "00" },
        { tail: "ffffffff", connection: "second" },
        { body: {}, connection: "third" },
      ],
    },
    {
      name: "headers",
      versions: [0, 0],
      steps: [
        "",
        "00",
        "0012",
        "00120000",
        "0012000000000007",
        "00120000000000070005",
        "0012000000000007ffff",
        "0012000000000007fffe",
      ].map((raw, at) => ({ raw, connection: String(at) })),
    },
  ],
};
