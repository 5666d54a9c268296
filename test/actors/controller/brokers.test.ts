// Brokers that come, stop, are fenced and forgotten, and what becomes of the partitions they lead.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brokerOf } from "../../../src/actors/controller/bootstrap.ts";
import { BrokerSessions } from "../../../src/actors/controller/broker-sessions.ts";
import {
  fencing,
  planStopBroker,
  planUnregisterBroker,
  registrationRecords,
  unfencing,
} from "../../../src/actors/controller/brokers.ts";
import { planCreateTopics } from "../../../src/actors/controller/create-topics.ts";
import { planElectLeaders } from "../../../src/actors/controller/elect-leaders.ts";
import { planUpdateFeatures } from "../../../src/actors/controller/features.ts";
import type { PlanContext } from "../../../src/actors/controller/plan.ts";
import { MetadataImage } from "../../../src/metadata/image.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import type { MetadataRecord } from "../../../src/protocol/records/metadata-record.ts";
import { carryOut, contextOf, idOf, settingsOf } from "./plan-context.ts";

/** Three brokers, and a topic with a partition on each. */
function stage(): PlanContext {
  const context = contextOf({}, [1, 2, 3]);
  const topic = {
    name: "a",
    partitionCount: -1,
    replicationFactor: -1,
    assignments: [1, 2, 3].map((brokerId, index) => ({ index, brokerIds: [brokerId] })),
    configs: [],
  };
  carryOut(context.image, planCreateTopics(context, [topic]));
  return context;
}

function apply({ image }: PlanContext, records: readonly MetadataRecord[]): void {
  carryOut(image, { records, results: null });
}

function leaders({ image }: PlanContext): string {
  const { partitions } = image.topicByName("a")!;
  return partitions.map(({ leader, leaderEpoch }) => `${leader}/${leaderEpoch}`).join(" ");
}

function brokerIn({ image }: PlanContext, brokerId: number) {
  return image.brokers().get(brokerId)!;
}

describe("a broker", () => {
  test("that is fenced leads nothing, and leads again in a new epoch when it is not", () => {
    const context = stage();
    assert.equal(leaders(context), "1/0 2/0 3/0");
    apply(context, fencing(context.image, brokerIn(context, 2)));
    assert.equal(leaders(context), "1/0 -1/1 3/0");
    assert.deepEqual(context.image.topicByName("a")!.partitions[1]!.isr, [2]);
    apply(context, unfencing(context.image, brokerIn(context, 2)));
    assert.equal(leaders(context), "1/0 2/2 3/0");
    assert.equal(brokerIn(context, 2).fenced, false);
  });

  test("that stops is fenced at once, stays so, and is a new one when it is registered again", () => {
    const context = stage();
    const stop = { brokerId: 2, brokerEpoch: 1 };
    assert.deepEqual(carryOut(context.image, planStopBroker(context, stop)), {
      errorCode: ErrorCode.NONE,
    });
    assert.equal(leaders(context), "1/0 -1/1 3/0");
    const { fenced, inControlledShutdown } = brokerIn(context, 2);
    assert.deepEqual(
      { fenced, inControlledShutdown },
      { fenced: true, inControlledShutdown: true },
    );
    assert.deepEqual(planStopBroker(context, stop).records, []);

    const copy = MetadataImage.from(context.image.snapshot());
    assert.deepEqual(copy.brokers(), context.image.brokers(), "also after a snapshot");

    const sessions = new BrokerSessions(1000);
    const { incarnationId } = brokerIn(context, 2);
    const beat = { brokerId: 2, incarnationId, isReady: true };
    assert.deepEqual(sessions.heard(context.image, beat, 0), []);
    const config = { ...settingsOf(), nodeId: 2 };
    const next = { ...brokerOf(config, idOf(800)), fenced: true };
    assert.equal(sessions.isTaken(context.image, next, 0), false);
    apply(context, registrationRecords(context.image, next, true));
    assert.equal(brokerIn(context, 2).inControlledShutdown, false);
    assert.ok(brokerIn(context, 2).brokerEpoch > 1);
  });

  test("is spoken for by its own epoch only", () => {
    const context = stage();
    for (const stop of [
      { brokerId: 2, brokerEpoch: 7 },
      { brokerId: 9, brokerEpoch: 1 },
    ]) {
      assert.deepEqual(planStopBroker(context, stop), {
        records: [],
        results: { errorCode: ErrorCode.STALE_BROKER_EPOCH },
      });
    }
  });

  test("that is unregistered is gone, and its partitions wait for it", () => {
    const context = stage();
    assert.equal(
      planUnregisterBroker(context, 9).results.errorCode,
      ErrorCode.BROKER_ID_NOT_REGISTERED,
    );
    const { errorCode } = carryOut(context.image, planUnregisterBroker(context, 3));
    assert.equal(errorCode, ErrorCode.NONE);
    assert.equal(context.image.brokers().has(3), false);
    assert.equal(leaders(context), "1/0 2/0 -1/1");
    const back = { ...brokerOf({ ...settingsOf(), nodeId: 3 }, idOf(801)), fenced: true };
    apply(context, registrationRecords(context.image, back, true));
    assert.equal(leaders(context), "1/0 2/0 -1/1");
    apply(context, unfencing(context.image, brokerIn(context, 3)));
    assert.equal(leaders(context), "1/0 2/0 3/2");
  });

  test("that was killed gives up its partitions when another run of it is registered", () => {
    const context = stage();
    const next = { ...brokerOf({ ...settingsOf(), nodeId: 1 }, idOf(802)), fenced: true };
    apply(context, registrationRecords(context.image, next, false));
    assert.equal(leaders(context), "-1/1 2/0 3/0");
  });
});

