"""Transactions in a world in memory: what a coordinator may answer, and what follows from it."""

import importlib

import pytest

from gofka import OffsetAndMetadata, TopicPartition, errors
from gofka.records import ConsumerGroupMetadata
from gofka._protocol.registry import HOMES
from test_sender import Rig
from world import CODES


def response(api):
    name = f"{api}Response"
    return getattr(importlib.import_module(f"gofka._protocol.{HOMES[name]}"), name)


class Coordinator:
    """One for all brokers. `answers` has, by API, the errors that are still to be told."""

    def __init__(self, rig):
        self.rig = rig
        self.answers = {}
        self.heard = []
        self.epoch = -1
        rig.cluster.overrides = {
            "FindCoordinator": self.find,
            "InitProducerId": self.init,
            "AddPartitionsToTxn": self.add,
            "AddOffsetsToTxn": self.plain("AddOffsetsToTxn"),
            "EndTxn": self.plain("EndTxn"),
            "TxnOffsetCommit": self.commit_offsets,
        }

    def code(self, api):
        left = self.answers.get(api, [])
        return CODES[left.pop(0)] if left else 0

    def find(self, broker, request, version):
        cls = response("FindCoordinator")
        key = request.coordinator_keys[0]
        code = self.code("FindCoordinator")
        return cls(coordinators=[cls.Coordinator(key, 2, "broker", 2, code)])

    def init(self, broker, request, version):
        code = self.code("InitProducerId")
        self.heard.append("init")
        if not code:
            self.epoch += 1
        return response("InitProducerId")(0, code, 500, self.epoch)

    def add(self, broker, request, version):
        cls = response("AddPartitionsToTxn")
        by_topic = cls.ResultsByTopicV3AndBelow
        code = self.code("AddPartitionsToTxn")
        self.heard.append("add")
        return cls(results_by_topic_v3_and_below=[
            by_topic(topic.name, [by_topic.ResultsByPartition(i, code) for i in topic.partitions])
            for topic in request.v3_and_below_topics
        ])

    def plain(self, api):
        def answer(broker, request, version):
            if api == "EndTxn":
                self.heard.append("commit" if request.committed else "abort")
            else:
                self.heard.append("offsets")
            return response(api)(0, self.code(api))

        return answer

    def commit_offsets(self, broker, request, version):
        cls = response("TxnOffsetCommit")
        code = self.code("TxnOffsetCommit")
        self.heard.append(("group", request.group_id, request.member_id))
        return cls(0, [
            cls.Topic(topic.name, [
                cls.Topic.Partition(part.partition_index, code) for part in topic.partitions
            ])
            for topic in request.topics
        ])


class World:
    def __init__(self, **options):
        self.rig = Rig(topics={"t": 2}, transactional_id="x", max_block_ms=5_000, **options)
        self.coordinator = Coordinator(self.rig)
        self.transactions = self.rig.core.transactions
        self.rig.learn()
        self.run = self.rig.world.run

    def begin(self):
        if self.transactions.state == "new":
            self.run(self.transactions.init())
        self.transactions.begin()

    def send(self, number, partition=0):
        self.transactions.check_sending()
        assert self.rig.send(number, partition)


@pytest.fixture
def world():
    return World()


def test_partitions_are_added_before_records_go(world):
    world.begin()
    world.send(0, 0)
    world.send(1, 1)
    world.run(world.transactions.commit())
    assert world.coordinator.heard == ["init", "add", "commit"]
    world.rig.check()
    world.begin()
    world.send(2, 0)
    world.run(world.transactions.commit())
    assert world.coordinator.heard[3:] == ["add", "commit"]
    assert world.rig.logs()[0] == [0, 2]


def test_an_empty_one_asks_nobody(world):
    world.begin()
    world.run(world.transactions.commit())
    world.begin()
    world.run(world.transactions.abort())
    assert world.coordinator.heard == ["init"]


@pytest.mark.parametrize("api", ["FindCoordinator", "InitProducerId", "AddPartitionsToTxn", "EndTxn"])
@pytest.mark.parametrize(
    "trouble", ["COORDINATOR_NOT_AVAILABLE", "NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS"]
)
def test_what_passes_is_waited_for(world, api, trouble):
    world.coordinator.answers = {api: [trouble, trouble]}
    world.begin()
    world.send(0)
    world.run(world.transactions.commit())
    world.rig.check()


def test_the_one_before_is_waited_for(world):
    world.coordinator.answers = {
        "InitProducerId": ["CONCURRENT_TRANSACTIONS"] * 3,
        "AddPartitionsToTxn": ["CONCURRENT_TRANSACTIONS"] * 2,
    }
    world.begin()
    world.send(0)
    world.run(world.transactions.commit())
    assert world.coordinator.heard == ["init"] * 4 + ["add"] * 3 + ["commit"]


