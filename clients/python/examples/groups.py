"""Two members of a group share a topic. One leaves; the other takes over."""

import os
import threading
import time

from gofka import Admin, Consumer, Producer, RebalanceListener
from gofka.admin import NewTopic

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = f"example-groups-{time.time_ns()}"
GROUP = f"example-group-{time.time_ns()}"


class Told(RebalanceListener):
    def __init__(self, name):
        self.name = name

    def on_partitions_assigned(self, assigned):
        print(f"{self.name} gets {sorted(tp.partition for tp in assigned)}")

    def on_partitions_revoked(self, revoked):
        # The last chance to commit what was done for them; enable_auto_commit does it by itself.
        print(f"{self.name} gives up {sorted(tp.partition for tp in revoked)}")


def member(name, read, leave):
    # The cooperative assignor lets members keep what they own while the group changes.
    with Consumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=GROUP,
        auto_offset_reset="earliest",
        partition_assignment_strategy=["cooperative-sticky"],
    ) as consumer:
        consumer.subscribe([TOPIC], listener=Told(name))
        while not leave.is_set():
            for tp, records in consumer.poll(timeout_ms=200).items():
                read.extend((tp.partition, record.offset) for record in records)


with Admin(bootstrap_servers=BOOTSTRAP) as admin:
    admin.create_topics([NewTopic(TOPIC, num_partitions=4, replication_factor=1)])

with Producer(bootstrap_servers=BOOTSTRAP) as producer:
    for number in range(200):
        producer.send(TOPIC, b"%d" % number, key=b"%d" % number)

read = []
leaving = [threading.Event(), threading.Event()]
threads = [
    threading.Thread(target=member, args=(name, read, leave))
    for name, leave in zip(("first", "second"), leaving)
]
for thread in threads:
    thread.start()
deadline = time.monotonic() + 60
while len(read) < 200 and time.monotonic() < deadline:
    time.sleep(0.05)
leaving[1].set()
threads[1].join()
time.sleep(1)
leaving[0].set()
threads[0].join()

with Admin(bootstrap_servers=BOOTSTRAP) as admin:
    admin.delete_topics([TOPIC])
    admin.delete_groups([GROUP])
print(f"{len(read)} records, {len(set(read))} of them different")
if len(set(read)) != 200:
    raise SystemExit("some were not read")
