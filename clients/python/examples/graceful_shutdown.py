"""A worker that ends on Ctrl-C or SIGTERM: it finishes what it has in hand, commits, and leaves its group at
once, so that others need not wait for its session to end."""

import os
import signal
import sys
import time

from gofka import Consumer, Producer

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
TOPIC = f"example-shutdown-{time.time_ns()}"
# For a demonstration that ends by itself; a real worker waits for the signal.
SECONDS = float(os.environ.get("EXAMPLE_SECONDS", "3"))

consumer = Consumer(
    TOPIC,
    bootstrap_servers=BOOTSTRAP,
    group_id=TOPIC,
    auto_offset_reset="earliest",
    enable_auto_commit=False,
)
stopping = False


def stop(number, frame):
    """Only notes that it is time; wakeup() has the loop below look at that at once."""
    global stopping
    stopping = True
    consumer.wakeup()


signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)

with Producer(bootstrap_servers=BOOTSTRAP) as producer:
    for number in range(100):
        producer.send(TOPIC, b"%d" % number)

if hasattr(signal, "setitimer"):
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)

done = 0
try:
    while not stopping:
        batch = consumer.poll(timeout_ms=60_000)
        for records in batch.values():
            done += len(records)  # The work.
        if batch:
            consumer.commit()
finally:
    # Leaves the group. Again if you like: a second close does nothing.
    consumer.close()
print(f"{done} records done, and committed")
sys.exit(0 if done == 100 else 1)
