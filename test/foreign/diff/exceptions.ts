// The differences that are meant to be: each has a name and a reason, and docs/COMPATIBILITY.md tells
// users of it. Whatever differs and is not named here fails the run.

import { handlers } from "../../../src/actors/front-door/handlers/index.ts";
import { apis } from "../../../src/protocol/api-keys.ts";
import type { Difference } from "./compare.ts";
import { quorums } from "./quorum-exceptions.ts";

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
const nothing = /^null$/;
const said = /^"\(words\)"$/;
const failure = /^-1$/;

/** What a look at the log shows after one side has refused what the other one took. */
const aftermath =
  /^responses\{.* 0\}\.(highWatermark|lastStableOffset|records\[\d+\](\.records\[0\]\.(value|offset))?)$/;

/** Of controllers, of 4.4, or served where telemetry is: Kafka does not tell of them either. */
const notOfBrokers = new Set([52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 71, 72, 73, 82, 93, 94]);

/** What is not served is not advertised; the list gets shorter with every API that is. */
const notServed: readonly Exception[] = apis
  .filter(({ key }) => !handlers.some(({ apiKey }) => apiKey === key))
  .filter(({ key }) => !notOfBrokers.has(key))
  .map(({ name, key }) => ({
    name: `${name} is not served`,
    reason: "it comes with the part of Kafka that it belongs to",
    api: /^ApiVersions$/,
    path: new RegExp(`^apiKeys\\{${key}\\}$`),
    gofka: absent,
  }));

/** Levels of what is not there, or cannot be turned off. */
const features: readonly Exception[] = [
  ["transaction.version", "transactions are not served yet"],
  ["share.version", "share groups are not served yet"],
  ["streams.version", "streams groups are not served yet"],
  ["kraft.version", "the metadata log's quorum is Gofka's own"],
  ["eligible.leader.replicas.version", "there is one replica, and so no one to be eligible"],
].map(([feature, reason]) => ({
  name: `no ${feature}`,
  reason: reason!,
  api: /^ApiVersions$/,
  path: new RegExp(`^(supported|finalized)Features\\{${feature!.replaceAll(".", "\\.")}\\}$`),
  gofka: absent,
}));

const produced: readonly Exception[] = [
  {
    name: "Produce says why",
    reason: "a refusal has words for people beside its code; Kafka has them for a few only",
    api: /^Produce$/,
    path: /\.partitionResponses\{-?\d+\}\.errorMessage$/,
    kafka: nothing,
    gofka: said,
  },
  {
    name: "a partition twice in Produce",
    reason: "both batches are written and answered; Kafka drops the first one without a word",
    api: /^Produce$/,
    scenario: /^a partition twice$/,
    path: /\.partitionResponses\{0 \(2\)\}$/,
    kafka: absent,
  },
  {
    name: "a partition twice in Produce: the log",
    reason: "as above",
    api: /^Fetch$/,
    scenario: /^Produce: a partition twice$/,
    path: aftermath,
  },
  {
    name: "no records in Produce",
    reason: "null is answered with INVALID_RECORD; Kafka fails over it and gives no answer ever",
    api: /^Produce$/,
    scenario: /^no records$/,
    path: /^$/,
    kafka: /^"\(silence\)"$/,
  },
  {
    name: "bytes behind a batch",
    reason: "they are refused; Kafka drops them without a word",
    api: /^Produce$/,
    scenario: /^a batch and bytes behind it$/,
    path: /\.(errorCode|baseOffset|logStartOffset)$/,
    gofka: /^(87|-1)$/,
  },
  {
    name: "bytes behind a batch: the log",
    reason: "as above",
    api: /^Fetch$/,
    scenario: /^Produce: a batch and bytes behind it$/,
    path: aftermath,
  },
  {
    name: "a batch's length that overflows",
    reason: "INVALID_RECORD; Kafka's arithmetic fails and it answers UNKNOWN_SERVER_ERROR",
    api: /^Produce$/,
    scenario: /^a length that overflows$/,
    path: /\.errorCode$/,
    kafka: failure,
    gofka: /^87$/,
  },
  {
    name: "offsets within a batch",
    reason: "they must count up by one, compressed or not; Kafka looks at compressed batches only",
    api: /^Produce$/,
    scenario: /^offsets within a batch that are not in order$/,
    path: /\.(errorCode|baseOffset)$/,
    gofka: /^(87|-1)$/,
  },
  {
    name: "offsets within a batch: the log",
    reason: "as above",
    api: /^Fetch$/,
    scenario: /^Produce: offsets within a batch that are not in order$/,
    path: aftermath,
  },
  {
    name: "records that do not decompress",
    reason: "an error of the record, or of the codec; Kafka answers UNKNOWN_SERVER_ERROR",
    api: /^Produce$/,
    scenario: /^(a codec that the records are not in|zstd that is none)$/,
    path: /\.errorCode$/,
    kafka: failure,
    gofka: /^(76|87)$/,
  },
  {
    name: "records in a codec that there is not, before version 7",
    reason: "as above; Kafka has not looked at the log by then",
    api: /^Produce$/,
    scenario: /^a codec that the records are not in$/,
    path: /\.logStartOffset$/,
    versions: [5, 6],
    kafka: failure,
    gofka: /^0$/,
  },
  {
    name: "transactional Produce",
    reason: "transactions are not served yet",
    api: /^Produce$/,
    scenario: /^transactional, without a transaction$/,
    path: /\.(errorCode|baseOffset|logStartOffset)$/,
    gofka: /^(53|-1)$/,
  },
  {
    name: "transactional Produce: the log",
    reason: "as above",
    api: /^Fetch$/,
    scenario: /^Produce: transactional, without a transaction$/,
    path: aftermath,
  },
  {
    name: "transactional InitProducerId",
    reason: "transactions are not served yet",
    api: /^InitProducerId$/,
    scenario: /^transactional$/,
    path: /^errorCode$/,
    gofka: /^53$/,
  },
];

