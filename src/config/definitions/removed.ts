// Keys of older Kafka releases that Kafka 4 no longer has. A file that still holds one is accepted and
// the line is named in a warning, as an upgrade should not fail over a setting that has no effect.
//
// Lives on: anywhere (data).

const zookeeper = "ZooKeeper is no longer used";
const formats = "the record format is always v2";
const levels = "the metadata version of the cluster decides";

const removedKeys: ReadonlyMap<string, string> = new Map([
  ["advertised.host.name", "see `advertised.listeners`"],
  ["advertised.port", "see `advertised.listeners`"],
  ["host.name", "see `listeners`"],
  ["port", "see `listeners`"],
  ["auto.include.jmx.reporter", "there is no JMX"],
  ["broker.id.generation.enable", "set `node.id`"],
  ["reserved.broker.max.id", "set `node.id`"],
  ["control.plane.listener.name", "see `controller.listener.names`"],
  ["controlled.shutdown.max.retries", zookeeper],
  ["controlled.shutdown.retry.backoff.ms", zookeeper],
  ["eligible.leader.replicas.enable", levels],
  ["group.coordinator.new.enable", "there is one group coordinator"],
  ["inter.broker.protocol.version", levels],
  ["leader.imbalance.per.broker.percentage", zookeeper],
  ["log.message.downconversion.enable", formats],
  ["log.message.format.version", formats],
  [
    "log.message.timestamp.difference.max.ms",
    "see `log.message.timestamp.before.max.ms` and `log.message.timestamp.after.max.ms`",
  ],
  ["offsets.commit.required.acks", "commits always wait for all in-sync replicas"],
  ["quota.consumer.default", "quotas are set with AlterClientQuotas"],
  ["quota.producer.default", "quotas are set with AlterClientQuotas"],
]);

/** Why the key means nothing any more; undefined when it never was one. */
export function whyRemoved(key: string): string | undefined {
  if (key.startsWith("zookeeper.") || key.startsWith("password.encoder.")) return zookeeper;
  return removedKeys.get(key);
}