describe("a session", () => {
  const beat = (incarnationId: string, isReady = true) => ({ brokerId: 2, incarnationId, isReady });

  test("lasts as long as the broker is heard of; who is silent is overdue", () => {
    const { image } = stage();
    const sessions = new BrokerSessions(1000);
    sessions.begin(image, 0);
    const { incarnationId } = image.brokers().get(2)!;
    const overdue = (nowMs: number) =>
      sessions.overdue(image, 1, nowMs).map(({ brokerId }) => brokerId);
    assert.deepEqual(overdue(1000), []);
    sessions.heard(image, beat(incarnationId), 900);
    assert.deepEqual(overdue(1001), [3]);
    assert.deepEqual(overdue(1901), [2, 3]);
    sessions.heard(image, beat(idOf(1)), 1900);
    assert.deepEqual(overdue(1901), [2, 3], "nothing is believed of another incarnation");
  });

  test("unfences a broker when it can serve, and not before", () => {
    const context = stage();
    apply(context, fencing(context.image, brokerIn(context, 2)));
    const sessions = new BrokerSessions(1000);
    const { incarnationId } = brokerIn(context, 2);
    assert.deepEqual(sessions.heard(context.image, beat(incarnationId, false), 0), []);
    apply(context, sessions.heard(context.image, beat(incarnationId), 0));
    assert.equal(leaders(context), "1/0 2/2 3/0");
  });

  test("keeps others from its number until it is over, or its stream is", () => {
    const { image } = stage();
    const sessions = new BrokerSessions(1000);
    sessions.begin(image, 0);
    const other = brokerOf({ ...settingsOf(), nodeId: 2 }, idOf(803));
    const { incarnationId } = image.brokers().get(2)!;
    assert.equal(sessions.isTaken(image, other, 0), false, "nobody has spoken for it");
    sessions.heard(image, beat(incarnationId), 0);
    assert.equal(sessions.isTaken(image, other, 1000), true);
    assert.equal(sessions.isTaken(image, image.brokers().get(2)!, 1000), false);
    assert.equal(sessions.isTaken(image, other, 1001), false);
    sessions.heard(image, beat(incarnationId), 2000);
    sessions.streamChanged(2);
    assert.equal(sessions.isTaken(image, other, 2000), false);
  });
});

describe("features", () => {
  const update = (feature: string, level: number, upgradeType: number) => [
    { feature, level, upgradeType },
  ];
  const [upgrade, safe, unsafe] = [1, 2, 3];

  test("go down and up, in the log and in snapshots", () => {
    const context = stage();
    const down = planUpdateFeatures(context, update("group.version", 0, safe));
    assert.equal(carryOut(context.image, down).errorCode, ErrorCode.NONE);
    assert.equal(context.image.features().has("group.version"), false);
    const copy = MetadataImage.from(context.image.snapshot());
    assert.deepEqual(copy.features(), context.image.features());
    const up = planUpdateFeatures(context, update("group.version", 1, upgrade));
    assert.equal(carryOut(context.image, up).errorCode, ErrorCode.NONE);
    assert.equal(context.image.features().get("group.version"), 1);
  });

  test("are refused in Kafka's words, and then nothing is done", () => {
    const context = stage();
    const wrong: readonly [string, number, number, RegExp][] = [
      ["group.version", 0, upgrade, /Can't downgrade the version of this feature without/],
      ["group.version", 2, upgrade, /^Invalid update version 2 for feature group\.version\. Local/],
      ["group.version", -1, safe, /cannot be less than 0/],
      ["group.version", 1, 0, /does not support the given upgrade type/],
      ["transaction.version", 2, upgrade, /Local controller 1 does not support this feature/],
      [
        "metadata.version",
        29,
        safe,
        /^Unsupported metadata\.version downgrade from 30 to 29\. Refusing/,
      ],
      ["metadata.version", 29, unsafe, /Unsafe metadata downgrade is not supported/],
      ["metadata.version", 31, upgrade, /only supports versions 7-30/],
    ];
    for (const [feature, level, upgradeType, words] of wrong) {
      const good = update("group.version", 0, safe);
      const plan = planUpdateFeatures(context, [...good, ...update(feature, level, upgradeType)]);
      assert.equal(plan.results.errorCode, ErrorCode.INVALID_UPDATE_VERSION, feature);
      assert.match(plan.results.errorMessage ?? "", words);
      assert.deepEqual(plan.records, []);
    }
  });
});

describe("an election", () => {
  const PREFERRED = 0;
  const UNCLEAN = 1;
  const codes = (context: PlanContext, electionType: number, partitionIds: number[]) =>
    planElectLeaders(context, {
      electionType,
      topics: [{ name: "a", partitionIds }],
    }).results[0]!.partitions.map(({ errorCode }) => errorCode);

  test("is not needed where the leader is there, and finds nobody where it is not", () => {
    const context = stage();
    apply(context, fencing(context.image, brokerIn(context, 2)));
    const { ELECTION_NOT_NEEDED, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;
    const { PREFERRED_LEADER_NOT_AVAILABLE, ELIGIBLE_LEADERS_NOT_AVAILABLE } = ErrorCode;
    assert.deepEqual(codes(context, PREFERRED, [0, 1, 7]), [
      ELECTION_NOT_NEEDED,
      PREFERRED_LEADER_NOT_AVAILABLE,
      UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    assert.deepEqual(codes(context, UNCLEAN, [0, 1]), [
      ELECTION_NOT_NEEDED,
      ELIGIBLE_LEADERS_NOT_AVAILABLE,
    ]);
    const all = planElectLeaders(context, { electionType: PREFERRED, topics: null });
    assert.deepEqual(
      all.results.flatMap(({ partitions }) => partitions.map(({ partitionId }) => partitionId)),
      [1],
      "of all there are, those that are as they should be are not told of",
    );
  });
});
