"""The consumer's core where everything goes wrong: leaders move, sessions are lost, coordinators refuse."""

import logging

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from readers import Reader

from gofka import errors
from gofka.records import OffsetAndMetadata, TopicPartition

logging.getLogger("gofka").setLevel(logging.ERROR)

WAYS = [
    {"partition_assignment_strategy": ["range"]},
    {"partition_assignment_strategy": ["cooperative-sticky"]},
    {"group_protocol": "consumer"},
]
TROUBLES = {
    "Fetch": ["UNKNOWN_LEADER_EPOCH", "FENCED_LEADER_EPOCH", "KAFKA_STORAGE_ERROR", "UNKNOWN_TOPIC_ID"],
    "FetchSession": ["FETCH_SESSION_ID_NOT_FOUND", "INVALID_FETCH_SESSION_EPOCH"],
    "ListOffsets": ["LEADER_NOT_AVAILABLE", "OFFSET_NOT_AVAILABLE"],
    "FindCoordinator": ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS"],
    "OffsetFetch": ["NOT_COORDINATOR", "UNSTABLE_OFFSET_COMMIT"],
    "OffsetCommit": ["NOT_COORDINATOR", "UNKNOWN_MEMBER_ID", "REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION"],
    "JoinGroup": ["COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR", "UNKNOWN_MEMBER_ID"],
    "SyncGroup": ["REBALANCE_IN_PROGRESS", "UNKNOWN_MEMBER_ID", "NOT_COORDINATOR"],
    "Heartbeat": ["REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "NOT_COORDINATOR"],
    "ConsumerGroupHeartbeat": ["UNKNOWN_MEMBER_ID", "FENCED_MEMBER_EPOCH", "NOT_COORDINATOR"],
}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(range(3)))
@example(79608, 1)
@example(83779, 0)
def test_all_is_read_and_committed_whatever_goes_wrong(seed, way):
    reader = Reader(seed, group_id="g", auto_commit_interval_ms=300, heartbeat_interval_ms=200, **WAYS[way])
    random, cluster = reader.world.random, reader.cluster

    def code(api):
        return random.choice(TROUBLES[api]) if api in TROUBLES and random.random() < 0.1 else None

    def trouble(api, broker):
        if random.random() < 0.05 and reader.core.client.cluster.brokers:
            return random.choice(["cut before", "cut after"])
        return None

    cluster.code, cluster.trouble = code, trouble
    reader.subscribe("t")
    for _ in range(30):
        cluster.fill("t", random.randrange(3), random.randrange(20))
        reader.poll(random.random())
        if random.random() < 0.2:
            cluster.leader_moves()
        if random.random() < 0.1:
            cluster.members.clear()
    cluster.code = cluster.trouble = lambda *_: None
    ends = [len(each.values) for each in cluster.topics["t"]]
    reader.poll_until(lambda: all(set(reader.offsets(p)) == set(range(ends[p])) for p in range(3)))
    for partition in range(3):
        offsets = reader.offsets(partition)
        # What is read twice was lost in between, and may be left out by a commit that arrived late; but
        # never is a record passed over that has not been read at all.
        furthest = -1
        for offset in offsets:
            assert offset <= furthest + 1
            furthest = max(furthest, offset)
    assert all(value == b"%d" % offset for _, _, offset, value in reader.read)
    reader.poll_until(lambda: all(cluster.committed.get(("t", p), 0) == ends[p] for p in range(3)))
    reader.close()
    assert not cluster.members


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_without_a_group_everything_comes_once_and_in_order(seed):
    reader = Reader(seed, brokers=3)
    random, cluster = reader.world.random, reader.cluster

    def code(api):
        return random.choice(TROUBLES[api]) if api in ("Fetch", "FetchSession", "ListOffsets") and random.random() < 0.2 else None

    cluster.code = code
    cuts = ["cut before", "cut after", None, None, None, None]
    # A first broker that hangs up at once may be anything; later it is one that goes down.
    cluster.trouble = lambda *_: random.choice(cuts) if reader.core.client.cluster.brokers else None
    reader.assign(0, 1, 2)
    for _ in range(20):
        cluster.fill("t", random.randrange(3), random.randrange(20))
        reader.poll(random.random())
        cluster.leader_moves()
    cluster.code = cluster.trouble = lambda *_: None
    ends = [len(each.values) for each in cluster.topics["t"]]
    reader.poll_until(lambda: len(reader.read) >= sum(ends))
    assert [reader.offsets(p) for p in range(3)] == [list(range(end)) for end in ends]
    reader.close()


