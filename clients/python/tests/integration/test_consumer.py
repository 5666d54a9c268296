"""The blocking consumer by hand and in the open: positions, offsets, pauses, iteration, what is bounded."""

import json
import threading
import time

import pytest
from conftest import fresh_name, wait_for

from gofka import Consumer, OffsetAndMetadata, TopicPartition
from gofka import errors


@pytest.fixture
def read(bootstrap):
    """read(*topics, **options): a consumer from the start that the test's end closes."""
    made = []

    def make(*topics, **options):
        options = {"bootstrap_servers": bootstrap, "auto_offset_reset": "earliest", **options}
        made.append(Consumer(*topics, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def some(consumer, count, seconds=30):
    """So many records, by polls."""
    found = []
    deadline = time.monotonic() + seconds
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} records came"
        for records in consumer.poll(500).values():
            found.extend(records)
    return found


def test_by_hand(read, make_topic, fill):
    name = make_topic(2)
    fill(name, 5, partition=1)
    one = TopicPartition(name, 1)
    consumer = read()
    with pytest.raises(errors.IllegalStateError, match="subscribed"):
        consumer.poll(10)
    consumer.assign([one])
    assert consumer.assignment() == {one} and consumer.subscription() is None
    records = some(consumer, 5)
    assert [(r.topic, r.partition, r.offset, r.key, r.value, r.headers) for r in records] == [
        (name, 1, i, b"key-%d" % i, b"value-%d" % i, ()) for i in range(5)
    ]
    assert all(abs(r.timestamp / 1000 - time.time()) < 600 for r in records)
    assert consumer.position(one) == 5 and consumer.highwater(one) == 5 and consumer.lag(one) == 0
    assert consumer.poll(0) == {}
    consumer.seek(one, 3)
    assert [r.offset for r in some(consumer, 2)] == [3, 4]
    consumer.seek_to_beginning()
    assert consumer.position(one) == 0
    assert [r.offset for r in some(consumer, 5)] == [0, 1, 2, 3, 4]
    consumer.seek_to_end(one)
    assert consumer.position(one) == 5
    with pytest.raises(errors.IllegalStateError):
        consumer.seek(TopicPartition(name, 0), 0)
    with pytest.raises(errors.IllegalStateError, match="unsubscribe"):
        consumer.subscribe([name])
    consumer.unsubscribe()
    assert consumer.assignment() == set()
    consumer.subscribe([name])
    with pytest.raises(errors.IllegalStateError, match="unsubscribe"):
        consumer.assign([one])


def test_offsets_of_edges_and_times(read, make_topic, bootstrap):
    from gofka import Producer

    name = make_topic(1)
    one = TopicPartition(name, 0)
    with Producer(bootstrap_servers=bootstrap) as producer:
        for stamp in (1000, 2000, 3000):
            producer.send(name, b"v", timestamp_ms=stamp).get(30)
    consumer = read()
    assert consumer.beginning_offsets([one]) == {one: 0}
    assert consumer.end_offsets([one]) == {one: 3}
    found = consumer.offsets_for_times({one: 1500})
    assert (found[one].offset, found[one].timestamp) == (1, 2000)
    assert consumer.offsets_for_times({one: 3001}) == {one: None}
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        consumer.end_offsets([TopicPartition(name, 5)], timeout_ms=2000)
    assert consumer.partitions_for_topic(name) == {0}
    assert name in consumer.topics()


def test_pause_and_resume(read, make_topic, fill):
    name = make_topic(2)
    fill(name, 10, partition=0)
    fill(name, 10, partition=1)
    zero, one = TopicPartition(name, 0), TopicPartition(name, 1)
    consumer = read()
    consumer.assign([zero, one])
    consumer.pause(zero)
    assert consumer.paused() == {zero}
    assert {r.partition for r in some(consumer, 10)} == {1}
    assert consumer.poll(50) == {}
    consumer.resume(zero)
    assert {r.partition for r in some(consumer, 10)} == {0}


def test_max_records_and_fair_turns(read, make_topic, fill):
    name = make_topic(3)
    for partition in range(3):
        fill(name, 40, partition=partition)
    consumer = read(name, group_id=None, max_poll_records=7)
    seen, polls = {}, 0
    while sum(map(len, seen.values())) < 120:
        got = consumer.poll(1000)
        assert 0 < sum(map(len, got.values())) <= 7
        polls += 1
        for tp, records in got.items():
            seen.setdefault(tp.partition, []).extend(r.offset for r in records)
    assert seen == {p: list(range(40)) for p in range(3)}
    assert sum(map(len, consumer.poll(0, max_records=1).values())) <= 1
    with pytest.raises(ValueError):
        consumer.poll(0, max_records=0)


def test_iteration_goes_on_where_it_stopped(read, make_topic, fill):
    name = make_topic(1)
    fill(name, 30)
    one = TopicPartition(name, 0)
    consumer = read(name, consumer_timeout_ms=1000)
    for record in consumer:
        if record.offset == 9:
            break
    assert consumer.position(one) == 10
    assert next(consumer).offset == 10
    offsets = []
    for record in consumer:
        offsets.append(record.offset)
        if record.offset == 20:
            consumer.seek(one, 25)
    assert offsets == [*range(11, 21), *range(25, 30)]
    with pytest.raises(StopIteration):
        next(consumer)
    assert consumer.metrics()["records_consumed"] == 10 + 1 + 15


def test_wakeup_from_another_thread(read, make_topic):
    consumer = read(make_topic(1))
    threading.Timer(0.2, consumer.wakeup).start()
    assert list(consumer) == []
    threading.Timer(0.2, consumer.wakeup).start()
    begin = time.monotonic()
    assert consumer.poll(30_000) == {}
    assert time.monotonic() - begin < 20


def test_only_one_thread_polls(read, make_topic):
    consumer = read(make_topic(1))
    failures = []

    def other():
        try:
            consumer.poll(0)
        except errors.GofkaError as error:
            failures.append(error)

    thread = threading.Timer(0.2, other)
    thread.start()
    consumer.poll(1000)
    thread.join()
    assert [type(each) for each in failures] == [errors.IllegalStateError]


def test_subscription_without_a_group_reads_all_partitions(read, make_topic, fill, admin):
    name = make_topic(2)
    fill(name, 4, partition=0)
    consumer = read(name, metadata_max_age_ms=300)
    assert len(some(consumer, 4)) == 4
    admin.create_partitions({name: 3})
    wait_for(lambda: len(admin.describe_topics([name])[0].partitions) == 3)
    fill(name, 2, partition=2)
    assert {r.partition for r in some(consumer, 2)} == {2}
    with pytest.raises(errors.IllegalStateError):
        consumer.commit()
    with pytest.raises(errors.IllegalStateError):
        consumer.group_metadata()


def test_pattern(read, admin, fill):
    stem = fresh_name("p")
    admin.create_topics([f"{stem}-a", f"{stem}-b", f"x{stem}-c"])
    fill(f"{stem}-a", 1)
    consumer = read(metadata_max_age_ms=300)
    consumer.subscribe(pattern=f"{stem}-.*")
    assert [r.topic for r in some(consumer, 1)] == [f"{stem}-a"]
    assert consumer.subscription() == {f"{stem}-a", f"{stem}-b"}
    admin.create_topics([f"{stem}-later"])
    fill(f"{stem}-later", 1)
    assert [r.topic for r in some(consumer, 1)] == [f"{stem}-later"]
    with pytest.raises(errors.ConfigurationError):
        consumer.subscribe(pattern="(")
    with pytest.raises(errors.ConfigurationError):
        consumer.subscribe(["a"], pattern="b")
    admin.delete_topics([f"{stem}-a", f"{stem}-b", f"x{stem}-c", f"{stem}-later"])


def test_topic_that_comes_later(read, admin, fill):
    name = fresh_name()
    consumer = read(name, allow_auto_create_topics=False)
    assert consumer.poll(300) == {}
    admin.create_topics([name])
    fill(name, 3)
    assert len(some(consumer, 3)) == 3
    admin.delete_topics([name])


def test_latest_none_and_out_of_range(read, make_topic, fill, admin):
    name = make_topic(1)
    one = TopicPartition(name, 0)
    fill(name, 5)
    latest = read(auto_offset_reset="latest")
    latest.assign([one])
    assert latest.position(one) == 5
    none = read(auto_offset_reset="none", group_id=fresh_name("g"))
    none.assign([one])
    with pytest.raises(errors.NoOffsetError, match=name):
        some(none, 1)
    none.seek(one, 99)
    with pytest.raises(errors.OffsetOutOfRangeError, match="99"):
        some(none, 1)
    none.seek(one, 2)
    assert [r.offset for r in some(none, 3)] == [2, 3, 4]
    admin.delete_records({one: 4})
    earliest = read()
    earliest.assign([one])
    earliest.seek(one, 1)
    assert [r.offset for r in some(earliest, 1)] == [4]


def test_deserializers_and_what_they_raise(read, make_topic, bootstrap):
    from gofka import Producer

    name = make_topic(1)
    one = TopicPartition(name, 0)
    with Producer(bootstrap_servers=bootstrap) as producer:
        for value in (b'{"a": 1}', b"[2]", b"not json", None, b"3"):
            producer.send(name, value, key=b"k")
        producer.flush()
    consumer = read(name, value_deserializer=json.loads, key_deserializer=bytes.decode)
    assert [(r.key, r.value) for r in some(consumer, 2)] == [("k", {"a": 1}), ("k", [2])]
    for _ in range(2):
        with pytest.raises(errors.SerializationError, match=f"{name}-0 at offset 2") as caught:
            some(consumer, 1)
        assert isinstance(caught.value.__cause__, ValueError)
    assert consumer.position(one) == 2
    consumer.seek(one, 3)
    assert [r.value for r in some(consumer, 2)] == [None, 3]
    iterating = read(name, value_deserializer=json.loads)
    with pytest.raises(errors.SerializationError):
        for record in iterating:
            assert record.offset < 2

    class WithMethod:
        def deserialize(self, data):
            return data.upper()

    upper = read(name, value_deserializer=WithMethod())
    assert some(upper, 5)[2].value == b"NOT JSON"


def test_what_is_fetched_ahead_is_bounded(read, make_topic, bootstrap):
    from gofka import Producer

    name = make_topic(2)
    with Producer(bootstrap_servers=bootstrap, batch_size=20_000) as producer:
        for i in range(2000):
            producer.send(name, bytes(1000), partition=i % 2)
            if i % 20 == 19:
                producer.flush()
    consumer = read(
        name, fetch_buffer_bytes=100_000, max_partition_fetch_bytes=30_000, max_poll_records=50
    )
    got = 0
    while got < 2000:
        got += sum(map(len, consumer.poll(5000).values()))
        # Twice, because a fetch begins while there is any room, and one batch comes whatever its size.
        assert consumer.metrics()["bytes_buffered"] <= 200_000
    assert got == 2000


def test_commits_by_hand_without_membership(read, make_topic, fill, bootstrap):
    name, group = make_topic(1), fresh_name("g")
    one = TopicPartition(name, 0)
    fill(name, 10)
    consumer = read(group_id=group, enable_auto_commit=False)
    consumer.assign([one])
    assert consumer.committed(one) is None
    some(consumer, 10)
    consumer.commit()
    assert consumer.committed(one) == 10
    consumer.commit({one: OffsetAndMetadata(4, "note")})
    assert consumer.committed(one, metadata=True)[:2] == (4, "note")
    done = threading.Event()
    told = []
    consumer.commit_async({one: 5}, lambda *answer: (told.append(answer), done.set()))
    assert done.wait(30)
    assert told[0][0] == {one: OffsetAndMetadata(5)} and told[0][1] is None
    with pytest.raises(errors.ConfigurationError):
        consumer.commit({one: -1})
    again = read(group_id=group)
    again.assign([one])
    assert again.position(one) == 5
    assert consumer.group_metadata().group_id == group


def test_closed_and_forgotten(bootstrap, make_topic):
    consumer = Consumer(make_topic(1), bootstrap_servers=bootstrap)
    consumer.poll(10)
    consumer.close()
    consumer.close()
    for call in (
        lambda: consumer.poll(0),
        lambda: consumer.subscribe(["a"]),
        lambda: consumer.commit(),
        lambda: consumer.topics(),
        lambda: consumer.seek_to_end(),
    ):
        with pytest.raises(errors.ClientClosedError):
            call()
    assert list(consumer) == []
    forgotten = Consumer(make_topic(1), bootstrap_servers=bootstrap)
    forgotten.poll(10)
    thread = forgotten._shell._thread
    del forgotten
    wait_for(lambda: not thread.is_alive(), "the end of the thread")


def test_options_that_cannot_be():
    for options in (
        {"auto_offset_reset": "soon"},
        {"group_protocol": "best"},
        {"group_idd": "x"},
        {"group_id": ""},
        {"group_instance_id": "i"},
        {"fetch_min_bytes": -1},
        {"heartbeat_interval_ms": 50_000},
        {"partition_assignment_strategy": ["by moon"]},
        {"value_deserializer": 5},
        {"isolation_level": "all"},
        {"bootstrap_servers": "a:b"},
    ):
        with pytest.raises(errors.ConfigurationError):
            Consumer(**options)
    with pytest.raises(errors.ConfigurationError):
        Consumer("")


def test_metrics_and_their_hook(read, make_topic, fill):
    name = make_topic(1)
    fill(name, 5)
    told = []
    consumer = read(name, metrics_hook=told.append, metrics_interval_ms=20)
    assert len(some(consumer, 5)) == 5
    key = f"lag.{name}-0"
    wait_for(lambda: told and told[-1].get(key) == 0 and told[-1]["records_consumed"] == 5)
    found = consumer.metrics()
    assert found[key] == 0 and found["fetches"] >= 1 and found["bytes_fetched"] > 0
    assert found["assigned_partitions"] == 1 and found["rebalances"] == 1
