"""A world without sockets and clocks: brokers in memory behind the core's ports, time that is a number.

Everything random comes from one seed, so what fails once fails again.
"""

import importlib
import random
from struct import unpack_from

from gofka._core import record_batch
from gofka._core.client import Client
from gofka._core.options import Common, Given
from gofka._core.tasks import Engine, Promise
from gofka._protocol.registry import HOMES
from gofka.errors import BY_CODE

CODES = {cls.name: code for code, cls in BY_CODE.items()}


def _requests():
    found = {}
    for name, home in HOMES.items():
        if name.endswith("Request"):
            cls = getattr(importlib.import_module(f"gofka._protocol.{home}"), name)
            found[cls.api_key] = cls
    return found


REQUESTS = _requests()


class World:
    """Implements the core's ports."""

    def __init__(self, seed=0):
        self.random = random.Random(seed)
        self.engine = Engine(0.0, random.Random(seed + 1))
        #: By (host, port).
        self.listeners = {}
        self.connects = 0

    def connect(self, address, listener, tls):
        self.connects += 1
        return Wire(self, self.listeners.get(tuple(address)), listener)

    def wall_ms(self):
        return 1_700_000_000_000 + int(self.engine.now * 1000)

    def offload(self, work):
        promise = Promise(self.engine)
        try:
            promise.resolve(work())
        except BaseException as error:
            promise.reject(error)
        return promise

    def run(self, coroutine, limit_s=3600.0):
        """Run until the coroutine is done; time passes as fast as there is something to do."""
        task = self.engine.spawn(coroutine)
        self.run_until(lambda: task.done, limit_s)
        return task.result()

    def run_until(self, condition, limit_s=3600.0):
        end = self.engine.now + limit_s
        due = self.engine.run(self.engine.now)
        while not condition():
            if due is None:
                raise AssertionError("nothing is left to happen")
            if due > end:
                raise AssertionError(f"not within {limit_s} s")
            due = self.engine.run(due)

    def client(self, **options):
        options.setdefault("bootstrap_servers", "one:1")
        return Client(self, Common(Given(options)))


class Wire:
    """Both ends of a connection."""

    def __init__(self, world, server, listener):
        self.world = world
        self.server = server
        self.listener = listener
        self.is_over = False
        self.received = b""
        if server is None:
            self.later(lambda: self.end(ConnectionRefusedError("refused")))
        else:
            self.later(self.open)

    def later(self, callback, delay_s=0.001):
        self.world.engine.call_later(delay_s, lambda: None if self.is_over else callback())

    def open(self):
        self.listener.on_open()
        self.server.on_connect(self)

    def write(self, data, on_written=None):
        if not self.is_over:
            copy = bytes(data)
            self.later(lambda: self.server.on_data(self, copy))
            if on_written is not None:
                self.later(on_written)

    def close(self):
        self.is_over = True

    # The server's end.

    def send(self, data, delay_s=0.001):
        self.later(lambda: self.listener.on_data(data), delay_s)

    def end(self, error=None):
        if not self.is_over:
            self.is_over = True
            self.listener.on_closed(error)


class Parrot:
    """A server that says one thing whenever it hears something."""

    def __init__(self, said):
        self.said = said

    def on_connect(self, wire):
        pass

    def on_data(self, wire, data):
        if self.said is None:
            wire.end(None)
        else:
            wire.send(self.said)


class Cluster:
    """Some brokers with the same topics. `trouble` decides what goes wrong, request by request."""

    def __init__(self, world, brokers=2, topics=None):
        self.world = world
        self.topics = {name: [Partition(i % brokers + 1) for i in range(count)]
                       for name, count in (topics or {"t": 3}).items()}
        self.brokers = {i + 1: Broker(self, i + 1) for i in range(brokers)}
        for i in self.brokers:
            world.listeners[("broker", i)] = self.brokers[i]
        world.listeners[("one", 1)] = self.brokers[1]
        self.producer_ids = 0
        self.trouble = lambda api, broker: None
        self.overrides = {}

    def leader_moves(self):
        partition = self.world.random.choice(
            [each for partitions in self.topics.values() for each in partitions]
        )
        partition.leader = self.world.random.choice(list(self.brokers))
        partition.epoch += 1


class Partition:
    def __init__(self, leader):
        self.leader = leader
        self.epoch = 0
        self.values = []
        #: By producer id: its epoch, next sequence, and the batches it wrote last.
        self.producers = {}

    def append(self, batch, size_max=1 << 20):
        """The error's name or None, and the base offset."""
        if batch.size > size_max:
            return "MESSAGE_TOO_LARGE", -1
        records = batch.records("", 0)
        if batch.producer_id >= 0:
            epoch, expected, last = self.producers.get(batch.producer_id, (-1, 0, {}))
            if batch.producer_epoch < epoch:
                return "INVALID_PRODUCER_EPOCH", -1
            if batch.producer_epoch > epoch:
                expected, last = 0, {}
            if batch.base_sequence in last:
                return None, last[batch.base_sequence]
            if batch.base_sequence != expected:
                return "OUT_OF_ORDER_SEQUENCE_NUMBER", -1
            last = dict(list(last.items())[-4:])
            last[batch.base_sequence] = len(self.values)
            following = expected + batch.count
            self.producers[batch.producer_id] = (batch.producer_epoch, following, last)
        base = len(self.values)
        self.values += [record.value for record in records]
        return None, base


