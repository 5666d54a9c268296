"""Groups: members come, go, fall silent and are thrown out; nothing is read twice by order, nothing is lost."""

import threading
import time

import pytest
from conftest import fresh_name, wait_for

from gofka import Consumer, RebalanceListener, TopicPartition
from gofka import errors

WAYS = [
    ("classic", "range"),
    ("classic", "roundrobin"),
    ("classic", "sticky"),
    ("classic", "cooperative-sticky"),
    ("consumer", None),
]


class Told(RebalanceListener):
    def __init__(self):
        self.calls = []
        self.owned = set()

    def on_partitions_assigned(self, assigned):
        self.calls.append(("assigned", sorted(assigned)))
        self.owned |= set(assigned)

    def on_partitions_revoked(self, revoked):
        self.calls.append(("revoked", sorted(revoked)))
        self.owned -= set(revoked)

    def on_partitions_lost(self, lost):
        self.calls.append(("lost", sorted(lost)))
        self.owned -= set(lost)


class Member:
    """A consumer in a thread of its own."""

    def __init__(self, bootstrap, group, topics, way, **options):
        protocol, assignor = way
        if assignor is not None:
            options.setdefault("partition_assignment_strategy", [assignor])
        options.setdefault("heartbeat_interval_ms", 100)
        self.told = Told()
        self.records = []
        self.errors = []
        self.is_stopping = False
        self.consumer = Consumer(
            bootstrap_servers=bootstrap,
            group_id=group,
            group_protocol=protocol,
            auto_offset_reset="earliest",
            **options,
        )
        self.consumer.subscribe(topics, listener=self.told)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            while not self.is_stopping:
                for records in self.consumer.poll(100).values():
                    self.records.extend((r.topic, r.partition, r.offset) for r in records)
        except errors.GofkaError as error:
            self.errors.append(error)
        finally:
            self.consumer.close()

    def stop(self):
        self.is_stopping = True
        self.thread.join(60)
        assert not self.thread.is_alive()


@pytest.fixture
def member(bootstrap):
    made = []

    def make(*args, **options):
        made.append(Member(options.pop("at", bootstrap), *args, **options))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def shared_out(members, count):
    """Every partition has one owner, nobody has more than one more than others."""
    sizes = sorted(len(each.told.owned) for each in members)
    owned = set().union(*(each.told.owned for each in members))
    return sum(sizes) == count == len(owned) and sizes[-1] - sizes[0] <= 1


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[1] or way[0])
def test_members_come_and_go(member, make_topic, fill, way):
    name, group = make_topic(6), fresh_name("g")
    fill(name, 300)
    first = member(group, [name], way)
    wait_for(lambda: len(first.told.owned) == 6, "all partitions")
    second, third = member(group, [name], way), member(group, [name], way)
    wait_for(lambda: shared_out([first, second, third], 6), "an even share of three")
    fill(name, 300, first=300)
    second.stop()
    wait_for(lambda: shared_out([first, third], 6), "an even share of two")
    fill(name, 300, first=600)
    members = [first, second, third]
    wait_for(lambda: sum(len(each.records) for each in members) >= 900, "all records")
    for each in members:
        each.stop()
        assert not each.errors
    read = [record for each in members for record in each.records]
    assert len(read) == len(set(read)) == 900
    assert not any(kind == "lost" for each in members for kind, _ in each.told.calls)


def test_cooperative_members_keep_what_they_own(member, make_topic):
    name, group = make_topic(6), fresh_name("g")
    way = ("classic", "cooperative-sticky")
    first = member(group, [name], way)
    wait_for(lambda: len(first.told.owned) == 6)
    second = member(group, [name], way)
    wait_for(lambda: shared_out([first, second], 6))
    revoked = [tps for kind, tps in first.told.calls if kind == "revoked"]
    assert [len(each) for each in revoked] == [3]


@pytest.mark.parametrize("way", WAYS[3:], ids=lambda way: way[1] or way[0])
def test_subscription_changes(member, make_topic, fill, way):
    one, two, group = make_topic(2), make_topic(3), fresh_name("g")
    reader = member(group, [one], way)
    wait_for(lambda: len(reader.told.owned) == 2)
    reader.consumer.subscribe([two], listener=reader.told)
    wait_for(lambda: reader.told.owned == {TopicPartition(two, p) for p in range(3)})


def test_the_leader_sees_new_partitions(member, make_topic, admin):
    name, group = make_topic(1), fresh_name("g")
    reader = member(group, [name], WAYS[0], metadata_max_age_ms=300)
    wait_for(lambda: len(reader.told.owned) == 1)
    admin.create_partitions({name: 3})
    wait_for(lambda: len(reader.told.owned) == 3)


@pytest.mark.parametrize("way", [WAYS[0], WAYS[4]], ids=lambda way: way[1] or way[0])
def test_a_static_member_comes_back_to_what_it_had(member, make_topic, way):
    name, group = make_topic(4), fresh_name("g")
    other = member(group, [name], way, group_instance_id="a")
    away = member(group, [name], way, group_instance_id="b")
    wait_for(lambda: shared_out([other, away], 4))
    had, calls = set(away.told.owned), len(other.told.calls)
    away.stop()
    back = member(group, [name], way, group_instance_id="b")
    wait_for(lambda: back.told.owned == had)
    assert len(other.told.calls) == calls


