"""The short run that belongs to `npm test`: nothing but an interpreter is needed.

    python3 smoke.py HOST:PORT

Produces and consumes through every kind of client, blocking and asyncio, and says what went wrong.
"""

import asyncio
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from gofka import Consumer, Producer, TopicPartition, aio  # noqa: E402
from gofka.errors import GofkaError  # noqa: E402

COUNT = 500
CODECS = [None, "gzip", "snappy", "lz4"]


def expected(prefix):
    return [f"{prefix} {i}".encode() for i in range(COUNT)]


def blocking(bootstrap, topic):
    with Producer(bootstrap_servers=bootstrap, linger_ms=1) as producer:
        partition = producer.partitions_for(topic)[0]
        futures = [
            producer.send(topic, value, key=b"k", headers={"h": b"1"}, partition=partition)
            for value in expected("blocking")
        ]
        offsets = [future.get(timeout=60).offset for future in futures]
        assert offsets == list(range(COUNT)), offsets[:5]
    for codec in CODECS[1:]:
        with Producer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
            for value in expected(codec):
                producer.send(topic, value, partition=partition)
            producer.flush(60)
    with Consumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, partition)])
        read = take(consumer, COUNT * len(CODECS))
    assert [record.value for record in read] == [
        value for codec in CODECS for value in expected(codec or "blocking")
    ]
    assert (read[0].key, read[0].headers) == (b"k", [("h", b"1")])


def take(consumer, count):
    read = []
    deadline = time.monotonic() + 60
    while len(read) < count:
        assert time.monotonic() < deadline, f"{len(read)} of {count} records came"
        for records in consumer.poll(timeout_ms=500).values():
            read.extend(records)
    return read


def in_a_group(bootstrap, topic):
    with Consumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=f"group of {topic}",
        auto_offset_reset="earliest",
    ) as consumer:
        assert len(take(consumer, COUNT * len(CODECS))) == COUNT * len(CODECS)


async def asyncio_twins(bootstrap, topic):
    async with aio.Producer(bootstrap_servers=bootstrap) as producer:
        futures = [await producer.send(topic, value) for value in expected("asyncio")]
        for future in futures:
            await future
    read = []
    async with aio.Consumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        async for record in consumer:
            read.append(record.value)
            if len(read) == COUNT:
                break
    assert sorted(read) == sorted(expected("asyncio"))


def no_broker(_bootstrap, _topic):
    with Producer(bootstrap_servers="127.0.0.1:1", max_block_ms=200) as producer:
        try:
            producer.send("nowhere", b"x")
        except GofkaError:
            return
    raise AssertionError("a broker that is not there took a record")


def main(bootstrap):
    topic = f"python-{time.time_ns()}"
    started = time.perf_counter()
    blocking(bootstrap, topic)
    in_a_group(bootstrap, topic)
    asyncio.run(asyncio_twins(bootstrap, f"{topic}-asyncio"))
    no_broker(bootstrap, topic)
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("gofka")]
    assert not left, f"threads are left: {left}"
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {version}, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1])
