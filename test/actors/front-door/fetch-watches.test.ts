import { strict as assert } from "node:assert";
import { describe, test } from "node:test";
import { FetchPartition } from "../../../src/actors/front-door/fetch/fetch-partition.ts";
import { FetchWatches } from "../../../src/actors/front-door/fetch/fetch-watches.ts";
import { frontDoorRef } from "../../../src/actors/front-door/messages.ts";
import { placePartition } from "../../../src/actors/partition/messages.ts";
import { topicId } from "./test-door.ts";

const ID = topicId("a");

function watchesOf(hostCount: number) {
  const told: string[] = [];
  const tell = (to: { key: string }, kind: string) => told.push(`${kind} ${to.key.slice(-1)}`);
  const watches = new FetchWatches({ hostIndex: 0, hostCount, self: frontDoorRef(0), tell });
  return { watches, told };
}

function partition(index: number, fetchOffset = 5): FetchPartition {
  const position = { fetchOffset, currentLeaderEpoch: -1, lastFetchedEpoch: -1, maxBytes: 100 };
  return new FetchPartition({ name: "a", topicId: ID }, index, position);
}

/** A partition of the topic that lives on this host, and one that does not. */
function placed(hostIndex: number, hostCount: number): FetchPartition {
  const index = [0, 1].find((each) => placePartition(`${ID}-${each}`, hostCount) === hostIndex);
  return partition(index!);
}

describe("fetch watches", () => {
  test("one on our own host stands for good, one on another must be set again", () => {
    const { watches, told } = watchesOf(2);
    const [own, remote] = [placed(0, 2), placed(1, 2)];
    for (const each of [own, remote]) watches.set(each, ID, false, 0);
    assert.equal(told.length, 2);
    for (const each of [own, remote]) assert.ok(watches.stands(each, ID, false, 4999));
    assert.ok(watches.stands(own, ID, false, 1e9));
    assert.ok(!watches.stands(remote, ID, false, 5000));
    for (const each of [own, remote]) watches.set(each, ID, false, 5000);
    assert.deepEqual(told.slice(2), [`watch ${remote.index}`]);
    assert.ok(watches.stands(remote, ID, false, 9999));
    assert.equal(watches.size, 2);
  });

  test("another topic of the same name, or another isolation, is another watch", () => {
    const { watches, told } = watchesOf(1);
    const each = partition(0);
    watches.set(each, ID, false, 0);
    watches.set(each, ID, true, 0);
    assert.deepEqual(told, ["watch 0", "unwatch 0", "watch 0"]);
    assert.ok(!watches.stands(each, ID, false, 0));
    assert.ok(!watches.stands(each, topicId("b"), true, 0));
    assert.equal(watches.size, 1);
  });

  test("is moved when the client has moved, and left where it is otherwise", () => {
    const { watches, told } = watchesOf(1);
    const each = partition(0);
    watches.set(each, ID, false, 0);
    watches.set(each, ID, false, 0);
    each.position = { ...each.position, fetchOffset: 9 };
    watches.set(each, ID, false, 0);
    assert.deepEqual(told, ["watch 0", "watch 0"]);
  });
});
