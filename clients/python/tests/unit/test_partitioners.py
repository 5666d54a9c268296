"""Partitioners: Java's vectors, librdkafka's, and what custom ones may look like."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gofka.partitioners import PARTITIONERS, Partitioner, make_partitioner, murmur2

ALL = list(range(7))


# Kafka's UtilsTest.testMurmur2.
@pytest.mark.parametrize(
    "text, signed",
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_murmur2_as_java(text, signed):
    assert murmur2(text.encode()) == signed & 0xFFFFFFFF


@given(st.binary(max_size=50), st.sampled_from(sorted(PARTITIONERS)))
def test_keys_stay_where_they_are(key, name):
    if name in ("sticky", "round_robin") or (name == "consistent_random" and not key):
        return
    one, other = make_partitioner(name), make_partitioner(name)
    picked = one.partition("t", key, ALL, [1])
    one.on_new_batch("t")
    assert picked == other.partition("t", key, ALL, ALL) == one.partition("t", key, ALL, [2])


def test_default_is_murmur2_and_sticky_without_a_key():
    default = make_partitioner(None)
    assert default.partition("t", b"foobar", ALL, ALL) == (-790332482 & 0x7FFFFFFF) % 7
    seen = set()
    for _ in range(200):
        first = default.partition("t", None, ALL, ALL)
        assert default.partition("t", None, ALL, ALL) == first
        seen.add(first)
        default.on_new_batch("t")
    assert seen == set(ALL)


def test_sticky_ignores_keys_and_partitions_without_a_leader():
    sticky = make_partitioner("sticky")
    first = sticky.partition("t", b"a", ALL, [3, 5])
    assert first in (3, 5) and sticky.partition("t", b"b", ALL, [3, 5]) == first
    assert sticky.partition("other", None, [0], []) == 0


def test_round_robin():
    one = make_partitioner("round_robin")
    assert [one.partition("t", b"k", [0, 1, 2], [0, 1, 2]) for _ in range(4)] == [0, 1, 2, 0]
    assert [one.partition("u", None, [0, 1, 2], [1, 2]) for _ in range(3)] == [1, 2, 1]


def test_consistent_as_librdkafka():
    assert make_partitioner("consistent").partition("t", b"k", ALL, ALL) == zlib.crc32(b"k") % 7
    assert make_partitioner("consistent").partition("t", None, ALL, ALL) == 0
    random = make_partitioner("consistent_random")
    assert {random.partition("t", None, ALL, [2, 4]) for _ in range(100)} == {2, 4}


def test_custom_ones():
    given = []

    def function(key, partitions, available):
        given.append((key, partitions, available))
        return 4

    plain = make_partitioner(function)
    assert plain.partition("t", b"k", ALL, [1]) == 4 and given == [(b"k", ALL, [1])]
    plain.on_new_batch("t")

    class Mine:
        def partition(self, topic, key, partitions, available):
            return 2

    assert make_partitioner(Mine()).partition("t", None, ALL, ALL) == 2

    class Ours(Partitioner):
        def partition(self, topic, key, partitions, available):
            return 3

    ours = Ours()
    assert make_partitioner(ours) is ours
    with pytest.raises(ValueError, match="by-moon"):
        make_partitioner("by-moon")
    with pytest.raises(TypeError):
        make_partitioner(5)
