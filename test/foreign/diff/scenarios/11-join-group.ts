// JoinGroup, SyncGroup, Heartbeat, LeaveGroup: the life of a classic group.

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { kept } from "../scenario.ts";
import {
  again,
  beat,
  bytes,
  committing,
  describeGroup,
  first,
  generation,
  joinedAtOnceBy,
  joinedBy,
  joining,
  leaving,
  NEVER,
  stable,
  suiteOf,
  syncing,
} from "./groups/steps.ts";

const STATIC_FROM = 5;
const JOIN = "JoinGroup";

const join = (body: Body): Step => ({ api: JOIN, body });
const other = { protocols: [{ name: "other", metadata: bytes("o") }] };
const instance = { groupInstanceId: "i" };

function twoOf(joined: readonly Step[], versions: readonly [number, number]): readonly Scenario[] {
  const two = [...stable(), ...joined];
  const name = `two members, ${versions[0] < 4 ? "at once" : "with ids first"}`;
  return [
    { name, versions, steps: [...two, describeGroup, beat("b")] },
    {
      name: `${name}, and a third one where there may be two`,
      versions,
      steps: [...two, first("c"), describeGroup],
    },
    {
      name: `${name}, and a follower that comes again`,
      versions,
      steps: [...two, again("b"), { ...again("b", other), isDeferred: true }, beat("a")],
    },
  ];
}

const joinGroup: readonly Scenario[] = [
  {
    name: "one member",
    steps: [...stable(), describeGroup, again("a"), syncing("a", ["a"]), beat("a"), describeGroup],
  },
  ...twoOf(joinedAtOnceBy("b"), [0, 3]),
  ...twoOf(joinedBy("b"), [4, 9]),
  {
    name: "what is no request to join",
    steps: [
      join(joining("", { groupId: "" })),
      ...[5_999, 0, -1, 1_800_001, NEVER].map((sessionTimeoutMs) =>
        join(joining("", { sessionTimeoutMs })),
      ),
      join(joining("", { protocolType: "" })),
      join(joining("", { protocols: [] })),
      join(joining("nobody")),
      join(joining("nobody", { groupInstanceId: null })),
      describeGroup,
    ],
  },
  {
    name: "bounds of sessions",
    steps: [6_000, 1_800_000].map((sessionTimeoutMs) =>
      join(joining("", { sessionTimeoutMs, groupId: `~${sessionTimeoutMs}` })),
    ),
  },
  {
    name: "protocols that do not fit the group's",
    steps: [
      ...stable(),
      join(joining("", { protocolType: "other" })),
      join(joining("", other)),
      join(joining("", { protocolType: "" })),
      join(joining("", { protocols: [] })),
      join(joining("nobody")),
      again("a", { protocolType: "other" }),
      again("a", other),
      describeGroup,
    ],
  },
  {
    name: "other types of protocols",
    steps: [
      first("a", { protocolType: "connect", ...other }),
      again("a", { protocolType: "connect", ...other }),
      describeGroup,
      beat("a"),
    ],
  },
  {
    name: "static members",
    versions: [STATIC_FROM, 9],
    steps: [
      first("a", instance),
      { ...again("a", instance), keep: { generation: "generationId", old: "memberId" } },
      syncing("a", ["a"], instance),
      { ...first("a", instance), keep: { a: "memberId", generation: "generationId" } },
      describeGroup,
      beat("a", instance),
      { ...beat("a", instance), body: { ...beat("a", instance).body, memberId: kept("old") } },
      join(joining(kept("old"), instance)),
      join(joining("nobody", instance)),
      join(joining("nobody", { groupInstanceId: "j" })),
      beat("a", { groupInstanceId: "j" }),
      syncing("a", ["a"], { ...instance, memberId: kept("old") }),
      committing(3, {
        ...instance,
        generationIdOrMemberEpoch: generation(),
        memberId: kept("old"),
      }),
      syncing("a", ["a"], instance),
    ],
  },
  {
    name: "a static member with other protocols",
    versions: [STATIC_FROM, 9],
    steps: [
      first("a", instance),
      syncing("a", ["a"], instance),
      {
        ...first("a", { ...instance, ...other }),
        keep: { a: "memberId", generation: "generationId" },
      },
      describeGroup,
    ],
  },
];

const SYNC = "SyncGroup";
const sync = (more: Body): Step => ({
  ...syncing("a", ["a"]),
  body: { ...syncing("a", ["a"]).body, ...more },
});

