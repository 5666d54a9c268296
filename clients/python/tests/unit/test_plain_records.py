"""What is read by columns is what is read field by field, or is left to that."""

import random as random_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gofka._core import plain_records, record_batch, varint
from gofka._core.plain_records import columns
from gofka.errors import CorruptBatchError, SerializationError

BASE = 1_700_000_000_000


def body(records):
    """Of (offset delta, time delta, key, value, headers)."""
    return b"".join(record_batch.encode_record(*record) for record in records)


def batch_of(data, count):
    sealed = record_batch.seal(data, count, BASE, BASE)
    [batch] = record_batch.batches(bytes(sealed))
    return batch


def field_by_field(batch, **more):
    many, record_batch._MANY = record_batch._MANY, 1 << 30
    try:
        return batch.records("t", 0, **more)
    finally:
        record_batch._MANY = many


def is_plain(records):
    data = body(records)
    found = columns(memoryview(data), len(records))
    read = field_by_field(batch_of(data, len(records)))
    if found is not None:
        assert [BASE + time for time in found.times] == [record.timestamp for record in read]
        assert found.keys == [record.key for record in read]
        assert found.values == [record.value for record in read]
    assert batch_of(data, len(records)).records("t", 0) == read
    return found is not None


def alike(count, size=100, key=None, time=0):
    return [(i, time, key, bytes([i % 256]) * size, []) for i in range(count)]


def test_records_of_one_shape():
    for count in (1, 6, 63, 64, 65, 1000, 8192, 8193, 20_000):
        assert is_plain(alike(count, 10))
    for size in (0, 1, 50, 60, 63, 64, 100, 8000):
        for key in (None, b"", b"k", b"k" * 63):
            for time in (0, 63, 64, 8191):
                assert is_plain(alike(70, size, key, time))


def test_what_is_not_plain_is_read_field_by_field():
    plain = alike(80)
    assert is_plain(plain)
    for other in [
        (40, 0, None, b"v" * 100, [("a", b"1")]),
        (40, 0, None, None, []),
        (41, 0, None, b"v" * 100, []),
        (40, -1, None, b"v" * 100, []),
        (40, 8192, None, b"v" * 100, []),
        (40, 0, b"k" * 64, b"v" * 100, []),
        (40, 0, None, b"v" * 8192, []),
    ]:
        assert not is_plain([*plain[:40], other, *plain[41:]]), other


def test_keys_that_are_there_and_not():
    records = [(i, 0, b"" if i % 3 else None, b"v", []) for i in range(100)]
    assert is_plain(records)
    # As long as the others, but of another shape.
    assert is_plain([(i, 0, b"kk" if i % 3 else None, b"v" if i % 3 else b"vvv", []) for i in range(100)])


sizes = st.integers(0, 200) | st.sampled_from([62, 63, 64, 8191, 8192])


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 0, 1, 63, 64, 8191, 8192, -1]),
            st.none() | st.integers(0, 70),
            sizes | st.none(),
            st.booleans(),
        ),
        min_size=1,
        max_size=150,
    ),
    st.integers(1, 3),
)
def test_any_records(shapes, repeated):
    shapes = [shape for shape in shapes for _ in range(repeated)]
    is_plain(
        [
            (
                i,
                time,
                None if key is None else b"k" * key,
                None if value is None else b"v" * value,
                [("h", b"x")] if has_headers and i % 50 == 0 else [],
            )
            for i, (time, key, value, has_headers) in enumerate(shapes)
        ]
    )


@settings(deadline=None, max_examples=300)
@given(st.randoms(use_true_random=False), st.booleans(), st.sampled_from([None, b"key"]))
def test_damaged_records_are_never_read_otherwise(random, are_alike, key):
    count = random.choice([8, 66, 90])
    records = [
        (i, 0, key, bytes(20 if are_alike else random.randrange(90)), []) for i in range(count)
    ]
    data = bytearray(body(records))
    for _ in range(random.choice([1, 2])):
        data[random.randrange(len(data))] = random.choice([0, 1, 2, 127, 128, 255, random.randrange(256)])
    batch = batch_of(bytes(data), count)
    try:
        expected = field_by_field(batch)
    except CorruptBatchError as error:
        with pytest.raises(CorruptBatchError) as told:
            batch.records("t", 0)
        assert str(told.value) == str(error)
    else:
        assert batch.records("t", 0) == expected


def test_from_an_offset_on_with_deserializers():
    batch = batch_of(body(alike(100, 10, b"7")), 100)
    records = batch.records("t", 0, 30, int, len)
    assert [record.offset for record in records] == list(range(30, 100))
    assert {(record.key, record.value) for record in records} == {(7, 10)}
    assert records == field_by_field(batch, from_offset=30, key_deserializer=int, value_deserializer=len)

    def refuse(value):
        raise ValueError(value[0])

    with pytest.raises(SerializationError, match="at offset 30"):
        batch.records("t", 0, 30, None, refuse)


def test_a_record_longer_than_it_may_say():
    first = varint.encode(1 << 20) + body(alike(1))[1:]
    with pytest.raises(CorruptBatchError):
        batch_of(first + body(alike(9)), 10).records("t", 0)


def test_shapes_are_bounded():
    random = random_module.Random(1)
    for _ in range(60):
        records = [
            (i, 0, bytes(random.randrange(64)), bytes(random.randrange(900)), []) for i in range(100)
        ]
        assert is_plain(records)
    assert all(len(each) <= plain_records._SHAPES_MAX for each in plain_records._shapes.values())
