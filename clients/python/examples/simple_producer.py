"""Send some records and hear what became of them."""

import os

from gofka import GofkaError, Producer

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = "example-simple"


def report(error, metadata):
    """Called on the producer's thread for each record; keep it short."""
    if error is not None:
        print(f"not delivered: {error}")


with Producer(bootstrap_servers=BOOTSTRAP, compression_type="lz4", linger_ms=5) as producer:
    # send() answers at once. Records with the same key go to the same partition.
    for number in range(1000):
        producer.send(TOPIC, f"value {number}", key=f"key {number % 10}", on_delivery=report)

    # A future for when you need to know.
    future = producer.send(TOPIC, b"the last one")
    try:
        metadata = future.get(timeout=30)
    except GofkaError as error:
        raise SystemExit(f"it failed: {error}")
    print(f"the last one is at {metadata.topic}-{metadata.partition} offset {metadata.offset}")
# Leaving the block delivers all that still waits.