def test_metadata_that_never_has_a_leader():
    reader = Reader(default_api_timeout_ms=2000)
    for each in reader.cluster.topics["t"]:
        each.leader = -1
    reader.assign(0)
    assert reader.poll(30) == []
    tp = TopicPartition("t", 0)
    begin = reader.world.engine.now
    with pytest.raises(errors.ClientTimeoutError, match="no leader of t-0"):
        reader.world.run(reader.core.offsets({tp: -1}, 2.0))
    with pytest.raises(errors.ClientTimeoutError, match="no position of t-0"):
        reader.world.run(reader.core.position(tp, 2.0))
    assert reader.world.engine.now - begin < 10
    reader.cluster.topics["t"][0].leader = 1
    reader.cluster.fill("t", 0, 5)
    reader.poll_until(lambda: len(reader.read) == 5)
    reader.close()


def test_what_no_retry_mends_is_raised_once_and_reading_may_go_on():
    reader = Reader()
    reader.cluster.fill("t", 0, 5)
    reader.cluster.code = lambda api: "TOPIC_AUTHORIZATION_FAILED" if api == "Fetch" else None
    reader.assign(0)
    with pytest.raises(errors.TopicAuthorizationFailedError, match="t-0"):
        reader.poll(60)
    reader.cluster.code = lambda api: None
    assert reader.poll(5) == []
    reader.world.run(reader.core.seek(TopicPartition("t", 0), 2))
    reader.poll_until(lambda: reader.offsets(0) == [2, 3, 4])
    reader.close()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", ["GROUP_AUTHORIZATION_FAILED", "INVALID_GROUP_ID"])
def test_a_group_that_does_not_want_us(way, code):
    reader = Reader(group_id="g", **way)
    reader.cluster.code = lambda api: code if api in ("JoinGroup", "ConsumerGroupHeartbeat") else None
    reader.subscribe("t")
    for _ in range(2):
        with pytest.raises(errors.BrokerError) as caught:
            reader.poll(60)
        assert caught.value.name == code
    reader.close()


def test_a_broker_without_the_consumer_protocol():
    reader = Reader(group_id="g", group_protocol="consumer")
    for broker in reader.cluster.brokers.values():
        broker.versions[68] = (0, -1)
    reader.subscribe("t")
    with pytest.raises(errors.IllegalStateError, match="group_protocol 'consumer' is not served"):
        reader.poll(60)
    reader.close()


def test_positions_outside_of_the_log():
    reader = Reader(auto_offset_reset="latest")
    reader.cluster.fill("t", 0, 10)
    reader.assign(0)
    reader.world.run(reader.core.seek(TopicPartition("t", 0), 50))
    reader.poll(1)
    reader.cluster.fill("t", 0, 2)
    reader.poll_until(lambda: reader.offsets(0) == [10, 11])
    reader.close()


def test_a_nearby_replica_is_read_and_given_up_when_it_fails():
    reader = Reader(client_rack="here", brokers=2)
    cluster, asked = reader.cluster, []
    cluster.fill("t", 0, 5)
    original = cluster.fetch

    def fetch(broker, request, version):
        asked.append((broker.node_id, request.rack_id))
        answer = original(broker, request, version)
        for topic in answer.responses:
            for each in topic.partitions:
                if broker.node_id == 1:
                    each.error_code, each.records, each.preferred_read_replica = 0, b"", 2
                elif len(asked) < 10:
                    each.error_code = 0
                    partition = cluster.topics["t"][0]
                    each.records = b"" if reader.read else _all(partition.values)
        return answer

    from readers import batch

    def _all(values):
        return batch(0, values)

    cluster.overrides["Fetch"] = fetch
    reader.assign(0)
    reader.poll_until(lambda: reader.offsets(0) == [0, 1, 2, 3, 4])
    assert (1, "here") in asked and (2, "here") in asked
    reader.close()


