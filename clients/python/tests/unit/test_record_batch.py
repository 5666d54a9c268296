"""Record batches: those that Kafka's own code wrote, and what is made here read again."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gofka._codecs import compress
from gofka._codecs.crc32c import _loop, crc32c, crc32c_python
from gofka._core import record_batch
from gofka.errors import CorruptBatchError, MissingCodecError, SerializationError

KAFKAS = Path(__file__).parents[4] / "test/protocol/record-batch/batches.jsonl.gz"


def kafkas_batches():
    with gzip.open(KAFKAS, "rt") as lines:
        return [json.loads(line) for line in lines]


def unpacked(text):
    return None if text is None else base64.b64decode(text)


def has_zstd():
    try:
        compress(4, b"x")
    except MissingCodecError:
        return False
    return True


def test_what_kafka_wrote_is_what_is_read():
    seen = set()
    for line in kafkas_batches():
        data, expected = bytes.fromhex(line["hex"]), line["json"]
        [batch] = record_batch.batches(data)
        if batch.codec == 4 and not has_zstd():
            continue
        seen.add(batch.codec)
        assert batch.base_offset == expected["baseOffset"]
        assert batch.last_offset == expected["baseOffset"] + expected["lastOffsetDelta"]
        assert batch.leader_epoch == expected["partitionLeaderEpoch"]
        assert batch.producer_id == expected["producerId"]
        assert batch.base_sequence == expected["baseSequence"]
        records = batch.records("t", 3)
        assert len(records) == len(expected["records"])
        for record, other in zip(records, expected["records"]):
            assert record.offset == batch.base_offset + other["offsetDelta"]
            if batch.append_time is None:
                assert record.timestamp == batch.base_timestamp + other["timestampDelta"]
            else:
                assert record.timestamp == expected["maxTimestamp"]
            assert record.key == unpacked(other["key"])
            assert record.value == unpacked(other["value"])
            told = [(each["key"], unpacked(each["value"])) for each in other["headers"]]
            assert list(record.headers) == told
        if batch.is_control and len(records) == 1:
            assert batch.control_type() == int.from_bytes(records[0].key[2:4], "big")
    assert {0, 1, 2, 3} <= seen


some_bytes = st.one_of(st.none(), st.binary(max_size=300))
records = st.tuples(
    st.integers(0, 2**40),
    some_bytes,
    some_bytes,
    st.lists(st.tuples(st.text(max_size=10), some_bytes), max_size=3),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(records, min_size=1, max_size=40), st.sampled_from([0, 1, 2, 3]))
def test_what_is_written_is_read_again(given_records, codec):
    base = given_records[0][0]
    payload = b"".join(
        record_batch.encode_record(i, timestamp - base, key, value, headers)
        for i, (timestamp, key, value, headers) in enumerate(given_records)
    )
    newest = max(timestamp for timestamp, *_ in given_records)
    sealed = record_batch.seal(
        compress(codec, payload), len(given_records), base, newest, codec, (77, 5), 9
    )
    [batch] = record_batch.batches(bytes(sealed) + bytes(sealed)[:-1])
    assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == (77, 5, 9)
    read = batch.records("t", 0)
    assert [(r.timestamp, r.key, r.value, list(r.headers)) for r in read] == given_records
    assert [r.offset for r in read] == list(range(len(given_records)))
    assert batch.records("t", 0, len(given_records) - 1) == read[-1:]
    record_batch.reseal(sealed, (78, 6), 11)
    [again] = record_batch.batches(sealed)
    assert (again.producer_id, again.producer_epoch, again.base_sequence) == (78, 6, 11)


@settings(deadline=None, max_examples=200)
@given(st.lists(records, min_size=1, max_size=5), st.data())
def test_damage_is_found(given_records, data):
    base = given_records[0][0]
    payload = b"".join(
        record_batch.encode_record(i, timestamp - base, key, value, headers)
        for i, (timestamp, key, value, headers) in enumerate(given_records)
    )
    sealed = record_batch.seal(payload, len(given_records), base, base)
    at = data.draw(st.integers(record_batch.CHECKED_FROM, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CorruptBatchError):
        list(record_batch.batches(sealed))
    # Without the checksum the walk must still end in records or in the one error.
    try:
        for batch in record_batch.batches(sealed, check_crcs=False):
            if batch.codec == 0:
                batch.records("t", 0)
    except CorruptBatchError:
        pass


def test_deserializers_are_called_once_and_named_when_they_raise():
    payload = record_batch.encode_record(0, 0, b"k", b"v", [])
    sealed = record_batch.seal(payload, 1, 5, 5)
    [batch] = record_batch.batches(sealed)
    [record] = batch.records("t", 0, 0, bytes.decode, lambda data: data + b"!")
    assert (record.key, record.value) == ("k", b"v!")
    with pytest.raises(SerializationError, match="t-0 at offset 0"):
        batch.records("t", 0, 0, None, lambda data: 1 / 0)


def test_crc32c_is_the_loops():
    assert crc32c_python(b"123456789") == crc32c(b"123456789") == 0xE3069283


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 70_000), st.randoms(use_true_random=False))
def test_crc32c_of_any_length(size, random):
    data = random.getrandbits(8 * size).to_bytes(size, "little") if size else b""
    assert crc32c_python(data) == _loop(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    assert crc32c_python(memoryview(data)) == crc32c(data)