@pytest.mark.parametrize("way", [WAYS[0], WAYS[4]], ids=lambda way: way[1] or way[0])
def test_who_does_not_poll_is_out_until_it_does(bootstrap, member, make_topic, fill, way):
    name, group = make_topic(2), fresh_name("g")
    fill(name, 10)
    told = Told()
    options = {} if way[1] is None else {"partition_assignment_strategy": [way[1]]}
    with Consumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        group_protocol=way[0],
        auto_offset_reset="earliest",
        max_poll_interval_ms=1000,
        heartbeat_interval_ms=100,
        enable_auto_commit=False,
        **options,
    ) as silent:
        silent.subscribe([name], listener=told)
        wait_for(lambda: silent.poll(50) is not None and len(told.owned) == 2)
        # Another one gets everything meanwhile.
        active = member(group, [name], way)
        wait_for(lambda: len(active.told.owned) == 2, "that the silent one is out")
        with pytest.raises(errors.CommitFailedError):
            silent.commit({TopicPartition(name, 0): 1})
        wait_for(lambda: silent.poll(50) is not None and ("lost" in [k for k, _ in told.calls]))
        wait_for(lambda: silent.poll(50) is not None and len(told.owned) == 1, "that it is back")


@pytest.mark.parametrize("way", [WAYS[0], WAYS[4]], ids=lambda way: way[1] or way[0])
def test_offsets_are_committed_by_themselves(bootstrap, admin, make_topic, fill, way):
    name, group = make_topic(1), fresh_name("g")
    fill(name, 10)
    one = TopicPartition(name, 0)
    options = {
        "bootstrap_servers": bootstrap,
        "group_id": group,
        "group_protocol": way[0],
        "auto_offset_reset": "earliest",
        "auto_commit_interval_ms": 50,
    }
    with Consumer(name, **options) as consumer:
        for record in consumer:
            if record.offset == 6:
                break
        # What is being worked on is not committed; the next poll says that it is done.
        time.sleep(0.2)
        assert getattr(admin.list_group_offsets(group).get(one), "offset", 0) < 7
        wait_for(
            lambda: consumer.poll(10, max_records=1) is not None
            and getattr(admin.list_group_offsets(group).get(one), "offset", 0) >= 7
        )
        position = consumer.position(one)
    # And when it is closed.
    assert admin.list_group_offsets(group)[one].offset == position
    with Consumer(name, **options) as consumer:
        assert consumer.position(one) if consumer.assignment() else True
        wait_for(lambda: consumer.poll(50) is not None and consumer.assignment())
        assert consumer.position(one) >= position


def test_listeners_may_use_the_consumer_and_may_raise(bootstrap, make_topic, fill):
    name, group = make_topic(1), fresh_name("g")
    fill(name, 10)
    one = TopicPartition(name, 0)

    class Seeks(RebalanceListener):
        def on_partitions_assigned(self, assigned):
            consumer.seek(one, 7)

        def on_partitions_revoked(self, revoked):
            consumer.commit({one: 3})

    with Consumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False) as consumer:
        consumer.subscribe([name], listener=Seeks())
        assert next(consumer).offset == 7
    with Consumer(bootstrap_servers=bootstrap, group_id=group) as consumer:
        assert consumer.committed(one) == 3

    class Raises(RebalanceListener):
        def on_partitions_assigned(self, assigned):
            raise RuntimeError("mine")

    with Consumer(bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest") as consumer:
        consumer.subscribe([name], listener=Raises())
        with pytest.raises(RuntimeError, match="mine"):
            wait_for(lambda: consumer.poll(100) is None)
        assert next(consumer).offset == 3


def test_what_a_group_refuses(bootstrap, make_topic, fill):
    name, group = make_topic(1), fresh_name("g")
    with Consumer(name, bootstrap_servers=bootstrap, group_id=group) as eager:
        wait_for(lambda: eager.poll(50) is not None and eager.assignment())
        with Consumer(
            name,
            bootstrap_servers=bootstrap,
            group_id=group,
            partition_assignment_strategy=["sticky"],
        ) as other:
            with pytest.raises(errors.InconsistentGroupProtocolError):
                wait_for(lambda: other.poll(50) is None)
    with pytest.raises(errors.GofkaError):
        with Consumer(
            name, bootstrap_servers=bootstrap, group_id=group, session_timeout_ms=100_000_000
        ) as consumer:
            wait_for(lambda: consumer.poll(50) is None)


def test_two_with_one_instance_id(bootstrap, make_topic):
    name, group = make_topic(1), fresh_name("g")
    options = {"bootstrap_servers": bootstrap, "group_id": group, "group_instance_id": "same", "heartbeat_interval_ms": 100}
    with Consumer(name, **options) as old:
        wait_for(lambda: old.poll(50) is not None and old.assignment())
        with Consumer(name, **options) as new:
            wait_for(lambda: new.poll(50) is not None and new.assignment())
            with pytest.raises(errors.FencedInstanceIdError):
                wait_for(lambda: old.poll(50) is None)


@pytest.mark.parametrize("way", [WAYS[0], WAYS[3], WAYS[4]], ids=lambda way: way[1] or way[0])
def test_the_broker_goes_away_and_comes_back(make_broker, way):
    from gofka import Admin, Producer

    broker = make_broker()
    with Admin(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics(["t"])
    with Producer(bootstrap_servers=broker.bootstrap) as producer:
        reader = Member(broker.bootstrap, "g", ["t"], way)
        try:
            for i in range(20):
                producer.send("t", b"%d" % i)
            producer.flush()
            wait_for(lambda: len(reader.records) == 20, "the first records")
            broker.stop()
            broker.start()
            for i in range(20):
                producer.send("t", b"%d" % i)
            producer.flush()
            wait_for(lambda: len(set(reader.records)) == 40, "the records after it", 60)
        finally:
            reader.stop()
    assert not reader.errors
