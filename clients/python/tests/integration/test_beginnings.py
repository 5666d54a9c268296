"""Where reading begins, and in which topics, when the broker is asked for more than offsets and names."""

import time

import pytest
from conftest import fresh_name, wait_for

from gofka import Consumer, Producer, SubscriptionPattern, TopicPartition, errors


def values_of(consumer, count, seconds=30):
    found = []
    deadline = time.monotonic() + seconds
    while len(found) < count:
        assert time.monotonic() < deadline, f"{found} came"
        for records in consumer.poll(500).values():
            found += [record.value for record in records]
    return found


def test_the_first_record_of_so_long_ago(bootstrap, make_topic):
    name = make_topic(1)
    now = int(time.time() * 1000)
    with Producer(bootstrap_servers=bootstrap) as producer:
        for hours in (5, 3, 1):
            value = b"%d hours ago" % hours
            producer.send(name, value, timestamp_ms=now - hours * 3_600_000).get(30)
    for ago, expected in (("PT4H", [b"3 hours ago", b"1 hours ago"]), ("P1D", [b"5 hours ago"])):
        with Consumer(
            name, bootstrap_servers=bootstrap, auto_offset_reset=f"by_duration:{ago}"
        ) as consumer:
            assert values_of(consumer, len(expected))[: len(expected)] == expected


def test_nothing_is_as_young_as_that(bootstrap, make_topic):
    name = make_topic(1)
    with Producer(bootstrap_servers=bootstrap) as producer:
        producer.send(name, b"old", timestamp_ms=int(time.time() * 1000) - 7_200_000).get(30)
        with Consumer(
            name, bootstrap_servers=bootstrap, auto_offset_reset="by_duration:PT1H"
        ) as consumer:
            wait_for(lambda: consumer.poll(10) == {} and consumer.assignment())
            assert consumer.position(TopicPartition(name, 0)) == 1
            producer.send(name, b"new").get(30)
            assert values_of(consumer, 1) == [b"new"]


def test_the_broker_matches_topics(bootstrap, make_topic, fill):
    prefix = fresh_name()
    first, other = make_topic(1, name=f"{prefix}-a1"), make_topic(1, name=f"{prefix}-b1")
    fill(first, 1)
    fill(other, 1)
    with Consumer(
        bootstrap_servers=bootstrap,
        group_id=prefix,
        group_protocol="consumer",
        auto_offset_reset="earliest",
    ) as consumer:
        consumer.subscribe(pattern=SubscriptionPattern(f"{prefix}-a[0-9]+"))
        values_of(consumer, 1)
        assert consumer.assignment() == {TopicPartition(first, 0)}
        # The whole name has to match, and what comes later is read too.
        make_topic(1, name=f"{prefix}-a1-not")
        later = make_topic(1, name=f"{prefix}-a2")
        fill(later, 1)
        values_of(consumer, 1, 90)
        assert consumer.assignment() == {TopicPartition(first, 0), TopicPartition(later, 0)}


def test_a_pattern_that_is_none(bootstrap, make_topic):
    with Consumer(
        bootstrap_servers=bootstrap, group_id=fresh_name(), group_protocol="consumer"
    ) as consumer:
        consumer.subscribe(pattern=SubscriptionPattern("(((a"))
        with pytest.raises(errors.InvalidRegularExpressionError):
            consumer.poll(30_000)
