"""Assignors: Kafka's own examples, and what must hold of any group."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gofka._core.group.assignors import ASSIGNORS, make_assignors
from gofka._core.group.assignors.assignor import GroupMember, LastAssignment
from gofka._core.group.assignors.sticky import read_sticky
from gofka._errors import ConfigurationError
from gofka.records import TopicPartition as TP


def member(name, *topics, **more):
    return GroupMember(name, None, topics, **more)


def test_range_and_round_robin_as_their_documentation_says():
    members = [member("C0", "t0", "t1"), member("C1", "t0", "t1")]
    counts = {"t0": 3, "t1": 3}
    assert ASSIGNORS["range"].assign(members, counts) == {
        "C0": [TP("t0", 0), TP("t0", 1), TP("t1", 0), TP("t1", 1)],
        "C1": [TP("t0", 2), TP("t1", 2)],
    }
    assert ASSIGNORS["roundrobin"].assign(members, counts) == {
        "C0": [TP("t0", 0), TP("t0", 2), TP("t1", 1)],
        "C1": [TP("t0", 1), TP("t1", 0), TP("t1", 2)],
    }


def test_round_robin_with_different_subscriptions():
    members = [member("C0", "t0"), member("C1", "t0", "t1"), member("C2", "t0", "t1", "t2")]
    assert ASSIGNORS["roundrobin"].assign(members, {"t0": 1, "t1": 2, "t2": 3}) == {
        "C0": [TP("t0", 0)],
        "C1": [TP("t1", 0)],
        "C2": [TP("t1", 1), TP("t2", 0), TP("t2", 1), TP("t2", 2)],
    }


def test_static_members_keep_their_places():
    for ids in (("m1", "m2"), ("z9", "a0")):
        members = [GroupMember(ids[0], "i0", ["t"]), GroupMember(ids[1], "i1", ["t"])]
        given = ASSIGNORS["range"].assign(members, {"t": 2})
        assert given == {ids[0]: [TP("t", 0)], ids[1]: [TP("t", 1)]}


def test_sticky_user_data_is_kafkas():
    sticky = ASSIGNORS["sticky"]
    data = sticky.user_data(LastAssignment([TP("t", 1), TP("t", 3)], 5))
    assert data == bytes.fromhex("00000001 0001 74 00000002 00000001 00000003 00000005")
    assert read_sticky(data) == ([TP("t", 1), TP("t", 3)], 5)
    assert read_sticky(data[:-4]) == ([TP("t", 1), TP("t", 3)], -1)
    assert sticky.user_data(None) is None and read_sticky(None) == ([], -1)
    assert ASSIGNORS["cooperative-sticky"].user_data(LastAssignment([], 7)) == b"\0\0\0\x07"


@given(st.binary(max_size=60))
def test_any_user_data_is_read_or_counts_for_nothing(data):
    owned, generation = read_sticky(data)
    assert isinstance(owned, list) and isinstance(generation, int)


TOPICS = ["a", "b", "c", "d"]
subscriptions = st.lists(st.sets(st.sampled_from(TOPICS), min_size=1), min_size=1, max_size=6)
partition_counts = st.fixed_dictionaries({}, optional={topic: st.integers(0, 9) for topic in TOPICS})


def check(members, counts, given):
    assert set(given) == {each.member_id for each in members}
    flat = [partition for partitions in given.values() for partition in partitions]
    wanted = {topic for each in members for topic in each.topics}
    everything = {TP(t, p) for t, n in counts.items() if t in wanted for p in range(n)}
    assert len(flat) == len(set(flat)) and set(flat) == everything
    for each in members:
        assert {topic for topic, _ in given[each.member_id]} <= set(each.topics)


@settings(deadline=None)
@given(subscriptions, partition_counts, st.sampled_from(["range", "roundrobin", "sticky"]))
def test_every_partition_goes_to_one_subscriber(topics, counts, name):
    members = [member(f"m{place}", *sorted(each)) for place, each in enumerate(topics)]
    given = ASSIGNORS[name].assign(members, counts)
    check(members, counts, given)
    assert given == ASSIGNORS[name].assign(members[::-1], counts)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), partition_counts)
def test_sticky_moves_no_more_than_it_must(before, after, counts):
    sticky = ASSIGNORS["sticky"]
    first = sticky.assign([member(f"m{i}", *TOPICS) for i in range(before)], counts)
    again = [
        member(f"m{i}", *TOPICS, user_data=sticky.user_data(LastAssignment(first.get(f"m{i}", []), 1)))
        for i in range(after)
    ]
    second = sticky.assign(again, counts)
    check(again, counts, second)
    sizes = sorted(len(each) for each in second.values())
    assert sizes[-1] - sizes[0] <= 1
    kept = sum(len(set(first.get(name, [])) & set(second[name])) for name in second)
    total = sum(sizes)
    could_stay = sorted((len(first.get(name, [])) for name in second), reverse=True)
    least, extras = divmod(total, after)
    quotas = [least + 1] * extras + [least] * (after - extras)
    assert kept == sum(min(had, quota) for had, quota in zip(could_stay, quotas))


@settings(deadline=None)
@given(subscriptions, subscriptions, partition_counts)
def test_cooperative_needs_two_rounds_and_never_shares(old, new, counts):
    cooperative = ASSIGNORS["cooperative-sticky"]
    members = [member(f"m{place}", *sorted(each)) for place, each in enumerate(old)]
    owned = cooperative.assign(members, counts)
    for _ in range(3):
        members = [
            GroupMember(f"m{place}", None, sorted(each), [tp for tp in owned.get(f"m{place}", []) if tp.topic in each], 1)
            for place, each in enumerate(new)
        ]
        held = {tp: each.member_id for each in members for tp in each.owned}
        given = cooperative.assign(members, counts)
        for name, partitions in given.items():
            for tp in partitions:
                assert held.get(tp, name) == name
        owned = given
    check(members, counts, owned)


def test_of_two_claims_the_later_generation_counts():
    cooperative = ASSIGNORS["cooperative-sticky"]
    members = [
        GroupMember("old", None, ["t"], [TP("t", 0)], 1),
        GroupMember("new", None, ["t"], [TP("t", 0)], 2),
    ]
    assert cooperative.assign(members, {"t": 2})["new"] == [TP("t", 0)]


def test_make_assignors():
    assert [each.name for each in make_assignors(["range", ASSIGNORS["sticky"]])] == ["range", "sticky"]
    with pytest.raises(ConfigurationError, match="nothing"):
        make_assignors(["nothing"])
    with pytest.raises(ConfigurationError):
        make_assignors([])
