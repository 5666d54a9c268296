"""Read a topic from its start. Run simple_producer.py first."""

import os

from gofka import Consumer

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = "example-simple"

count = 0
# Without a group_id all partitions are read and nothing is committed. consumer_timeout_ms ends the loop
# when nothing came for so long; without it the loop never ends.
with Consumer(
    TOPIC,
    bootstrap_servers=BOOTSTRAP,
    auto_offset_reset="earliest",
    consumer_timeout_ms=2000,
    value_deserializer=bytes.decode,
) as consumer:
    for record in consumer:
        count += 1
        if count <= 3:
            print(f"{record.topic}-{record.partition} @{record.offset}: {record.key!r} = {record.value!r}")
print(f"{count} records")
if count == 0:
    raise SystemExit("nothing there; run simple_producer.py first")
