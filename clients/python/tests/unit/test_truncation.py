"""Another leader that lacks what was read (KIP-320)."""

import pytest
from readers import Reader

from gofka import TopicPartition, errors

TP = TopicPartition("t", 0)


def moved(reader, keep, new=0):
    """Another leader, which has that many of the records, and so many of its own."""
    partition = reader.cluster.topics["t"][0]
    reader.cluster.ends["t", 0, partition.epoch] = (partition.epoch, keep)
    partition.leader = 3 - partition.leader
    partition.epoch += 1
    del partition.values[keep:]
    partition.values += [b"new %d" % i for i in range(keep, keep + new)]


def read_ten(**options):
    reader = Reader(**options)
    reader.cluster.fill("t", 0, 10)
    reader.assign(0)
    if options.get("auto_offset_reset") == "none":
        with pytest.raises(errors.NoOffsetError):
            reader.poll(60)
        reader.world.run(reader.core.seek(TP, 0))
    reader.poll_until(lambda: reader.offsets(0) == list(range(10)))
    return reader


def test_a_leader_that_has_everything_is_asked_once():
    reader = read_ten()
    assert reader.cluster.epochs_asked == []
    moved(reader, 10, 3)
    reader.poll_until(lambda: reader.offsets(0) == list(range(13)))
    assert reader.cluster.epochs_asked == [("t", 0, 0, 1)]
    reader.close()


@pytest.mark.parametrize("new", [0, 2, 4, 9])
def test_what_was_written_instead_is_read(new):
    reader = read_ten()
    moved(reader, 6, new)
    reader.poll_until(lambda: len(reader.read) == 10 + new or (new == 0 and reader.core.partition(TP).position == 6))
    assert [(offset, value) for _, _, offset, value in reader.read[10:]] == [
        (offset, b"new %d" % offset) for offset in range(6, 6 + new)
    ]
    reader.close()


def test_an_epoch_that_nobody_knows_begins_anew():
    reader = read_ten()
    moved(reader, 6, 8)
    reader.cluster.ends["t", 0, 0] = (-1, -1)
    reader.poll_until(lambda: reader.offsets(0)[10:] == list(range(14)))
    reader.close()


def test_without_a_policy_it_is_told():
    reader = read_ten(auto_offset_reset="none")
    moved(reader, 6, 8)
    with pytest.raises(errors.LogTruncationError, match="t-0 at 10, and the log ends at 6"):
        reader.poll(60)
    reader.world.run(reader.core.seek(TP, 6))
    reader.poll_until(lambda: reader.offsets(0)[10:] == list(range(6, 14)))
    reader.close()


def test_what_was_fetched_before_comes_first():
    reader = Reader()
    reader.cluster.fill("t", 0, 7)
    reader.assign(0)
    partition = reader.core.partition(TP)
    reader.world.run_until(lambda: partition.buffered)
    moved(reader, 5, 4)
    reader.world.run(reader.core.client.cluster.refresh())
    reader.poll_until(lambda: len(reader.read) == 7 + 4)
    assert reader.offsets(0) == [*range(7), *range(5, 9)]
    reader.close()


@pytest.mark.parametrize("code", ["NOT_LEADER_OR_FOLLOWER", "UNKNOWN_LEADER_EPOCH", "UNKNOWN_SERVER_ERROR"])
def test_it_is_asked_again_until_it_is_told(code):
    reader = read_ten()
    refused = []

    def trouble(api):
        if api == "OffsetForLeaderEpoch" and len(refused) < 3:
            refused.append(api)
            return code
        return None

    reader.cluster.code = trouble
    moved(reader, 6, 4)
    reader.poll_until(lambda: reader.offsets(0)[10:] == [6, 7, 8, 9])
    assert len(refused) == 3
    reader.close()


def test_a_broker_that_does_not_tell():
    reader = read_ten()
    for broker in reader.cluster.brokers.values():
        broker.versions[23] = (0, 1)
    moved(reader, 6, 8)
    reader.core.client.retire_node(1)
    reader.core.client.retire_node(2)
    reader.poll_until(lambda: reader.offsets(0)[10:] == [10, 11, 12, 13])
    reader.close()


def test_committed_positions_are_looked_at_too():
    reader = Reader(group_id="g")
    reader.cluster.fill("t", 0, 10)
    reader.cluster.committed["t", 0] = 8
    reader.subscribe("t")
    original = reader.cluster.offset_fetch

    def offset_fetch(broker, request, version):
        answer = original(broker, request, version)
        for topic in answer.groups[0].topics:
            for each in topic.partitions:
                each.committed_leader_epoch = 0
        return answer

    reader.cluster.overrides["OffsetFetch"] = offset_fetch
    moved(reader, 6, 8)
    reader.poll_until(lambda: reader.offsets(0) == list(range(6, 14)))
    reader.close()