const read: readonly Exception[] = [
  {
    name: "batches are not cut",
    reason: "a response holds whole batches; Kafka fills it up with a part of the next one",
    api: /^Fetch$/,
    path: /\.records\[\d+\]$/,
    kafka: /^"\(a part of a batch\)"$/,
    gofka: absent,
  },
  {
    name: "the largest timestamp after records were deleted",
    reason: "of the records that are left; Kafka names one that is gone",
    api: /^ListOffsets$/,
    scenario: /^after records were deleted$/,
    path: /\.offset$/,
    kafka: /^1$/,
    gofka: /^4$/,
  },
  {
    name: "a topic by neither name nor id",
    reason: "INVALID_TOPIC_EXCEPTION for it alone; Kafka fails as a whole, UNKNOWN_SERVER_ERROR",
    api: /^Metadata$/,
    scenario: /^by id$/,
    path: /^(brokers\{1\}|clusterId|controllerId|errorCode|topics\{ \(no id\)\}\.errorCode|topics\{\S+-b \(.*\)\})$/,
  },
  {
    name: "a topic without a name",
    reason: "INVALID_TOPIC_EXCEPTION; Kafka fails over it, UNKNOWN_SERVER_ERROR",
    api: /^DescribeTopicPartitions$/,
    scenario: /^topics$/,
    path: /^topics\[0\]\.(errorCode|topicAuthorizedOperations)$/,
    gofka: /^(17|3576)$/,
    kafka: /^(-1|-2147483648)$/,
  },
];

const grouped: readonly Exception[] = [
  {
    name: "coordinators of transactions and share groups",
    reason: "neither is served yet",
    api: /^FindCoordinator$/,
    scenario: /^(transactions|shares of groups|kinds of keys)$/,
    path: /^(coordinators\[0\]\.)?(nodeId|host|port|errorCode|errorMessage)$/,
    gofka: /^(-1|""|15|42|"\(words\)")$/,
  },
  {
    name: "groups of which nothing is left",
    reason: "they are gone at once; Kafka forgets them when it next looks, minutes later",
    api: /^DescribeGroups$/,
    scenario: /^(JoinGroup: what is no request to join|LeaveGroup: who has only been given an id)$/,
    path: /^groups\{\S+-g\}\.(errorCode|errorMessage|groupState|protocolType)$/,
    gofka: /^(69|"\(words\)"|"Dead"|"")$/,
  },
  {
    name: "the epoch of a member with a pattern",
    reason: "its pattern is matched when it comes; Kafka does so afterwards, and counts that later",
    api: /^ConsumerGroupHeartbeat$/,
    scenario: /^patterns of topics$/,
    path: /^memberEpoch$/,
    kafka: /^1$/,
    gofka: /^2$/,
  },
  {
    name: "groups of which nothing is left: their offsets",
    reason: "as above",
    api: /^OffsetDelete$/,
    scenario: /^of a group without members$/,
    path: /^errorCode$/,
    kafka: /^0$/,
    gofka: /^69$/,
  },
];

