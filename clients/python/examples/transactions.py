"""Read, write and commit in one transaction: what is read counts as read exactly when what was made of
it can be seen (KIP-98, KIP-447)."""

import os
import time

from gofka import Admin, Consumer, OffsetAndMetadata, Producer
from gofka.errors import UnsupportedVersionError

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
STAMP = time.time_ns()
SOURCE, TARGET = f"example-source-{STAMP}", f"example-target-{STAMP}"


def copy_all(count):
    with Producer(
        bootstrap_servers=BOOTSTRAP, transactional_id=f"example-copy-{STAMP}"
    ) as producer, Consumer(
        SOURCE,
        bootstrap_servers=BOOTSTRAP,
        group_id=f"example-copy-{STAMP}",
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    ) as consumer:
        producer.init_transactions()
        copied = 0
        while copied < count:
            batch = consumer.poll(timeout_ms=1000, max_records=10)
            if not batch:
                continue
            # An exception inside aborts it, and is raised again.
            with producer.transaction():
                offsets = {}
                for tp, records in batch.items():
                    for record in records:
                        producer.send(TARGET, record.value.upper(), key=record.key)
                        copied += 1
                    offsets[tp] = OffsetAndMetadata(records[-1].offset + 1)
                producer.send_offsets_to_transaction(offsets, consumer.group_metadata())


with Admin(bootstrap_servers=BOOTSTRAP) as admin:
    admin.create_topics([SOURCE, TARGET])
    admin.wait_for_topics([SOURCE, TARGET])
    with Producer(bootstrap_servers=BOOTSTRAP) as producer:
        for number in range(25):
            producer.send(SOURCE, f"record {number}")
    try:
        copy_all(25)
    except UnsupportedVersionError as error:
        print(f"this broker has no transactions: {error}")
    else:
        with Consumer(
            TARGET,
            bootstrap_servers=BOOTSTRAP,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            consumer_timeout_ms=2000,
        ) as consumer:
            values = [record.value for record in consumer]
        print(f"{len(values)} records, such as {values[0].decode()!r}")
        assert len(values) == 25
    admin.delete_topics([SOURCE, TARGET])
