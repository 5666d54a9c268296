// FindCoordinator, DescribeGroups, ListGroups, DeleteGroups: groups from outside.

import type { ApiScenarios, Body, Scenario, Step } from "../scenario.ts";
import { each, unknownId } from "../scenario.ts";
import { committing, describeGroup, first, leaving, stable, suiteOf } from "./groups/steps.ts";

const find = (keyType: number, ...keys: readonly string[]): Body => ({
  key: keys[0] ?? "",
  keyType,
  coordinatorKeys: keys,
});

const findCoordinator: readonly Scenario[] = [
  each("groups", ["~g", "", "a b", "x".repeat(300)], (key) => find(0, key)),
  each("transactions", ["~t", ""], (key) => find(1, key), { versions: [1, 6] }),
  each("kinds of keys", [2, 3, -1, 127], (keyType) => find(keyType, "~g"), { versions: [1, 6] }),
  each("several", [["~g", "~h"], ["~g", "~g"], ["~g", "", "~h"], []], (keys) => find(0, ...keys), {
    versions: [4, 6],
  }),
  each(
    "shares of groups",
    [`g:${unknownId}:0`, "g", "g:x:0", `g:${unknownId}:x`, `:${unknownId}:0`],
    (key) => find(2, key),
    { versions: [5, 6] },
  ),
];

const groups = (...names: readonly string[]): Body => ({ groups: names });
const describe = (body: Body): Step => ({ api: "DescribeGroups", body });
const topics = { a: {} };

const describeGroups: readonly Scenario[] = [
  {
    name: "groups in every state",
    topics,
    steps: [
      describe(groups("~g")),
      first("a"),
      describe(groups("~g")),
      ...stable("b"),
      describe(groups("~g")),
      leaving("b"),
      describe(groups("~g")),
      committing(4, { groupId: "~h" }),
      describe(groups("~h", "~g", "~none")),
      describe(groups("~g", "~g")),
      describe(groups("")),
      describe(groups()),
      describe({ ...groups("~g", "~none"), includeAuthorizedOperations: true }),
    ],
  },
];

const list = (statesFilter: readonly string[], typesFilter: readonly string[] = []): Step => ({
  api: "ListGroups",
  body: { statesFilter, typesFilter },
  ownTopicsOnly: true,
});

const listGroups: readonly Scenario[] = [
  {
    name: "filters",
    topics,
    steps: [
      list([]),
      ...stable(),
      committing(4, { groupId: "~h" }),
      list([]),
      ...["Stable", "stable", "STABLE", "Empty", "Dead", "nope", "", "PreparingRebalance"].map(
        (state) => list([state]),
      ),
      list(["Stable", "Empty"]),
      list(["nope", "Empty"]),
      ...["classic", "Classic", "CLASSIC", "consumer", "Consumer", "share", "nope", ""].map(
        (type) => list([], [type]),
      ),
      list(["Stable"], ["classic", "consumer"]),
      list(["Assigning"], ["classic"]),
    ],
  },
];

const remove = (...groupsNames: readonly string[]): Step => ({
  api: "DeleteGroups",
  body: { groupsNames },
});

const deleteGroups: readonly Scenario[] = [
  {
    name: "groups in every state",
    topics,
    steps: [
      remove("~none"),
      remove(""),
      remove(),
      ...stable(),
      committing(4, { groupId: "~h" }),
      remove("~g"),
      remove("~h", "~none", "~g"),
      remove("~h"),
      leaving("a"),
      remove("~g", "~g"),
      remove("~g"),
      describeGroup,
      { api: "OffsetFetch", body: { groups: [{ groupId: "~h", topics: null }] } },
    ],
  },
];

export const findCoordinatorScenarios: ApiScenarios = suiteOf("FindCoordinator", [
  ...findCoordinator,
]);
export const describeGroupsScenarios: ApiScenarios = suiteOf("DescribeGroups", describeGroups);
export const listGroupsScenarios: ApiScenarios = suiteOf("ListGroups", listGroups);
export const deleteGroupsScenarios: ApiScenarios = suiteOf("DeleteGroups", deleteGroups);
