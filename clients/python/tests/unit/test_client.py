"""Connections and metadata in a world in memory: versions, leaders, brokers that go away."""

import pytest

import gofka.errors as errors
from gofka._core.client import GROUP
from gofka._core.ports import Address
from gofka._protocol.api_versions import ApiVersionsRequest
from gofka._protocol.fetch import FetchRequest
from gofka._protocol.metadata import MetadataRequest
from world import Cluster, Parrot, World


@pytest.fixture
def world():
    return World(3)


def topics_of(answer):
    return [topic.name for topic in answer.topics]


def test_asks_any_and_a_certain_one(world):
    Cluster(world)
    client = world.client()
    answer = world.run(client.ask_any(MetadataRequest(None)))
    assert topics_of(answer) == ["t"]
    world.run(client.cluster.refresh())
    answer = world.run(client.ask(2, MetadataRequest([])))
    assert answer.cluster_id == "world"
    assert world.run(client.version(2, MetadataRequest)) == 13
    assert world.run(client.version(2, MetadataRequest, max_version=9)) == 9
    with pytest.raises(errors.UnsupportedVersionError):
        world.run(client.ask(2, MetadataRequest([]), min_version=14))
    client.close()
    with pytest.raises(errors.ClientClosedError):
        world.run(client.ask(2, MetadataRequest([])))


def test_an_older_broker(world):
    cluster = Cluster(world)
    for broker in cluster.brokers.values():
        broker.versions = {18: (0, 2), 3: (0, 5), 1: (4, 4)}
    client = world.client()
    world.run(client.cluster.refresh())
    assert world.run(client.version(1, MetadataRequest)) == 5
    assert world.run(client.version(1, ApiVersionsRequest)) == 2
    with pytest.raises(errors.UnsupportedVersionError, match="4 to 4, we need 5"):
        world.run(client.ask(1, FetchRequest(), min_version=5))
    with pytest.raises(errors.UnsupportedVersionError, match="cannot be told in version 5"):
        world.run(client.ask(1, MetadataRequest([], include_topic_authorized_operations=True)))


@pytest.mark.parametrize(
    "said, error, text",
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", errors.NotKafkaError, "HTTP server"),
        (b"\x15\x03\x03\x00\x02\x02\x46", errors.NotKafkaError, "speaks TLS"),
        (b"SSH-2.0-OpenSSH\r\n", errors.NotKafkaError, "not Kafka's protocol"),
        (b"\0\0\0\1\0", errors.NotKafkaError, "not Kafka's protocol"),
        (b"\0\0\0\x08\0\0\0\x07abcd", errors.NotKafkaError, "not Kafka's protocol"),
        (None, errors.NotKafkaError, "wants TLS"),
    ],
)
def test_what_is_no_broker(world, said, error, text):
    world.listeners[("one", 1)] = Parrot(said)
    client = world.client()
    with pytest.raises(error, match=text):
        world.run(client.ask_any(MetadataRequest([])), 60)


def test_nobody_is_there(world):
    client = world.client(bootstrap_servers="one:1,two:2", request_timeout_ms=5_000)
    with pytest.raises(errors.NoBrokersError, match="one:1, two:2") as caught:
        world.run(client.ask_any(MetadataRequest([])))
    assert caught.value.retriable and isinstance(caught.value, ConnectionError)
    assert world.engine.now < 5


def test_a_second_bootstrap_server_does(world):
    Cluster(world)
    client = world.client(bootstrap_servers="none:1,one:1,none:2")
    assert topics_of(world.run(client.ask_any(MetadataRequest(None)))) == ["t"]


def test_a_listener_that_says_nothing_is_given_up_in_time(world):
    class Silent(Parrot):
        def on_data(self, wire, data):
            pass

    world.listeners[("one", 1)] = Silent(b"")
    client = world.client(socket_connection_setup_timeout_ms=2_000)
    with pytest.raises(errors.BrokerConnectionError, match="not ready within 2 s"):
        world.run(client.ask_any(MetadataRequest([])))
    assert world.engine.now < 3


