"""Networks that cut, delay and split: nothing acknowledged is lost, and nothing is there twice."""

import asyncio
import time

import pytest

from conftest import fresh_name
from gofka import Consumer, Producer, TopicPartition, aio
from proxy import FaultProxy

RECORDS = 100_000
CUTS = 200
PARTITIONS = 3


@pytest.fixture
def behind_proxy(make_broker):
    """make(**faults) -> a proxy before a broker of its own, and the broker."""
    proxies = []

    def make(**faults):
        proxy = FaultProxy(**faults)
        proxies.append(proxy)
        settings = {
            "advertised.listeners": f"PLAINTEXT://{proxy.bootstrap}",
            "num.partitions": str(PARTITIONS),
        }
        broker = make_broker(settings)
        proxy.target = ("127.0.0.1", broker.port)
        return proxy, broker

    yield make
    for proxy in proxies:
        proxy.close()


def read_all(proxy, topic):
    """By partition, the values as numbers, in order of offsets."""
    found = {partition: [] for partition in range(PARTITIONS)}
    with Consumer(bootstrap_servers=proxy.bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in found])
        ends = consumer.end_offsets([TopicPartition(topic, partition) for partition in found])
        deadline = time.monotonic() + 120
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            assert time.monotonic() < deadline
            for tp, records in consumer.poll(timeout_ms=500).items():
                found[tp.partition].extend(int(record.value) for record in records)
    return found


def check_once_and_in_order(found, count):
    flat = sorted(number for numbers in found.values() for number in numbers)
    missing = sorted(set(range(count)) - set(flat))
    assert not missing, f"{len(missing)} are lost, the first is {missing[0]}"
    assert len(flat) == count, f"{len(flat) - count} are there twice"
    for numbers in found.values():
        assert numbers == sorted(numbers), "a partition is out of order"


# A connection that is ended in the middle of whatever passes, again and again.
def short_lives(random):
    return int(random.expovariate(1 / 11_000)) + 200


def test_nothing_is_lost_and_nothing_is_twice_through_cuts(behind_proxy):
    proxy, _ = behind_proxy(seed=7, lives=short_lives, split=700)
    proxy.cuts_max = CUTS
    topic = fresh_name("cuts")
    acked = set()
    with Producer(
        bootstrap_servers=proxy.bootstrap,
        max_request_size=10_000,
        buffer_memory=100_000,
        reconnect_backoff_ms=5,
        reconnect_backoff_max_ms=50,
        retry_backoff_ms=5,
        retry_backoff_max_ms=50,
    ) as producer:
        futures = []
        for number in range(RECORDS):
            key = None if number % 3 else str(number).encode()
            futures.append(producer.send(topic, str(number).encode(), key=key))
        producer.flush(120)
        for number, future in enumerate(futures):
            metadata = future.get(0)
            assert (metadata.partition, metadata.offset) not in acked
            acked.add((metadata.partition, metadata.offset))
    assert proxy.cuts == CUTS, f"only {proxy.cuts} cuts"
    found = read_all(proxy, topic)
    check_once_and_in_order(found, RECORDS)
    assert {(p, i) for p, numbers in found.items() for i in range(len(numbers))} == acked


def test_asyncio_through_cuts_delays_and_pieces(behind_proxy):
    count = 2_000
    proxy, _ = behind_proxy(seed=8, lives=short_lives, delay_s=0.003, split=300)
    proxy.cuts_max = 20
    topic = fresh_name("cuts")

    async def produce():
        async with aio.Producer(
            bootstrap_servers=proxy.bootstrap,
            max_request_size=8_000,
            reconnect_backoff_ms=5,
            reconnect_backoff_max_ms=50,
            retry_backoff_ms=5,
        ) as producer:
            futures = [await producer.send(topic, str(number).encode()) for number in range(count)]
            for future in futures:
                await future

    asyncio.run(produce())
    check_once_and_in_order(read_all(proxy, topic), count)


def test_a_broker_that_goes_away_and_comes_back(behind_proxy):
    proxy, broker = behind_proxy()
    topic = fresh_name("away")
    with Producer(bootstrap_servers=proxy.bootstrap) as producer:
        producer.send(topic, b"0").get(30)
        proxy.refusing = True
        proxy.cut_all()
        futures = [producer.send(topic, str(number).encode()) for number in range(1, 100)]
        with pytest.raises(TimeoutError):
            futures[0].get(0.3)
        proxy.refusing = False
        assert all(future.get(30).offset >= 0 for future in futures)
    check_once_and_in_order(read_all(proxy, topic), 100)


def test_a_broker_that_is_restarted(behind_proxy):
    proxy, broker = behind_proxy()
    topic = fresh_name("restart")
    with Producer(bootstrap_servers=proxy.bootstrap) as producer:
        producer.send(topic, b"0").get(30)
        broker.stop()
        future = producer.send(topic, b"1")
        broker.start()
        assert future.get(60).offset >= 0
    check_once_and_in_order(read_all(proxy, topic), 2)
