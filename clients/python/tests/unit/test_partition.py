"""One partition of a consumer: decoded lazily, aborted transactions left out, damage and bad records raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gofka import errors
from gofka._core.partition import AssignedPartition, Chunk, whole_batches
from gofka._core.record_batch import encode_record, seal
from gofka.records import TopicPartition

TRANSACTIONAL, CONTROL = 16, 32


def batch(base, values, producer=-1, attributes=0):
    records = b"".join(encode_record(i, 0, None, value, []) for i, value in enumerate(values))
    made = seal(records, len(values), 1000, 1000, attributes, (producer, 0), 0)
    made[0:8] = base.to_bytes(8, "big")
    return bytes(made)


def marker(base, producer, is_commit):
    key = b"\0\0" + (b"\0\1" if is_commit else b"\0\0")
    record = encode_record(0, 0, key, b"\0\0\0\0\0\0", [])
    made = seal(record, 1, 1000, 1000, TRANSACTIONAL | CONTROL, (producer, 0), -1)
    made[0:8] = base.to_bytes(8, "big")
    return bytes(made)


def partition(*batches, at=0, aborted=()):
    made = AssignedPartition(TopicPartition("t", 0))
    made.seek(at)
    data, next_offset, epoch = whole_batches(memoryview(b"".join(batches)), at)
    made.add(Chunk(data, next_offset, epoch, aborted))
    return made


def drain(given, filters=False, most=1000, key=None, value=None):
    found = []
    while given.fill(key, value, filters, True):
        found.extend((r.offset, r.value) for r in given.take(most))
    return found


def test_batches_in_order_and_from_the_middle():
    batches = [batch(0, [b"a", b"b"]), batch(5, [b"c"])]
    assert drain(partition(*batches)) == [(0, b"a"), (1, b"b"), (5, b"c")]
    middle = partition(*batches, at=1)
    assert drain(middle, most=1) == [(1, b"b"), (5, b"c")]
    assert middle.position == 6 and middle.buffered == 0


def test_what_is_cut_off_is_left_for_the_next_fetch():
    whole, cut = batch(0, [b"a"]), batch(1, [b"b" * 50])
    for size in range(len(cut)):
        data, next_offset, epoch = whole_batches(memoryview(whole + cut[:size]), 0)
        assert bytes(data) == whole and (next_offset, epoch) == (1, -1)
    assert whole_batches(memoryview(b""), 7) == (b"", 7, -1)


def test_aborted_transactions_are_left_out():
    batches = [
        batch(0, [b"plain"]),
        batch(1, [b"aborted 1"], 1, TRANSACTIONAL),
        batch(2, [b"committed"], 2, TRANSACTIONAL),
        batch(3, [b"aborted 2"], 1, TRANSACTIONAL),
        marker(4, 1, False),
        batch(5, [b"next try"], 1, TRANSACTIONAL),
        marker(6, 2, True),
        marker(7, 1, True),
    ]
    committed = partition(*batches, aborted=[(1, 1)])
    assert drain(committed, filters=True) == [(0, b"plain"), (2, b"committed"), (5, b"next try")]
    assert committed.position == 8
    everything = drain(partition(*batches, aborted=[(1, 1)]))
    assert [offset for offset, _ in everything] == [0, 1, 2, 3, 5]
    twice = partition(*batches[:5], batch(5, [b"again"], 1, TRANSACTIONAL), marker(6, 1, False), aborted=[(1, 1), (1, 5)])
    assert drain(twice, filters=True) == [(0, b"plain"), (2, b"committed")]


steps = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["write", "write", "commit", "abort"])), max_size=40)


@given(steps)
def test_only_committed_records_whatever_the_order(steps):
    """Transactions of three producers, interleaved; a model says which records count."""
    batches, aborted, expected, written = [], [], [], {}
    for producer, step in [*steps, (1, "commit"), (2, "commit"), (3, "commit")]:
        offset = len(batches)
        if step == "write":
            batches.append(batch(offset, [b"%d" % offset], producer, TRANSACTIONAL))
            written.setdefault(producer, []).append((offset, b"%d" % offset))
        elif producer in written:
            batches.append(marker(offset, producer, step == "commit"))
            mine = written.pop(producer)
            if step == "commit":
                expected += mine
            else:
                aborted.append((producer, mine[0][0]))
    assert drain(partition(*batches, aborted=aborted), filters=True) == sorted(expected)


def test_damage_is_raised_and_read_again():
    good, bad = batch(0, [b"a"]), bytearray(batch(1, [b"b"]))
    bad[-1] ^= 1
    damaged = partition(good, bytes(bad))
    assert damaged.fill(None, None, False, True) and damaged.take(9)[0].value == b"a"
    with pytest.raises(errors.CorruptBatchError):
        damaged.fill(None, None, False, True)
    assert damaged.is_stuck and not damaged.fill(None, None, False, True)
    version = damaged.version
    damaged.rewind()
    assert (damaged.position, damaged.fetch_offset, damaged.version) == (1, 1, version + 1)
    data, next_offset, epoch = whole_batches(memoryview(batch(1, [b"b"])), 1)
    damaged.add(Chunk(data, next_offset, epoch, ()))
    assert drain(damaged) == [(1, b"b")]
    unchecked = partition(good, bytes(bad))
    unchecked.fill(None, None, False, False)
    for junk in (b"\0" * 100, batch(0, [b"a"])[:16] + b"\1" + batch(0, [b"a"])[17:]):
        with pytest.raises(errors.CorruptBatchError):
            whole_batches(memoryview(junk), 0)


def test_a_batch_that_was_unstuck_is_not_skipped():
    bad = bytearray(batch(1, [b"b"]))
    bad[-1] ^= 1
    damaged = partition(batch(0, [b"a"]), bytes(bad), batch(2, [b"c"]))
    damaged.fill(None, None, False, True)
    damaged.take(9)
    for _ in range(2):
        with pytest.raises(errors.CorruptBatchError):
            damaged.fill(None, None, False, True)
        damaged.unstick()
    assert damaged.position == 1


def test_a_deserializer_that_raises_hands_out_what_stands_before():
    values = partition(batch(0, [b"1", b"2", b"x", b"4"]))
    assert values.fill(None, int, False, True)
    assert [r.value for r in values.take(9)] == [1, 2]
    with pytest.raises(errors.SerializationError, match="offset 2"):
        values.fill(None, int, False, True)
    assert values.position == 2
    values.seek(3)
    data, next_offset, epoch = whole_batches(memoryview(batch(0, [b"1", b"2", b"x", b"4"])), 3)
    values.add(Chunk(data, next_offset, epoch, ()))
    assert drain(values, value=int) == [(3, 4)]
    first = partition(batch(0, [b"x"]))
    with pytest.raises(errors.SerializationError):
        first.fill(None, int, False, True)
    assert first.position == 0


def test_lag_counts_to_what_may_be_read():
    one = partition(batch(0, [b"a"]))
    assert one.lag(False) is None
    one.high_watermark, one.last_stable_offset = 10, 5
    assert (one.lag(False), one.lag(True)) == (10, 5)
    one.seek(20)
    assert one.lag(True) == 0