def test_records_that_are_not_allowed(world):
    world.coordinator.answers = {"AddPartitionsToTxn": ["TOPIC_AUTHORIZATION_FAILED"]}
    world.begin()
    world.send(0)
    with pytest.raises(errors.TopicAuthorizationFailedError):
        world.run(world.transactions.commit())
    assert isinstance(world.rig.told[0], errors.TopicAuthorizationFailedError)
    with pytest.raises(errors.TopicAuthorizationFailedError):
        world.send(1)
    world.run(world.transactions.abort())
    world.begin()
    world.send(2)
    world.run(world.transactions.commit())
    assert world.rig.logs()[0] == [2]


@pytest.mark.parametrize("api", ["AddPartitionsToTxn", "EndTxn"])
def test_a_fenced_producer_is_of_no_use(world, api):
    world.coordinator.answers = {api: ["PRODUCER_FENCED"]}
    world.begin()
    world.send(0)
    with pytest.raises(errors.ProducerFencedError):
        world.run(world.transactions.commit())
    for call in (world.transactions.begin, world.transactions.check_sending):
        with pytest.raises(errors.ProducerFencedError):
            call()
    with pytest.raises(errors.ProducerFencedError):
        world.run(world.transactions.abort())


def test_fenced_by_a_partition(world):
    world.begin()
    world.rig.cluster.trouble = lambda api, _: (
        "INVALID_PRODUCER_EPOCH" if api == "Produce" else None
    )
    world.send(0)
    with pytest.raises(errors.InvalidProducerEpochError) as caught:
        world.run(world.transactions.commit())
    assert caught.value.fatal


def test_aborting_drops_what_has_not_left_and_takes_a_new_epoch_after_a_failure(world):
    world.begin()
    world.send(0)
    world.run(world.rig.core.sender.flush())
    world.rig.cluster.trouble = lambda api, _: "INVALID_RECORD" if api == "Produce" else None
    world.send(1)
    world.run(world.rig.core.sender.flush())
    assert world.transactions.state == "abortable"
    world.rig.cluster.trouble = lambda api, _: None
    world.run(world.transactions.abort())
    assert world.coordinator.heard == ["init", "add", "abort", "init"]
    world.begin()
    world.send(2)
    world.run(world.transactions.commit())
    assert world.rig.logs()[0] == [0, 2]


def test_aborting_with_records_still_waiting():
    world = World(linger_ms=60_000)
    world.begin()
    world.send(0)
    world.run(world.transactions.abort())
    assert isinstance(world.rig.told[0], errors.TransactionAbortedError)
    assert world.coordinator.heard == ["init"]


def test_a_commit_that_is_not_answered_can_be_tried_again(world):
    world.begin()
    world.send(0)
    silent = {"on": True}
    world.rig.cluster.trouble = lambda api, _: (
        "cut after" if api == "EndTxn" and silent["on"] else None
    )
    with pytest.raises(errors.ClientTimeoutError):
        world.run(world.transactions.commit())
    with pytest.raises(errors.IllegalStateError, match="commit_transaction"):
        world.send(1)
    with pytest.raises(errors.IllegalStateError):
        world.run(world.transactions.abort())
    silent["on"] = False
    world.run(world.transactions.commit())
    assert set(world.coordinator.heard[2:]) == {"commit"}
    world.begin()


def test_offsets(world):
    offsets = {TopicPartition("t", 0): OffsetAndMetadata(5, "m", 1)}
    group = ConsumerGroupMetadata("g", 3, "member")
    with pytest.raises(errors.IllegalStateError, match="init_transactions"):
        world.run(world.transactions.send_offsets(offsets, group))
    world.begin()
    world.run(world.transactions.send_offsets({}, group))
    world.coordinator.answers = {"TxnOffsetCommit": ["COORDINATOR_LOAD_IN_PROGRESS"]}
    world.run(world.transactions.send_offsets(offsets, group))
    world.run(world.transactions.commit())
    told = ("group", "g", "member")
    assert world.coordinator.heard == ["init", "offsets", told, told, "commit"]
    world.begin()
    world.coordinator.answers = {"TxnOffsetCommit": ["ILLEGAL_GENERATION"]}
    with pytest.raises(errors.IllegalGenerationError):
        world.run(world.transactions.send_offsets(offsets, group))
    assert world.transactions.state == "abortable"
    world.run(world.transactions.abort())


def test_a_broker_without_transactions_says_so_at_once(world):
    for broker in world.rig.cluster.brokers.values():
        broker.versions = {24: (0, -1)}
        for wire in list(broker.wires):
            wire.end(None)
    start = world.rig.world.engine.now
    with pytest.raises(errors.UnsupportedVersionError):
        world.run(world.transactions.init())
    assert world.rig.world.engine.now - start < 1


def test_no_coordinator_within_max_block_ms(world):
    world.coordinator.answers = {"FindCoordinator": ["COORDINATOR_NOT_AVAILABLE"] * 1_000}
    start = world.rig.world.engine.now
    with pytest.raises(errors.ClientTimeoutError) as caught:
        world.run(world.transactions.init())
    assert isinstance(caught.value.__cause__, errors.CoordinatorNotAvailableError)
    assert 5 <= world.rig.world.engine.now - start < 6