def test_a_request_that_is_not_answered_ends_its_connection(world):
    cluster = Cluster(world)
    client = world.client(request_timeout_ms=1_000)
    world.run(client.cluster.refresh())
    world.run(client.ask(1, MetadataRequest([])))
    cluster.trouble = lambda api, _: "silence"
    first = world.engine.spawn(client.ask(1, MetadataRequest([]), timeout_s=1.0))
    second = world.engine.spawn(client.ask(1, MetadataRequest([]), timeout_s=5.0))
    world.run_until(lambda: first.done and second.done)
    assert isinstance(first.error, errors.RequestTimedOutError)
    assert isinstance(second.error, errors.BrokerConnectionError) and second.error.was_sent
    cluster.trouble = lambda api, _: None
    world.run(client.ask(1, MetadataRequest([])))


def test_lanes_are_connections_of_their_own(world):
    Cluster(world)
    client = world.client()
    world.run(client.cluster.refresh())
    before = world.connects
    world.run(client.ask(1, MetadataRequest([])))
    world.run(client.ask(1, MetadataRequest([]), lane="fetch"))
    world.run(client.ask(1, MetadataRequest([]), lane="fetch"))
    assert world.connects == before + 2


def test_idle_connections_are_closed(world):
    cluster = Cluster(world)
    client = world.client(connections_max_idle_ms=60_000)
    world.run(client.cluster.refresh())
    world.run(client.ask(2, MetadataRequest([])))
    world.run(world.engine.sleep(120))
    assert all(wire.is_over for broker in cluster.brokers.values() for wire in broker.wires)
    world.run(client.ask(2, MetadataRequest([])))


def test_a_broker_that_hangs_up_later_is_still_a_broker(world):
    cluster = Cluster(world)
    client = world.client(reconnect_backoff_ms=1, reconnect_backoff_max_ms=1)
    world.run(client.cluster.refresh())
    world.run(client.ask(2, MetadataRequest([])))
    for broker in cluster.brokers.values():
        for wire in list(broker.wires):
            wire.end(None)
    cluster.trouble = lambda api, _: "cut before" if api == "ApiVersions" else None
    for node_id in (1, 2, -1):
        with pytest.raises(errors.BrokerConnectionError) as caught:
            world.run(client.ask(node_id, MetadataRequest([])))
        assert caught.value.retriable, node_id


def test_the_bootstrap_connection_ends_when_it_is_of_no_use(world):
    cluster = Cluster(world)
    client = world.client()
    world.run(client.cluster.refresh())
    world.run(client.ask(1, MetadataRequest([])))
    world.run(client.ask(2, MetadataRequest([])))
    world.run(world.engine.sleep(65))
    left = [wire for broker in cluster.brokers.values() for wire in broker.wires if not wire.is_over]
    assert len(left) == 2


def test_reconnecting_slows_down(world):
    client = world.client(reconnect_backoff_ms=100, reconnect_backoff_max_ms=2_000)

    async def ask_for(seconds):
        until = world.engine.now + seconds
        while world.engine.now < until:
            try:
                await client.ask(-1, MetadataRequest([]), timeout_s=until - world.engine.now)
            except errors.GofkaError:
                await world.engine.sleep(0.01)

    world.run(ask_for(20))
    assert 8 <= world.connects <= 20


# Metadata.


def test_a_topic_that_appears(world):
    cluster = Cluster(world)
    client = world.client()
    waiting = world.engine.spawn(client.cluster.topic("new", 30))
    world.run(world.engine.sleep(3))
    assert not waiting.done
    cluster.topics["new"] = cluster.topics["t"]
    world.run_until(lambda: waiting.done)
    assert waiting.result().all == [0, 1, 2]


def test_a_topic_that_never_appears(world):
    Cluster(world)
    client = world.client()
    with pytest.raises(errors.UnknownTopicOrPartitionError, match="'new'"):
        world.run(client.cluster.topic("new", 5))
    assert 5 <= world.engine.now < 7


def test_a_topic_without_leaders_is_asked_for_again(world):
    cluster = Cluster(world, topics={"t": 1})
    client = world.client()
    cluster.topics["t"][0].leader = -1
    info = world.run(client.cluster.topic("t", 5))
    assert info.all == [0] and info.available == []
    assert client.cluster.leader("t", 0) is None
    cluster.topics["t"][0].leader = 2
    world.run_until(lambda: client.cluster.leader("t", 0) == 2, 30)


