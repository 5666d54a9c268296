"""The producer's core in a world that breaks: what is acknowledged is there once, and in order."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gofka import errors
from gofka._core.producer import ProducerCore
from world import Cluster, World

RETRIED = ["NOT_LEADER_OR_FOLLOWER", "REQUEST_TIMED_OUT", "NOT_ENOUGH_REPLICAS", "CORRUPT_MESSAGE"]


class Rig:
    def __init__(self, seed=0, topics=None, brokers=2, **options):
        self.world = World(seed)
        self.cluster = Cluster(self.world, brokers, topics)
        options.setdefault("bootstrap_servers", "one:1")
        self.core = ProducerCore(self.world, options, self.wake)
        self.core.accumulator.now = lambda: self.world.engine.now
        self.sent = {}
        self.told = {}

    def wake(self):
        self.world.engine.call_soon(self.core.sender.wake)

    def learn(self, topic="t"):
        self.world.run(self.core.client.cluster.topic(topic, 60))

    def send(self, number, partition, value=None):
        accumulator = self.core.accumulator
        part = accumulator.part("t", partition)
        value = str(number).encode() if value is None else value
        batch = accumulator.try_append(part, 1_000 + number, None, value, None)
        if batch is None:
            return False
        if batch.callbacks is None:
            batch.callbacks = []
        index = batch.count - 1
        batch.callbacks.append((index, lambda error, metadata: self.heard(number, error, metadata)))
        self.sent[number] = partition
        return True

    def heard(self, number, error, metadata):
        assert number not in self.told, "told twice"
        self.told[number] = error if error is not None else metadata

    def flush(self):
        self.world.run(self.core.sender.flush())

    def logs(self):
        return [[int(value) for value in part.values] for part in self.cluster.topics["t"]]

    def check(self):
        """Everything is delivered, once, in order, where the producer was told it is."""
        logs = self.logs()
        for partition, log in enumerate(logs):
            assert log == [number for number, where in self.sent.items() if where == partition]
        for number, partition in self.sent.items():
            metadata = self.told[number]
            assert not isinstance(metadata, errors.GofkaError), metadata
            assert (metadata.partition, metadata.timestamp) == (partition, 1_000 + number)
            assert logs[partition][metadata.offset] == number
        assert self.core.accumulator.used == 0 and not self.core.accumulator.incomplete


# A batch that was written and is sent again, while more go out behind it than a broker remembers.
@example(113, 0.1, False)
@example(83, 0.3, False)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.1, 0.3]), st.booleans())
def test_once_and_in_order_whatever_happens(seed, rate, moves):
    rig = Rig(seed, batch_size=200, linger_ms=2, request_timeout_ms=2_000, max_request_size=2_500)
    rig.learn()
    random = rig.world.random

    def trouble(api, broker):
        if api != "Produce":
            return "cut before" if random.random() < rate / 4 else None
        if moves and random.random() < rate / 2:
            rig.cluster.leader_moves()
        if random.random() >= rate:
            return None
        return random.choice(["cut before", "cut after", "cut after", "silence", *RETRIED])

    rig.cluster.trouble = trouble
    number = 0
    for _ in range(30):
        for _ in range(random.randrange(40)):
            assert rig.send(number, random.randrange(3))
            number += 1
        pause = rig.world.engine.now + random.random() * 0.05
        rig.world.run_until(lambda: rig.world.engine.now >= pause or not rig.core.accumulator.active)
    rig.flush()
    rig.check()


def test_batches_grow_while_requests_are_under_way():
    rig = Rig(topics={"t": 1}, batch_size=100, max_in_flight_requests_per_connection=1)
    rig.learn()
    for number in range(50):
        rig.send(number, 0)
        rig.world.engine.run(rig.world.engine.now)
    for number in range(50, 2_000):
        rig.send(number, 0)
    rig.flush()
    rig.check()
    assert rig.core.client.metrics["produce_requests"] <= 4


def test_batches_that_are_too_large_are_split():
    rig = Rig(topics={"t": 1})
    rig.learn()
    for broker in rig.cluster.brokers.values():
        broker.size_max = 500
    for number in range(300):
        rig.send(number, 0)
    rig.flush()
    rig.check()


def test_a_record_that_is_too_large_for_the_topic_fails_alone():
    rig = Rig(topics={"t": 1})
    rig.learn()
    for broker in rig.cluster.brokers.values():
        broker.size_max = 500
    for number in range(100):
        rig.send(number, 0, b"1" * 900 if number == 50 else None)
    rig.flush()
    assert isinstance(rig.told[50], errors.MessageTooLargeError)
    others = [number for number in range(100) if number != 50]
    failed = [number for number in others if isinstance(rig.told[number], errors.GofkaError)]
    assert not failed
    assert rig.logs()[0] == others


def test_linger_waits_and_flush_does_not():
    rig = Rig(topics={"t": 1}, linger_ms=5_000)
    rig.learn()
    rig.world.run(rig.core.client.cluster.refresh())
    start = rig.world.engine.now
    rig.send(0, 0)
    rig.world.run_until(lambda: 0 in rig.told)
    assert 5 <= rig.world.engine.now - start < 5.5
    rig.send(1, 0)
    start = rig.world.engine.now
    rig.flush()
    assert rig.world.engine.now - start < 1
    rig.check()


def test_delivery_times_out_by_the_clock_and_the_next_records_go_on():
    rig = Rig(topics={"t": 1}, delivery_timeout_ms=3_000, request_timeout_ms=1_000)
    rig.learn()
    rig.send(0, 0)
    rig.flush()
    silent = {"on": True}
    rig.cluster.trouble = lambda api, _: "silence" if api == "Produce" and silent["on"] else None
    start = rig.world.engine.now
    rig.send(1, 0)
    rig.world.run_until(lambda: 1 in rig.told)
    assert 3 <= rig.world.engine.now - start < 3.5
    error = rig.told[1]
    assert isinstance(error, errors.DeliveryTimeoutError) and isinstance(error, TimeoutError)
    assert isinstance(error.__cause__, errors.GofkaError)
    silent["on"] = False
    rig.send(2, 0)
    rig.flush()
    assert rig.told[2].offset >= 1
    # The one that timed out had reached the broker all the same.
    assert rig.logs()[0] in ([0, 1, 2], [0, 2])


def test_memory_comes_back():
    rig = Rig(topics={"t": 1}, buffer_memory=10_000)
    rig.learn()
    number = 0
    while rig.send(number, 0):
        number += 1
    assert 200 < number < 1_000
    rig.flush()
    assert rig.send(number, 0)
    rig.flush()
    rig.check()


@pytest.mark.parametrize("acks", [0, 1])
def test_other_acks(acks):
    rig = Rig(topics={"t": 1}, acks=acks)
    rig.learn()
    for number in range(20):
        rig.send(number, 0)
    rig.flush()
    rig.world.run_until(lambda: len(rig.logs()[0]) == 20)
    if acks:
        rig.check()
    else:
        assert {rig.told[number].offset for number in range(20)} == {-1}


def test_what_cannot_pass_fails_at_once():
    rig = Rig(topics={"t": 1})
    rig.learn()
    rig.cluster.trouble = lambda api, _: "TOPIC_AUTHORIZATION_FAILED" if api == "Produce" else None
    start = rig.world.engine.now
    rig.send(0, 0)
    rig.flush()
    assert isinstance(rig.told[0], errors.TopicAuthorizationFailedError)
    assert rig.world.engine.now - start < 1
    rig.cluster.trouble = lambda api, _: None
    rig.send(1, 0)
    rig.flush()
    assert rig.logs()[0] == [1]


def test_retries_can_be_limited():
    rig = Rig(topics={"t": 1}, retries=2, enable_idempotence=False)
    rig.learn()
    rig.cluster.trouble = lambda api, _: "REQUEST_TIMED_OUT" if api == "Produce" else None
    rig.send(0, 0)
    rig.flush()
    assert isinstance(rig.told[0], errors.RequestTimedOutError)
    assert sum(broker.asked.count("Produce") for broker in rig.cluster.brokers.values()) == 3


def test_records_the_broker_has_lost_are_told_and_the_producer_goes_on():
    rig = Rig(topics={"t": 1})
    rig.learn()
    for number in range(3):
        rig.send(number, 0)
        rig.flush()
    partition = rig.cluster.topics["t"][0]
    (producer_id,) = partition.producers
    partition.producers[producer_id] = (0, 1, {})
    rig.send(3, 0)
    rig.flush()
    assert isinstance(rig.told[3], errors.OutOfOrderSequenceNumberError)
    rig.send(4, 0)
    rig.flush()
    assert rig.told[4].offset == 3


def test_closing_fails_what_is_left_and_ends_all_connections():
    rig = Rig(topics={"t": 1})
    rig.learn()
    rig.cluster.trouble = lambda api, _: "silence" if api == "Produce" else None
    rig.send(0, 0)
    rig.world.run(rig.core.close(1.0))
    assert isinstance(rig.told[0], errors.ClientClosedError)
    assert all(wire.is_over for broker in rig.cluster.brokers.values() for wire in broker.wires)


def test_a_partition_that_never_has_a_leader():
    rig = Rig(topics={"t": 1}, delivery_timeout_ms=2_000)
    rig.cluster.topics["t"][0].leader = -1
    rig.learn()
    start = rig.world.engine.now
    rig.send(0, 0)
    rig.world.run_until(lambda: 0 in rig.told)
    assert 2 <= rig.world.engine.now - start < 2.5
    assert isinstance(rig.told[0], errors.DeliveryTimeoutError)
    assert isinstance(rig.told[0].__cause__, errors.LeaderNotAvailableError)


def test_a_leader_that_comes_late():
    rig = Rig(topics={"t": 1})
    rig.cluster.topics["t"][0].leader = -1
    rig.learn()
    rig.send(0, 0)
    rig.world.run(rig.world.engine.sleep(5))
    rig.cluster.topics["t"][0].leader = 2
    rig.flush()
    rig.check()


def test_epochs_that_are_used_up():
    rig = Rig(topics={"t": 1})
    rig.learn()
    rig.send(0, 0)
    rig.flush()
    producer_id, _ = rig.core.sender.producer
    rig.core.sender.producer = (producer_id, 32_766)
    rig.cluster.topics["t"][0].producers.clear()
    refused = iter(["TOPIC_AUTHORIZATION_FAILED"])
    rig.cluster.trouble = lambda api, _: next(refused, None) if api == "Produce" else None
    rig.send(1, 0)
    rig.flush()
    assert isinstance(rig.told[1], errors.TopicAuthorizationFailedError)
    rig.send(2, 0)
    rig.flush()
    assert rig.logs()[0] == [0, 2]
    assert rig.core.sender.producer[0] != producer_id


def test_sequences_wrap_around():
    rig = Rig(topics={"t": 1})
    rig.learn()
    rig.send(0, 0)
    rig.flush()
    part = rig.core.accumulator.part("t", 0)
    part.next_sequence = 2**31 - 3
    partition = rig.cluster.topics["t"][0]
    partition.producers[part.producer[0]] = (0, 2**31 - 3, {})
    for number in range(1, 6):
        rig.send(number, 0)
    rig.flush()
    assert part.next_sequence == 2
    assert rig.logs()[0] == [0, 1, 2, 3, 4, 5]