const syncGroup: readonly Scenario[] = [
  {
    name: "good ones",
    steps: [
      first("a"),
      again("a"),
      sync({ protocolType: null, protocolName: null }),
      sync({ assignments: [] }),
      sync({}),
      describeGroup,
    ],
  },
  { name: "two members", steps: [...stable(), ...joinedBy("b")] },
  {
    name: "what is not in order",
    steps: [
      sync({ memberId: "nobody", generationId: 1 }),
      first("a"),
      again("a"),
      sync({ groupId: "" }),
      sync({ groupId: "~none" }),
      sync({ memberId: "nobody" }),
      sync({ memberId: "" }),
      sync({ generationId: generation(1) }),
      sync({ generationId: -1 }),
      sync({ protocolType: "other" }),
      sync({ protocolName: "roundrobin" }),
      sync({ protocolName: "no such" }),
      sync({ protocolType: "" }),
      sync({ assignments: [{ memberId: "nobody", assignment: bytes("x") }] }),
      describeGroup,
    ],
  },
  {
    name: "in a group that is joined anew",
    steps: [...stable(), first("b"), { ...again("b"), isDeferred: true }, sync({})],
  },
];

const heartbeat: readonly Scenario[] = [
  {
    name: "good ones and others",
    steps: [
      beat("a", { generationId: 1, memberId: "nobody" }),
      ...stable(),
      beat("a"),
      beat("a", { groupId: "" }),
      beat("a", { groupId: "~none" }),
      beat("a", { memberId: "nobody" }),
      beat("a", { memberId: "" }),
      beat("a", { generationId: generation(1) }),
      beat("a", { generationId: generation(-1) }),
      beat("a", { generationId: -1 }),
    ],
  },
  {
    name: "before the assignment, and while another one joins",
    steps: [first("a"), again("a"), beat("a"), syncing("a", ["a"]), ...joinedBy("b"), beat("b")],
  },
  {
    name: "instances",
    versions: [3, 4],
    steps: [
      ...stable(),
      beat("a", instance),
      ...stable("b", { ...instance, groupId: "~h" }).slice(0, 1),
    ],
  },
];

const leave = (members: readonly Body[], more: Body = {}): Step => ({
  api: "LeaveGroup",
  body: { groupId: "~g", memberId: members[0]?.memberId ?? "", members, ...more },
});

const leaveGroup: readonly Scenario[] = [
  {
    name: "good ones and others",
    steps: [
      leave([{ memberId: "nobody" }]),
      ...stable(),
      leave([{ memberId: "nobody" }]),
      leave([{ memberId: "" }]),
      leave([{ memberId: kept("a") }], { groupId: "" }),
      leave([{ memberId: kept("a") }], { groupId: "~none" }),
      leave([{ memberId: kept("a") }]),
      leave([{ memberId: kept("a") }]),
      describeGroup,
    ],
  },
  {
    name: "who has only been given an id",
    steps: [first("a"), leave([{ memberId: kept("a") }]), again("a"), describeGroup],
  },
  {
    name: "several at once",
    versions: [3, 5],
    steps: [
      ...stable(),
      ...joinedBy("b"),
      leave([]),
      leave([
        { memberId: "nobody", reason: "because" },
        { memberId: kept("b") },
        { memberId: kept("b") },
        { memberId: "", groupInstanceId: "nobody" },
        { memberId: kept("a"), groupInstanceId: "nobody" },
      ]),
      beat("a"),
      again("a"),
      describeGroup,
    ],
  },
  {
    name: "static members",
    versions: [3, 5],
    steps: [
      first("a", instance),
      syncing("a", ["a"], instance),
      leave([{ memberId: "nobody", groupInstanceId: "i" }]),
      leave([{ memberId: "", groupInstanceId: "j" }]),
      leave([{ memberId: "", groupInstanceId: "i" }]),
      describeGroup,
    ],
  },
];

export const joinGroupScenarios: ApiScenarios = suiteOf(JOIN, joinGroup);
export const syncGroupScenarios: ApiScenarios = suiteOf(SYNC, syncGroup);
export const heartbeatScenarios: ApiScenarios = suiteOf("Heartbeat", heartbeat);
export const leaveGroupScenarios: ApiScenarios = suiteOf("LeaveGroup", [
  ...leaveGroup,
  { name: "and all is over", steps: [...stable(), leaving("a"), beat("a"), describeGroup] },
]);
