"""Where reading begins by age, and topics that the broker looks for."""

import pytest
from readers import Reader

from gofka import SubscriptionPattern, errors
from gofka._core.offset_reset import duration_ms, make_reset


def test_durations():
    read = {
        "PT0S": 0,
        "PT1H": 3_600_000,
        "P1D": 86_400_000,
        "P2DT3H4M5.006S": 2 * 86_400_000 + 3 * 3_600_000 + 4 * 60_000 + 5_006,
        "pt1,5s": 1_500,
    }
    assert {text: duration_ms(text) for text in read} == read
    for text in ("", "P", "PT", "P1DT", "1H", "PT-1H", "P1Y", "PT1H ", "PT\u0661H"):
        assert duration_ms(text) is None, text


def test_policies():
    assert make_reset("none") is None
    assert [make_reset(each)(5) for each in ("earliest", "latest")] == [-2, -1]
    assert make_reset("by_duration:PT1S")(5_000) == 4_000
    assert make_reset("by_duration:P1D")(5_000) == 0
    for policy in ("", "by_duration", "by_duration:", "by_duration:-PT1H", "Latest"):
        with pytest.raises(errors.ConfigurationError, match="auto_offset_reset"):
            make_reset(policy)


def aged(reader, found):
    """Asks for times are answered by what `found` says; else as ever."""
    cluster, asked = reader.cluster, []
    original = cluster.list_offsets

    def list_offsets(broker, request, version):
        answer = original(broker, request, version)
        for topic, told in zip(request.topics, answer.topics):
            for each, partition in zip(topic.partitions, told.partitions):
                asked.append(each.timestamp)
                if each.timestamp >= 0:
                    partition.offset = found
        return answer

    cluster.overrides["ListOffsets"] = list_offsets
    return asked


def test_a_position_by_age():
    reader = Reader(auto_offset_reset="by_duration:PT1H")
    reader.cluster.fill("t", 0, 10)
    asked = aged(reader, 6)
    reader.assign(0)
    reader.poll_until(lambda: reader.offsets(0) == [6, 7, 8, 9])
    assert asked == [reader.world.wall_ms() // 1000 * 1000 - 3_600_000]
    reader.close()


def test_nothing_is_as_young():
    reader = Reader(auto_offset_reset="by_duration:PT1H")
    reader.cluster.fill("t", 0, 10)
    asked = aged(reader, -1)
    reader.assign(0)
    reader.poll(1)
    reader.cluster.fill("t", 0, 2)
    reader.poll_until(lambda: reader.offsets(0) == [10, 11])
    assert asked[0] > 0 and asked[1:] == [-1]
    reader.close()


def test_a_pattern_for_the_broker():
    reader = Reader(topics={"a1": 1, "a2": 2}, group_id="g", group_protocol="consumer")
    cluster, said = reader.cluster, []
    original = cluster.consumer_group_heartbeat

    def heartbeat(broker, request, version):
        said.append((request.subscribed_topic_names, request.subscribed_topic_regex))
        return original(broker, request, version)

    cluster.overrides["ConsumerGroupHeartbeat"] = heartbeat
    cluster.fill("a2", 1, 3)
    reader.world.run(reader.core.subscribe([], SubscriptionPattern("a.")))
    reader.poll_until(lambda: reader.offsets(1, "a2") == [0, 1, 2])
    assert said[0] == ([], "a.")
    assert set(said[1:]) <= {(None, None)}
    # Topics by name take its place.
    reader.world.run(reader.core.subscribe(["a1"], None))
    reader.poll_until(lambda: (["a1"], "") in [(names and list(names), regex) for names, regex in said])
    reader.close()


@pytest.mark.parametrize("options", [{}, {"group_id": "g"}])
def test_a_pattern_for_a_broker_that_does_not_share_out(options):
    reader = Reader(**options)
    with pytest.raises(errors.IllegalStateError, match="group_protocol"):
        reader.world.run(reader.core.subscribe([], SubscriptionPattern("a.*")))
    reader.close()