class Broker:
    """One broker: takes a request apart and answers it by the method of its name."""

    def __init__(self, cluster, node_id):
        self.cluster = cluster
        self.world = cluster.world
        self.node_id = node_id
        self.wires = set()
        self.versions = {}
        self.size_max = 1 << 20
        self.asked = []

    def on_connect(self, wire):
        self.wires.add(wire)

    def on_data(self, wire, data):
        wire.received += data
        while len(wire.received) >= 4:
            (size,) = unpack_from(">i", wire.received)
            if len(wire.received) < size + 4:
                return
            frame, wire.received = wire.received[4 : size + 4], wire.received[size + 4 :]
            self.on_request(wire, frame)
            if wire.is_over:
                return

    def on_request(self, wire, frame):
        key, version, correlation, name_bytes = unpack_from(">hhih", frame)
        cls = REQUESTS[key]
        start = 10 + max(0, name_bytes) + (1 if version >= cls.headers_from else 0)
        api = cls.__name__[: -len("Request")]
        head = correlation.to_bytes(4, "big")
        if version >= cls.headers_from and key != 18:
            head += b"\0"
        low, high = self.versions.get(key, cls.versions)
        if key == 18 and not low <= version <= high:
            refusal = cls.response(35, [cls.response.ApiKey(18, low, high)])
            self._answer(wire, head + refusal.encode(0))
            return
        assert low <= version <= high, f"{api} v{version}"
        request = cls.decode(memoryview(frame), version, start)
        self.asked.append(api)
        trouble = self.cluster.trouble(api, self)
        if trouble == "cut before":
            wire.end(ConnectionResetError("cut"))
            return
        made = self.cluster.overrides.get(api)
        answer = None
        if made is not None:
            answer = made(self, request, version)
        if answer is None:
            answer = getattr(self, f"on_{HOMES[cls.__name__]}")(request, version, trouble)
        if trouble == "cut after":
            wire.end(ConnectionResetError("cut"))
        elif trouble != "silence" and not (key == 0 and request.acks == 0):
            self._answer(wire, head + answer.encode(version))

    def _answer(self, wire, data):
        # Answers of one connection stay in order.
        delay = 0.001 + self.world.random.random() * 0.005
        at = max(self.world.engine.now + delay, getattr(wire, "last_answer", 0.0) + 1e-6)
        wire.last_answer = at
        framed = len(data).to_bytes(4, "big") + data
        cut = self.world.random.randrange(len(framed))
        wire.send(framed[:cut], at - self.world.engine.now)
        wire.send(framed[cut:], at - self.world.engine.now)

    def on_api_versions(self, request, version, trouble):
        cls = type(request).response
        keys = [cls.ApiKey(key, *self.versions.get(key, each.versions))
                for key, each in REQUESTS.items()]
        return cls(0, keys)

    def on_metadata(self, request, version, trouble):
        cls = type(request).response
        asked = None if request.topics is None else [topic.name for topic in request.topics]
        topics = []
        for name in self.cluster.topics if asked is None else asked:
            partitions = self.cluster.topics.get(name)
            if partitions is None:
                topics.append(cls.Topic(3, name))
                continue
            told = [cls.Topic.Partition(0, i, each.leader, each.epoch, [1], [1])
                    for i, each in enumerate(partitions)]
            topics.append(cls.Topic(0, name, name.encode().ljust(16, b"\1"), False, told))
        brokers = [cls.Broker(i, "broker", i) for i in self.cluster.brokers]
        return cls(0, brokers, "world", 1, topics)

    def on_init_producer_id(self, request, version, trouble):
        self.cluster.producer_ids += 1
        return type(request).response(0, 0, 1000 + self.cluster.producer_ids, 0)

    def on_produce(self, request, version, trouble):
        cls = type(request).response
        topics = []
        for topic in request.topic_data:
            name = topic.name if version < 13 else topic.topic_id.rstrip(b"\1").decode()
            answers = []
            for data in topic.partition_data:
                partition = self.cluster.topics[name][data.index]
                [batch] = record_batch.batches(bytes(data.records))
                hint = None
                if partition.leader != self.node_id:
                    error, base = "NOT_LEADER_OR_FOLLOWER", -1
                    if version >= 10 and self.world.random.random() < 0.5:
                        hint = cls.Response.PartitionResponse.CurrentLeader(
                            partition.leader, partition.epoch
                        )
                elif trouble in CODES:
                    error, base = trouble, -1
                else:
                    error, base = partition.append(batch, self.size_max)
                code = 0 if error is None else CODES[error]
                answer = cls.Response.PartitionResponse(data.index, code, base, current_leader=hint)
                answers.append(answer)
            topics.append(cls.Response(topic.name, topic.topic_id, answers))
        return cls(topics)
