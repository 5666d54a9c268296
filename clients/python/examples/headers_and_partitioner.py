"""Headers, serializers, and a partitioner of one's own."""

import json
import os
import time

from gofka import Admin, Consumer, Producer
from gofka.admin import NewTopic
from gofka.partitioners import murmur2

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = f"example-headers-{time.time_ns()}"


def vip_first(key, partitions, available):
    """Partition 0 is for important customers; the others share the rest, by their keys."""
    if key is not None and key.startswith(b"vip-"):
        return partitions[0]
    rest = partitions[1:]
    return rest[(murmur2(key or b"") & 0x7FFFFFFF) % len(rest)]


with Admin(bootstrap_servers=BOOTSTRAP) as admin:
    admin.create_topics([NewTopic(TOPIC, 3, 1)])
    admin.wait_for_topics([TOPIC])

    with Producer(
        bootstrap_servers=BOOTSTRAP,
        partitioner=vip_first,
        key_serializer=str.encode,
        value_serializer=lambda value: json.dumps(value).encode(),
    ) as producer:
        for name in ("vip-ada", "bob", "carol", "vip-dan", "eve"):
            # Names are text, values bytes; order and repetitions are kept.
            headers = [("source", b"example"), ("trace", name.encode()), ("trace", b"again")]
            producer.send(TOPIC, {"name": name}, key=name, headers=headers)

    with Consumer(
        TOPIC,
        bootstrap_servers=BOOTSTRAP,
        auto_offset_reset="earliest",
        consumer_timeout_ms=2000,
        key_deserializer=bytes.decode,
        value_deserializer=json.loads,
    ) as consumer:
        for record in consumer:
            print(record.partition, record.key, record.value, dict(record.headers)["trace"])
            assert (record.partition == 0) == record.key.startswith("vip-")
    admin.delete_topics([TOPIC])
