"""Look after a cluster: topics, partitions, configs, groups and their offsets."""

import os
import time

from gofka import Admin, Consumer, Producer, TopicPartition
from gofka.admin import ConfigResource, NewTopic, OffsetSpec

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = f"example-admin-{time.time_ns()}"
GROUP = f"example-admin-group-{time.time_ns()}"

with Admin(bootstrap_servers=BOOTSTRAP) as admin:
    cluster = admin.describe_cluster()
    print(f"cluster {cluster.cluster_id} of {len(cluster.brokers)} brokers")

    admin.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={"retention.ms": "3600000"})])
    admin.wait_for_topics([TOPIC])
    admin.create_partitions({TOPIC: 3})
    (topic,) = admin.describe_topics([TOPIC])
    print(f"{topic.name} has {len(topic.partitions)} partitions")

    admin.alter_configs([ConfigResource("topic", TOPIC, {"retention.ms": "7200000"})])
    resource = ConfigResource("topic", TOPIC)
    configs = admin.describe_configs([resource])[resource.key]
    print("set here:", {name: each.value for name, each in configs.items() if not each.is_default})

    with Producer(bootstrap_servers=BOOTSTRAP) as producer:
        for number in range(30):
            producer.send(TOPIC, b"%d" % number, partition=number % 3)
    with Consumer(
        TOPIC, bootstrap_servers=BOOTSTRAP, group_id=GROUP, auto_offset_reset="earliest"
    ) as consumer:
        for count, _ in enumerate(consumer, 1):
            if count == 30:
                break
    print("groups:", [each.group_id for each in admin.list_groups() if each.group_id == GROUP])
    offsets = admin.list_group_offsets(GROUP)
    partitions = [TopicPartition(TOPIC, number) for number in range(3)]
    ends = admin.list_partition_offsets({tp: OffsetSpec.LATEST for tp in partitions})
    for tp in partitions:
        print(f"{tp.partition}: read up to {offsets[tp].offset} of {ends[tp].offset}")

    # Have the group read the first partition again.
    admin.alter_group_offsets(GROUP, {partitions[0]: 0})
    # Forget the first five records of the second.
    print("first offset now:", admin.delete_records({partitions[1]: 5})[partitions[1]])

    admin.delete_groups([GROUP])
    admin.delete_topics([TOPIC])