def test_metadata_comes_of_age(world):
    cluster = Cluster(world, topics={"t": 1})
    client = world.client(metadata_max_age_ms=10_000)
    world.run(client.cluster.topic("t", 5))
    cluster.topics["t"][0].leader = 2
    cluster.topics["t"][0].epoch = 5
    world.run_until(lambda: client.cluster.leader("t", 0) == 2, 15)


def test_a_hint_is_believed_when_it_is_newer(world):
    Cluster(world, topics={"t": 1})
    client = world.client()
    world.run(client.cluster.topic("t", 5))
    known = client.cluster
    assert not known.learn_leader("t", 0, 2, 0)
    assert not known.learn_leader("t", 0, -1, 9)
    assert not known.learn_leader("x", 0, 2, 9)
    assert not known.learn_leader("t", 0, 77, 9)
    assert known.learn_leader("t", 0, 77, 9, [(77, "far", 7, None)])
    assert known.leader("t", 0) == 77
    assert known.brokers[77].address == Address("far", 7)
    # The brokers' own metadata is older than that.
    world.run(known.refresh())
    assert known.leader("t", 0) == 77


def test_a_broker_that_moved_is_connected_anew(world):
    cluster = Cluster(world)
    client = world.client()
    world.run(client.cluster.refresh())
    world.run(client.ask(2, MetadataRequest([])))
    old = next(iter(cluster.brokers[2].wires))
    world.listeners[("elsewhere", 2)] = cluster.brokers[2]
    own = cluster.brokers[1].on_metadata

    def moved(broker, request, version):
        answer = own(request, version, None)
        answer.brokers[1].host = "elsewhere"
        return answer

    cluster.overrides["Metadata"] = moved
    world.run(client.cluster.refresh())
    assert old.is_over
    world.run(client.ask(2, MetadataRequest([])))


def test_starting_over_from_the_bootstrap_servers(world):
    first, second = Cluster(world, 2), None
    client = world.client()
    world.run(client.cluster.topic("t", 5))
    second = Cluster(world, 1, {"t": 1})
    del world.listeners[("broker", 2)]
    world.listeners[("one", 1)] = second.brokers[1]
    for broker in first.brokers.values():
        for wire in list(broker.wires):
            wire.end(None)
    world.listeners[("broker", 1)] = second.brokers[1]
    world.run(client.cluster.refresh())
    assert list(client.cluster.brokers) == [1]


def test_a_broker_can_ask_to_start_over(world):
    cluster = Cluster(world)
    client = world.client()
    world.run(client.cluster.refresh())
    cls = MetadataRequest.response
    cluster.overrides["Metadata"] = lambda *_: cls([], error_code=0) if False else cls(
        brokers=[], topics=[], error_code=129
    )
    with pytest.raises(errors.RebootstrapRequiredError):
        world.run(client.cluster.refresh())
    assert client.cluster.brokers == {}
    cluster.overrides.clear()
    world.run(client.cluster.refresh())
    assert list(client.cluster.brokers) == [1, 2]


def test_topics_that_are_gone_are_forgotten(world):
    cluster = Cluster(world, topics={"t": 1, "u": 1})
    client = world.client()
    client.cluster.watch_all()
    world.run(client.cluster.refresh())
    assert set(client.cluster.topics) == {"t", "u"}
    del cluster.topics["u"]
    world.run(client.cluster.refresh())
    assert set(client.cluster.topics) == {"t"}
    assert set(client.cluster.names.values()) == {"t"}


# Coordinators.


@pytest.mark.parametrize("version", [2, 6])
def test_coordinators_are_found_and_forgotten(world, version):
    cluster = Cluster(world)
    asked = []
    for broker in cluster.brokers.values():
        broker.versions = {10: (0, version)}

    def found(broker, request, at):
        cls = type(request).response
        asked.append(request)
        if at >= 4:
            key = request.coordinator_keys[0]
            return cls(coordinators=[cls.Coordinator(key, 2, "broker", 2)])
        return cls(node_id=2, host="broker", port=2)

    cluster.overrides["FindCoordinator"] = found
    client = world.client()
    assert world.run(client.coordinator("g", GROUP)) == 2
    assert world.run(client.coordinator("g", GROUP)) == 2
    assert len(asked) == 1
    client.forget_coordinator("g", GROUP)
    world.run(client.coordinator("g", GROUP))
    assert len(asked) == 2
