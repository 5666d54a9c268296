"""Transactions. A Gofka node that does not serve them yet is skipped; real Kafka is not."""

import asyncio
import time

import pytest

import gofka.errors as errors
from conftest import fresh_name
from gofka import Consumer, OffsetAndMetadata, Producer, TopicPartition, aio


@pytest.fixture
def transactional(bootstrap):
    """make(**options) -> a producer that has begun its life, or skips."""
    made = []

    def make(transactional_id=None, **options):
        producer = Producer(
            bootstrap_servers=bootstrap,
            transactional_id=transactional_id or fresh_name("txn"),
            **options,
        )
        made.append(producer)
        try:
            producer.init_transactions()
        except errors.UnsupportedVersionError:
            pytest.skip("this broker does not serve transactions")
        return producer

    yield make
    for producer in made:
        producer.close(5)


def read(bootstrap, topic, isolation="read_committed"):
    """All values up to the end of a partition."""
    with Consumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level=isolation
    ) as consumer:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        found = []
        deadline = time.monotonic() + 60
        while consumer.position(partition) < end:
            assert time.monotonic() < deadline
            for records in consumer.poll(timeout_ms=200).values():
                found += [record.value for record in records]
        return found


def test_committed_is_read_and_aborted_is_not(bootstrap, make_topic, transactional):
    topic = make_topic()
    producer = transactional()
    for number in range(6):
        producer.begin_transaction()
        for i in range(10):
            producer.send(topic, f"{number} {i}".encode())
        if number % 2:
            producer.flush()
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    expected = [f"{number} {i}".encode() for number in (0, 2, 4) for i in range(10)]
    assert read(bootstrap, topic) == expected
    assert len(read(bootstrap, topic, "read_uncommitted")) == 60


def test_the_context_manager_commits_or_aborts(bootstrap, make_topic, transactional):
    topic = make_topic()
    producer = transactional()
    with producer.transaction():
        producer.send(topic, b"yes")
    with pytest.raises(KeyError):
        with producer.transaction():
            future = producer.send(topic, b"no")
            raise KeyError
    assert future.done()
    with producer.transaction():
        pass
    with producer.transaction():
        producer.send(topic, b"again")
    assert read(bootstrap, topic) == [b"yes", b"again"]


def test_offsets_are_committed_with_it(bootstrap, make_topic, transactional):
    source, target = make_topic(), make_topic()
    group = fresh_name("group")
    with Producer(bootstrap_servers=bootstrap) as plain:
        for i in range(20):
            plain.send(source, str(i).encode())
    producer = transactional()
    with Consumer(
        source,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        done = 0
        deadline = time.monotonic() + 60
        while done < 20:
            assert time.monotonic() < deadline
            for partition, records in consumer.poll(timeout_ms=200).items():
                with producer.transaction():
                    for record in records:
                        producer.send(target, record.value * 2)
                    offsets = {partition: OffsetAndMetadata(records[-1].offset + 1)}
                    producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
                done += len(records)
        with pytest.raises(RuntimeError):
            with producer.transaction():
                offsets = {TopicPartition(source, 0): OffsetAndMetadata(0)}
                producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
                raise RuntimeError
        assert consumer.committed(TopicPartition(source, 0)) == 20
    assert read(bootstrap, target) == [str(i).encode() * 2 for i in range(20)]


def test_a_newer_producer_fences_the_older(bootstrap, make_topic, transactional):
    topic = make_topic()
    name = fresh_name("txn")
    older = transactional(name)
    older.begin_transaction()
    older.send(topic, b"old").get(30)
    newer = transactional(name)
    with newer.transaction():
        newer.send(topic, b"new")
    with pytest.raises((errors.ProducerFencedError, errors.InvalidProducerEpochError)) as caught:
        older.send(topic, b"zombie").get(30)
        older.commit_transaction()
    assert caught.value.fatal
    with pytest.raises(errors.GofkaError):
        older.begin_transaction()
    assert read(bootstrap, topic) == [b"new"]


def test_a_record_that_fails_makes_it_abortable(bootstrap, make_topic, transactional):
    topic = make_topic(max__message__bytes=5_000)
    producer = transactional()
    producer.begin_transaction()
    producer.send(topic, b"fits")
    future = producer.send(topic, bytes(20_000), key=b"k")
    with pytest.raises(errors.MessageTooLargeError):
        producer.commit_transaction()
    assert future.failed()
    with pytest.raises(errors.MessageTooLargeError):
        producer.send(topic, b"more")
    producer.abort_transaction()
    with producer.transaction():
        producer.send(topic, b"after")
    assert read(bootstrap, topic) == [b"after"]


def test_calls_out_of_turn(bootstrap, make_topic, transactional):
    topic = make_topic()
    with Producer(bootstrap_servers=bootstrap) as plain:
        with pytest.raises(errors.IllegalStateError, match="transactional_id"):
            plain.begin_transaction()
    producer = transactional()
    for call in (
        producer.commit_transaction,
        producer.abort_transaction,
        producer.init_transactions,
        lambda: producer.send(topic, b"x"),
    ):
        with pytest.raises(errors.IllegalStateError):
            call()
    producer.begin_transaction()
    with pytest.raises(errors.IllegalStateError):
        producer.begin_transaction()
    producer.abort_transaction()


def test_asyncio(bootstrap, make_topic):
    topic = make_topic()

    async def main():
        async with aio.Producer(
            bootstrap_servers=bootstrap, transactional_id=fresh_name("txn")
        ) as producer:
            try:
                await producer.init_transactions()
            except errors.UnsupportedVersionError:
                pytest.skip("this broker does not serve transactions")
            async with producer.transaction():
                await producer.send(topic, b"yes")
            with pytest.raises(KeyError):
                async with producer.transaction():
                    await producer.send_and_wait(topic, b"no")
                    raise KeyError
            async with producer.transaction():
                await producer.send_offsets_to_transaction(
                    {TopicPartition(topic, 0): OffsetAndMetadata(1)}, fresh_name("group")
                )

    asyncio.run(main())
    assert read(bootstrap, topic) == [b"yes"]