const settings: readonly Exception[] = [
  {
    name: "configs of Gofka's own",
    reason: "gofka.flush.policy and its like are listed beside Kafka's",
    api: /^(CreateTopics|DescribeConfigs)$/,
    path: /\.configs\{gofka(\.\w+)+\}$/,
    kafka: absent,
  },
  {
    name: "min.insync.replicas is nobody's setting",
    reason: "Kafka sets it for all brokers when it is formatted, for eligible leader replicas",
    api: /^(CreateTopics|DescribeConfigs)$/,
    path: /\.configs\{min\.insync\.replicas\}(\.configSource|\.synonyms\[[01]\](\.source)?)?$/,
  },
  {
    name: "names that collide within one request",
    reason: "the second one is refused, as it is in a request of its own",
    api: /^CreateTopics$/,
    scenario: /^names that collide$/,
    path: /^topics\{\S+-p_q\}/,
  },
  {
    name: "values as they are read",
    reason: "a value is told as it is understood: without blanks, in small letters",
    api: /^CreateTopics$/,
    scenario: /^configs$/,
    path: /\.configs\{(retention\.ms|preallocate)\}\.value$/,
    kafka: /^"( 1000 |TRUE)"$/,
    gofka: /^"(1000|true)"$/,
  },
  {
    name: "a timeout of nothing",
    reason: "it is taken for a short one; Kafka answers REQUEST_TIMED_OUT and does nothing",
    api: /^(CreateTopics|CreatePartitions|DeleteTopics)$/,
    scenario: /^timeouts$/,
    path: /(\.errorCode|\.numPartitions|\.replicationFactor|\.topicId|\.configs\{[\w.]+\}|\.errorMessage)$/,
  },
  {
    name: "too many partitions at once",
    reason: "the policy's error; Kafka answers UNKNOWN_SERVER_ERROR",
    api: /^CreatePartitions$/,
    scenario: /^far too many$/,
    path: /^results\{\S+\}\.(errorCode|errorMessage)$/,
    kafka: /^(-1|null)$/,
    gofka: /^(44|"\(words\)")$/,
  },
  {
    name: "where a broker is",
    reason: "Gofka's quorum has no listener, and what was not set is told as not set",
    api: /^DescribeConfigs$/,
    scenario: /^this broker$/,
    path: /\.configs\{(controller\.quorum\.bootstrap\.servers|controller\.listener\.names|listener\.security\.protocol\.map|listeners|advertised\.listeners|log\.dir|broker\.id|node\.id|process\.roles)\}\./,
  },
  {
    name: "defaults of sockets",
    reason: "queued.max.request.bytes is bounded; socket.listen.backlog.size is larger",
    api: /^DescribeConfigs$/,
    scenario: /^this broker$/,
    path: /\.configs\{(queued\.max\.request\.bytes|socket\.listen\.backlog\.size)\}\.(value|synonyms\[0\]\.value)$/,
    gofka: /^"(134217728|511)"$/,
  },
  {
    name: "configs of loggers, groups and client metrics",
    reason: "they are not kept yet",
    api: /^DescribeConfigs$/,
    scenario: /^(loggers|client metrics|groups)$/,
    path: /^results\{.*\}\.(errorCode|errorMessage|configs\{[\w.]+\})$/,
    gofka: /^(42|"\(words\)"|"\(absent\)")$/,
  },
  {
    name: "configs of client metrics: changes",
    reason: "they are not kept yet; of a key that they have not Kafka complains first",
    api: /^IncrementalAlterConfigs$/,
    scenario: /^places$/,
    path: /^responses\{8 1\}\.errorCode$/,
    gofka: /^42$/,
  },
  {
    name: "a broker's id with zeros before it",
    reason: "refused; Kafka takes it and keeps the configs for a broker that there is not",
    api: /^(Incremental)?AlterConfigs$/,
    scenario: /^places$/,
    path: /^responses\{4 01\}\.(errorCode|errorMessage)$/,
    gofka: /^(42|"\(words\)")$/,
  },
  {
    name: "a resource twice in AlterConfigs",
    reason: "INVALID_REQUEST; Kafka gives no answer ever",
    api: /^AlterConfigs$/,
    scenario: /^a resource twice$/,
    path: /^$/,
    kafka: /^"\(silence\)"$/,
  },
  {
    name: "operations that there are not",
    reason: "INVALID_REQUEST; Kafka fails over them, UNKNOWN_SERVER_ERROR",
    api: /^IncrementalAlterConfigs$/,
    scenario: /^operations$/,
    path: /^responses\{2 \S+\}\.(errorCode|errorMessage)$/,
    kafka: /^(-1|null)$/,
    gofka: /^(42|"\(words\)")$/,
  },
  {
    name: "configs of brokers that there are not, or cannot be",
    reason: "unknown keys and log.retention.ms below -1 are refused; Kafka keeps anything",
    api: /^IncrementalAlterConfigs$/,
    scenario: /^brokers$/,
    path: /^responses\{4 1?\}\.(errorCode|errorMessage)$/,
    kafka: /^(0|null)$/,
    gofka: /^(42|"\(words\)")$/,
  },
];

export const exceptions: readonly Exception[] = [
  ...notServed,
  ...features,
  {
    name: "a negative length is null only if it is -1",
    reason: "no client means -2; Kafka reads any negative length as null",
    api: /^ApiVersions$/,
    scenario: /^headers$/,
    path: /^$/,
    kafka: /^"\(answer\)"$/,
    gofka: /^"\(closed\)"$/,
  },
  ...produced,
  ...read,
  ...grouped,
  ...quorums,
  ...settings,
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
