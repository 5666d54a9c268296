"""The producers against a broker: what they send, how they refuse, how they end."""

import asyncio
import multiprocessing
import os
import threading
import time

import pytest

import gofka.errors as errors
from conftest import fresh_name, wait_for
from gofka import Consumer, Producer, TopicPartition, aio
from gofka.partitioners import murmur2


def read(bootstrap, topic, count, partitions=(0,), **options):
    found = []
    with Consumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", **options) as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in partitions])
        deadline = time.monotonic() + 60
        while len(found) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count}"
            for records in consumer.poll(timeout_ms=200).values():
                found.extend(records)
    return found


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_key_header_and_timestamp(bootstrap, make_topic, codec):
    topic = make_topic()
    try:
        producer = Producer(bootstrap_servers=bootstrap, compression_type=codec)
    except errors.MissingCodecError as error:
        assert "gofka[zstd]" in str(error)
        pytest.skip("no zstd here")
    with producer:
        futures = [
            producer.send(
                topic,
                f"value {i}".encode() * 20 if i % 5 else None,
                key=f"key {i}".encode() if i % 3 else None,
                headers=[("a", b"1"), ("a", None), ("ü", b"")] if i % 2 else None,
                timestamp_ms=1_700_000_000_000 + i * 7 % 50,
            )
            for i in range(300)
        ]
        told = [future.get(30) for future in futures]
    assert [each.offset for each in told] == list(range(300))
    for i, record in enumerate(read(bootstrap, topic, 300)):
        assert record.offset == i
        assert record.value == (f"value {i}".encode() * 20 if i % 5 else None)
        assert record.key == (f"key {i}".encode() if i % 3 else None)
        assert list(record.headers) == ([("a", b"1"), ("a", None), ("ü", b"")] if i % 2 else [])
        assert record.timestamp == told[i].timestamp == 1_700_000_000_000 + i * 7 % 50


@pytest.mark.parametrize("acks, offset", [(0, -1), (1, 0), ("all", 0)])
def test_acks(bootstrap, make_topic, acks, offset):
    topic = make_topic()
    with Producer(bootstrap_servers=bootstrap, acks=acks) as producer:
        assert producer.send(topic, b"x").get(30).offset == offset
    assert read(bootstrap, topic, 1)[0].value == b"x"


def test_keys_go_where_java_puts_them(bootstrap, make_topic):
    topic = make_topic(partitions=7)
    with Producer(bootstrap_servers=bootstrap) as producer:
        for i in range(50):
            key = f"key {i}".encode()
            metadata = producer.send(topic, b"", key=key).get(30)
            assert metadata.partition == (murmur2(key) & 0x7FFFFFFF) % 7


def test_partitioners_and_partitions_by_number(bootstrap, make_topic):
    topic = make_topic(partitions=3)
    with Producer(bootstrap_servers=bootstrap, partitioner="round_robin") as producer:
        told = [producer.send(topic, b"x").get(30).partition for _ in range(6)]
        assert sorted(told[:3]) == sorted(told[3:]) == [0, 1, 2]
        assert producer.send(topic, b"x", partition=1).get(30).partition == 1
        with pytest.raises(errors.IllegalStateError, match="3 partitions"):
            producer.send(topic, b"x", partition=3)
    with Producer(bootstrap_servers=bootstrap, partitioner=lambda key, every, some: 2) as producer:
        assert producer.send(topic, b"x").get(30).partition == 2


def test_serializers(bootstrap, make_topic):
    topic = make_topic()
    options = {"key_serializer": str.encode, "value_serializer": lambda n: str(n + 1).encode()}
    with Producer(bootstrap_servers=bootstrap, **options) as producer:
        producer.send(topic, 41, key="k").get(30)
        with pytest.raises(errors.SerializationError) as caught:
            producer.send(topic, "no number")
        assert isinstance(caught.value.__cause__, TypeError)
    with Producer(bootstrap_servers=bootstrap) as producer:
        producer.send(topic, "text", key=bytearray(b"k")).get(30)
        for bad in (1, 1.5, {"a": 1}, object()):
            with pytest.raises(errors.SerializationError, match="value_serializer"):
                producer.send(topic, bad)
        for bad in ([("a", 1)], [(1, b"")], ["ab"]):
            with pytest.raises(errors.SerializationError, match="header"):
                producer.send(topic, b"", headers=bad)
        for bad in (None, "", b"topic"):
            with pytest.raises(errors.GofkaError):
                producer.send(bad, b"")
    records = read(bootstrap, topic, 2)
    assert [(each.key, each.value) for each in records] == [(b"k", b"42"), (b"k", b"text")]


