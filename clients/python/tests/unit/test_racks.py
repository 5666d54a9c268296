"""Partitions go to members in the rack of a replica, as far as balance allows (KIP-881)."""

from hypothesis import given, settings
from hypothesis import strategies as st
from readers import Reader

from gofka._core.group.assignors import ASSIGNORS
from gofka._core.group.assignors.assignor import Assignor, GroupMember
from gofka._core.group.consumer_protocol import read_subscription, subscription_bytes
from gofka._core.group.leader import GroupLeader
from gofka.records import TopicPartition as TP

RANGE = ASSIGNORS["range"]


def member(name, rack, *topics):
    return GroupMember(name, None, topics, rack=rack)


def shared(members, layout):
    """`layout`: of each topic the racks of each partition."""
    counts = {topic: len(partitions) for topic, partitions in layout.items()}
    racks = {TP(topic, i): set(each) for topic, ps in layout.items() for i, each in enumerate(ps)}
    assigned = RANGE.assign_by_rack(members, counts, racks)
    return {name: " ".join(f"{t}{p}" for t, p in each) for name, each in assigned.items()}


def test_what_is_in_the_rack_comes_first():
    # What RangeAssignor of Kafka 4.3.1 makes of the same input, here and below.
    members = [member("a", "r0", "t"), member("b", "r1", "t")]
    assert shared(members, {"t": [["r1"], ["r0"], ["r1"], ["r0"], ["r2"]]}) == {"a": "t1 t3 t4", "b": "t0 t2"}


def test_topics_that_can_be_joined_stay_together():
    members = [member("a", "r0", "t", "u"), member("b", "r1", "t", "u")]
    layout = {"t": [["r1"], ["r0"], ["r1"], ["r0"]], "u": [["r1"], ["r0"], ["r0"], ["r1"]]}
    assert shared(members, layout) == {"a": "t1 t2 u1 u2", "b": "t0 t3 u0 u3"}


def test_as_ever_where_racks_make_no_difference():
    members = [member("b", "r1", "t"), member("a", "r0", "t")]
    assert shared(members, {"t": [["r0", "r1"], ["r0", "r1"], ["r1", "r0"]]}) == {"a": "t0 t1", "b": "t2"}
    assert shared([member("a", None, "t")], {"t": [["r0"], ["r1"]]}) == {"a": "t0 t1"}


rack = st.sampled_from(["r0", "r1", "r2"])
partitions = st.lists(st.lists(rack, min_size=1, max_size=3, unique=True), min_size=1, max_size=9)


@settings(deadline=None)
@given(partitions, partitions, st.lists(st.none() | rack, min_size=1, max_size=6))
def test_as_balanced_as_without_racks(t, u, racks):
    members = [member(f"m{i}", each, "t", "u") for i, each in enumerate(racks)]
    layout = {"t": t, "u": u}
    assigned = shared(members, layout)
    plain = RANGE.assign(members, {"t": len(t), "u": len(u)})
    for topic in "tu":
        with_racks = [told.count(topic) for told in assigned.values()]
        without = [sum(each.topic == topic for each in told) for told in plain.values()]
        assert sorted(with_racks) == sorted(without)
    every = sorted(each for told in assigned.values() for each in told.split())
    assert every == sorted(f"{topic}{i}" for topic, each in layout.items() for i in range(len(each)))


def test_the_subscription_tells_the_rack():
    for rack_id in (None, "r1"):
        data = subscription_bytes(["t"], [], -1, None, rack_id)
        assert read_subscription("m", None, data).rack == rack_id


class Noting(Assignor):
    name = "noting"

    def assign_by_rack(self, members, counts, racks):
        self.seen = racks
        return {each.member_id: [] for each in members}


def test_the_leader_knows_where_replicas_are():
    reader = Reader(topics={"t": 1})
    client = reader.core.client
    reader.world.run(client.cluster.refresh(["t"]))
    noting = Noting()
    leader = GroupLeader(client, [noting])

    class Joined:
        protocol_name = "noting"
        skip_assignment = False
        members = []

    leader.topics = ["t"]
    for broker in client.cluster.brokers.values():
        broker.rack = f"r{broker.node_id}"
    assert leader._look() == ({"t": 1}, {TP("t", 0): {"r1"}})
    reader.world.run(leader.lead(Joined))
    assert not leader.saw_change()
    reader.close()