@pytest.mark.parametrize("way", WAYS)
def test_commits_that_fail_say_so(way):
    reader = Reader(group_id="g", enable_auto_commit=False, **way)
    reader.cluster.fill("t", 0, 3)
    reader.subscribe("t")
    reader.poll_until(lambda: len(reader.read) == 3)
    offsets = {TopicPartition("t", 0): OffsetAndMetadata(3)}
    reader.cluster.code = lambda api: "NOT_COORDINATOR" if api == "OffsetCommit" else None
    with pytest.raises(errors.NotCoordinatorError):
        reader.world.run(reader.core.commit(offsets, 1.0))
    reader.cluster.code = lambda api: "OFFSET_METADATA_TOO_LARGE" if api == "OffsetCommit" else None
    with pytest.raises(errors.OffsetMetadataTooLargeError):
        reader.world.run(reader.core.commit(offsets, 10.0))
    reader.cluster.code = lambda api: "UNKNOWN_MEMBER_ID" if api == "OffsetCommit" else None
    with pytest.raises(errors.CommitFailedError):
        reader.world.run(reader.core.commit(offsets, 10.0))
    reader.cluster.code = lambda api: None
    with pytest.raises(errors.CommitFailedError, match="not in its group"):
        reader.world.run(reader.core.commit(offsets, 10.0))
    reader.poll_until(lambda: ("lost", 3) in reader.calls and reader.calls[-1][0] == "assigned")
    # Meanwhile it was read again, for nothing had been committed.
    reader.poll_until(lambda: reader.offsets(0) == [0, 1, 2, 0, 1, 2])
    told = []
    reader.core.commit_later(offsets, lambda *answer: told.append(answer))
    reader.world.run_until(lambda: told)
    assert told == [(offsets, None)] and reader.cluster.committed["t", 0] == 3
    reader.core.commit_later(offsets, lambda *_: 1 / 0)
    reader.poll(1)
    reader.close()


def test_commits_do_not_overtake_each_other():
    reader = Reader(group_id="g", enable_auto_commit=False)
    reader.assign(0)
    told = []
    for offset in range(20):
        offsets = {TopicPartition("t", 0): OffsetAndMetadata(offset)}
        reader.core.commit_later(offsets, lambda given, error: told.append(error))
    reader.world.run_until(lambda: len(told) == 20)
    assert [offset for _, _, offset in reader.cluster.commits] == list(range(20))
    reader.close()


def test_a_target_that_shrinks_and_grows():
    reader = Reader(group_id="g", group_protocol="consumer")
    cluster = reader.cluster
    reader.subscribe("t")
    reader.poll_until(lambda: reader.calls == [("assigned", 3)])
    cluster.target = {"t": [1]}
    reader.poll_until(lambda: ("revoked", 2) in reader.calls)
    assert [each.partition for each in reader.core.order] == [1]
    cluster.target = {"t": [0, 1, 2]}
    reader.poll_until(lambda: reader.calls[-1] == ("assigned", 2))
    reader.close()


def test_who_does_not_poll_leaves_and_comes_back():
    for way in WAYS:
        reader = Reader(group_id="g", max_poll_interval_ms=8000, **way)
        reader.subscribe("t")
        reader.poll_until(lambda: reader.calls == [("assigned", 3)])
        reader.world.run(reader.world.engine.sleep(30))
        assert not reader.cluster.members and not reader.core.order
        reader.poll_until(lambda: reader.calls[-2:] == [("lost", 3), ("assigned", 3)])
        reader.close()


def test_nobody_answers():
    reader = Reader(request_timeout_ms=3000)
    reader.world.listeners.clear()
    reader.assign(0)
    with pytest.raises(errors.NoBrokersError, match="one:1"):
        reader.poll(60)
    assert reader.world.engine.now < 10
    reader.close()


def test_a_clock_that_jumps():
    reader = Reader(group_id="g", heartbeat_interval_ms=1000, session_timeout_ms=10_000)
    reader.cluster.fill("t", 0, 5)
    reader.subscribe("t")
    reader.poll_until(lambda: len(reader.read) == 5)
    # Forward by a day, as after a laptop's sleep; back is not possible, the engine does not take it.
    reader.world.engine.run(reader.world.engine.now + 86_400)
    reader.world.engine.run(0.0)
    reader.cluster.fill("t", 0, 5)
    reader.poll_until(lambda: reader.offsets(0)[-1] == 9)
    reader.close()