def test_callbacks_and_futures(bootstrap, make_topic):
    topic = make_topic()
    heard = []
    with Producer(bootstrap_servers=bootstrap, linger_ms=20) as producer:
        future = producer.send(topic, b"1", on_delivery=lambda e, m: heard.append(("d", e, m)))
        future.add_callback(lambda word, m, more: heard.append((word, m.offset, more)), "c", more=1)
        future.add_errback(lambda error: heard.append(("never", error)))
        assert not future.done() or future.succeeded()
        metadata = future.get(30)
        assert future.done() and future.is_done and future.succeeded() and not future.failed()
        assert future.exception() is None
        future.add_done_callback(lambda error, m: heard.append(("late", error, m)))
        producer.flush(30)
    assert heard == [("d", None, metadata), ("c", 0, 1), ("late", None, metadata)] or heard == [
        ("late", None, metadata),
        ("d", None, metadata),
        ("c", 0, 1),
    ]


def test_a_callback_that_raises_or_waits_harms_nobody(bootstrap, make_topic, caplog):
    topic = make_topic()
    heard = []
    with Producer(bootstrap_servers=bootstrap) as producer:
        producer.partitions_for(topic)

        def waits(error, metadata):
            try:
                producer.send(topic, b"more").get(5)
            except errors.WrongThreadError as caught:
                heard.append(caught)
            try:
                producer.flush()
            except errors.WrongThreadError as caught:
                heard.append(caught)

        producer.send(topic, b"1", on_delivery=lambda e, m: 1 / 0).get(30)
        producer.send(topic, b"2", on_delivery=waits).get(30)
        producer.flush(30)
        assert len(heard) == 2
        producer.send(topic, b"3").get(30)
    assert "a delivery callback raised" in caplog.text
    assert len(read(bootstrap, topic, 4)) == 4


def test_many_threads_share_a_producer(bootstrap, make_topic):
    topic = make_topic(partitions=3)
    with Producer(bootstrap_servers=bootstrap, buffer_memory=50_000) as producer:
        failures = []

        def work(number):
            try:
                futures = [producer.send(topic, f"{number} {i}".encode()) for i in range(1_000)]
                for future in futures:
                    future.get(60)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert not failures
    values = [each.value for each in read(bootstrap, topic, 6_000, (0, 1, 2))]
    assert len(set(values)) == len(values) == 6_000


def test_a_topic_that_does_not_exist(bootstrap):
    with Producer(
        bootstrap_servers=bootstrap, allow_auto_create_topics=False, max_block_ms=300
    ) as producer:
        start = time.monotonic()
        with pytest.raises(errors.UnknownTopicOrPartitionError, match="not-there"):
            producer.send("not-there", b"x")
        assert time.monotonic() - start < 10
        with pytest.raises(errors.InvalidTopicError):
            producer.send("not/legal", b"x")


def test_a_record_that_is_too_large(bootstrap, make_topic):
    topic = make_topic(max__message__bytes=10_000)
    with Producer(bootstrap_servers=bootstrap) as producer:
        with pytest.raises(errors.RecordTooLargeError, match="the limit is 1048576"):
            producer.send(topic, bytes(2 << 20))
        with pytest.raises(errors.MessageTooLargeError):
            producer.send(topic, bytes(20_000)).get(30)
        futures = [producer.send(topic, bytes(1_000)) for _ in range(100)]
        assert all(future.get(30).offset >= 0 for future in futures)


def test_no_memory_within_max_block_ms(bootstrap, make_topic):
    topic = make_topic()
    with Producer(
        bootstrap_servers=bootstrap, buffer_memory=4_000, max_block_ms=200, linger_ms=60_000
    ) as producer:
        producer.partitions_for(topic)
        producer._shell.post(time.sleep, 1.5)
        start = time.monotonic()
        with pytest.raises(errors.BufferFullError):
            for _ in range(100):
                producer.send(topic, bytes(200))
        assert 0.15 < time.monotonic() - start
        producer.flush(30)
        producer.send(topic, b"again").get(30)


def test_a_closed_producer(bootstrap, make_topic):
    topic = make_topic()
    producer = Producer(bootstrap_servers=bootstrap, linger_ms=60_000)
    future = producer.send(topic, b"x")
    producer.close()
    assert future.get(0).offset == 0, "close delivers what waits"
    producer.close()
    for use in (lambda: producer.send(topic, b"x"), producer.flush):
        with pytest.raises(errors.ClientClosedError):
            use()
    untouched = Producer(bootstrap_servers=bootstrap)
    untouched.close()


def test_a_lost_producer_ends_its_thread(bootstrap, make_topic):
    import gc

    topic = make_topic()
    producer = Producer(bootstrap_servers=bootstrap)
    producer.send(topic, b"x").get(30)
    thread = producer._shell._thread
    del producer
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def in_the_child(producer, topic, queue):
    said = []
    for use in (lambda: producer.send(topic, b"x"), producer.flush, producer.close):
        try:
            use()
            said.append("fine")
        except errors.ForkedError:
            said.append("forked")
    queue.put(said)


def test_a_fork_after_the_start(bootstrap, make_topic):
    topic = make_topic()
    context = multiprocessing.get_context("fork")
    with Producer(bootstrap_servers=bootstrap) as producer:
        producer.send(topic, b"x").get(30)
        queue = context.Queue()
        child = context.Process(target=in_the_child, args=(producer, topic, queue))
        child.start()
        assert queue.get(timeout=30) == ["forked", "forked", "fine"]
        child.join(30)
        assert producer.send(topic, b"y").get(30).offset == 1


def test_metrics(bootstrap, make_topic):
    topic = make_topic()
    told = []
    with Producer(
        bootstrap_servers=bootstrap, metrics_hook=told.append, metrics_interval_ms=20
    ) as producer:
        producer.send(topic, b"x").get(30)
        numbers = producer.metrics()
        assert numbers["records_sent"] == 1 and numbers["produce_requests"] == 1
        assert numbers["buffer_bytes"] == 0 and numbers["bytes_sent"] > 0
    assert told[-1]["records_sent"] == 1


# Asyncio.


def test_asyncio_sends_and_waits(bootstrap, make_topic):
    topic = make_topic(partitions=2)

    async def main():
        async with aio.Producer(bootstrap_servers=bootstrap, compression_type="gzip") as producer:
            assert (await producer.send_and_wait(topic, b"0", partition=0)).offset == 0
            futures = [await producer.send(topic, b"x", partition=1) for _ in range(200)]
            assert [(await future).offset for future in futures] == list(range(200))
            assert futures[0].done() and futures[0].result().partition == 1
            assert futures[0].exception() is None
            assert await producer.partitions_for(topic) == [0, 1]
            heard = []
            later = await producer.send(topic, b"y", on_delivery=lambda e, m: heard.append(m))
            with pytest.raises(errors.IllegalStateError):
                later.result()
            await producer.flush(30)
            later.add_done_callback(lambda e, m: heard.append(m))
            assert len(heard) == 2 and producer.metrics()["records_sent"] == 202
        with pytest.raises(errors.ClientClosedError):
            await producer.send(topic, b"x")
        with pytest.raises(errors.ClientClosedError):
            await producer.flush()
        await producer.stop()

    asyncio.run(main())


def test_asyncio_belongs_to_one_loop(bootstrap, make_topic):
    topic = make_topic()
    producer = aio.Producer(bootstrap_servers=bootstrap)

    async def first():
        await producer.start()
        await producer.send_and_wait(topic, b"x")

    async def second():
        await producer.send(topic, b"x")

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(first())
        with pytest.raises(errors.WrongLoopError):
            asyncio.run(second())
        loop.run_until_complete(producer.close())
    finally:
        loop.close()


def test_asyncio_waits_for_memory_and_lets_others_run(bootstrap, make_topic):
    topic = make_topic()

    async def main():
        turns = 0

        async def tick():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        ticking = asyncio.ensure_future(tick())
        async with aio.Producer(bootstrap_servers=bootstrap, buffer_memory=20_000) as producer:
            futures = [await producer.send(topic, bytes(100)) for _ in range(2_000)]
            for future in futures:
                await future
        ticking.cancel()
        assert turns > 50

    asyncio.run(main())


def test_asyncio_cancellation(bootstrap, make_topic):
    topic = make_topic()

    async def main():
        async with aio.Producer(bootstrap_servers=bootstrap, linger_ms=60_000) as producer:
            future = await producer.send(topic, b"x")
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.ensure_future(waiting(future)), 0.1)
            with pytest.raises(errors.BrokerError):
                await producer.send("not/legal", b"x")
            await producer.flush()
            assert (await future).offset == 0

    async def waiting(future):
        return await future

    asyncio.run(main())


def test_a_partition_that_is_new(bootstrap, make_topic, admin):
    topics = [make_topic(), make_topic()]

    async def with_asyncio(topic):
        async with aio.Producer(bootstrap_servers=bootstrap) as producer:
            assert (await producer.send_and_wait(topic, b"x")).partition == 0
            grow(topic)
            assert (await producer.send_and_wait(topic, b"y", partition=2)).partition == 2
            with pytest.raises(errors.IllegalStateError, match="has 3 partitions, and no 3"):
                await producer.send(topic, b"z", partition=3)

    def grow(topic):
        admin.create_partitions({topic: 3})
        wait_for(lambda: len(admin.describe_topics([topic])[0].partitions) == 3)

    with Producer(bootstrap_servers=bootstrap) as producer:
        assert producer.send(topics[0], b"x").get(30).partition == 0
        grow(topics[0])
        assert producer.send(topics[0], b"y", partition=2).get(30).partition == 2
        with pytest.raises(errors.IllegalStateError, match="has 3 partitions, and no 3"):
            producer.send(topics[0], b"z", partition=3)
    asyncio.run(with_asyncio(topics[1]))
