"""What the tests share: a broker to run against, topics, and who looks that nothing is left behind.

    pytest tests/unit                          no broker
    pytest                                     starts a Gofka node from the sources
    pytest --against kafka                     starts a real Kafka 4.3.1 (bench/peer of the repository)
    pytest --bootstrap 127.0.0.1:9092          uses one that is up
"""

import itertools
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples each time, so that a failure is somebody's doing; --hypothesis-profile=explore looks
# for others.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("fixed")

ROOT = Path(__file__).resolve().parents[3]
#: What every broker of the tests is set to; names are Kafka's.
SETTINGS = {
    "group.initial.rebalance.delay.ms": "0",
    "group.consumer.min.heartbeat.interval.ms": "100",
    "group.consumer.heartbeat.interval.ms": "200",
    "group.min.session.timeout.ms": "500",
    "group.consumer.regex.refresh.interval.ms": "10000",
}


def pytest_addoption(parser):
    parser.addoption("--against", choices=["gofka", "kafka"], default="gofka")
    parser.addoption("--bootstrap", default=None, help="a broker that is up already")


class Broker:
    """A process that serves Kafka clients."""

    def __init__(self, kind, directory, settings, port=0, listeners=None):
        self.kind = kind
        self.directory = Path(directory)
        self.settings = {**SETTINGS, **settings}
        self.port = port
        self.process = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def start(self):
        pairs = [word for each in self.settings.items() for word in ("--set", "=".join(each))]
        if self.kind == "kafka":
            words = ["bench/peer/kafka.ts", "--port", str(self.port), "--dir", str(self.directory)]
        else:
            words = ["src/main.ts", "start", "--port", str(self.port), "--hosts", "1"]
            words += ["--data-dir", str(self.directory)]
        path = os.pathsep.join((str(ROOT / "node_modules" / ".bin"), os.environ.get("PATH", "")))
        self.log = open(f"{self.directory}.log", "ab")
        self.process = subprocess.Popen(
            [shutil.which("node", path=path) or "node", *words, *pairs],
            cwd=ROOT,
            env={**os.environ, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
        )
        line = self.process.stdout.readline().decode()
        if " ready at " not in line:
            raise RuntimeError(f"the broker did not start, see {self.log.name}: {line}")
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(30)
        if self.process is not None:
            self.process.stdout.close()
            self.log.close()


@pytest.fixture(scope="session")
def against(request):
    return request.config.getoption("--against")


@pytest.fixture(scope="session")
def bootstrap(request, against, tmp_path_factory):
    """host:port of the broker that most tests share."""
    given = request.config.getoption("--bootstrap")
    if given is not None:
        yield given
        return
    broker = Broker(against, tmp_path_factory.mktemp("broker") / "data", {}).start()
    yield broker.bootstrap
    broker.stop()


@pytest.fixture
def make_broker(against, tmp_path):
    """Brokers of a test's own, to be stopped or set up otherwise: make_broker(**settings)."""
    made = []

    def make(settings=None, kind=None):
        broker = Broker(kind or against, tmp_path / f"broker-{len(made)}", settings or {})
        made.append(broker)
        return broker.start()

    yield make
    for broker in made:
        broker.stop()


_numbers = itertools.count()


def fresh_name(what="t"):
    return f"{what}-{os.getpid()}-{next(_numbers)}-{time.time_ns() % 10**9}"


@pytest.fixture(scope="session")
def admin(bootstrap):
    from gofka import Admin

    with Admin(bootstrap_servers=bootstrap) as admin:
        yield admin


@pytest.fixture
def make_topic(admin):
    """make_topic(partitions=1, name=None, **configs) -> its name; dots in configs are written as __."""
    from gofka.admin import NewTopic

    made = []

    def make(partitions=1, name=None, **configs):
        name = name or fresh_name()
        settings = {key.replace("__", "."): str(value) for key, value in configs.items()}
        admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
        made.append(name)
        admin.wait_for_topics([name])
        return name

    yield make
    if made:
        admin.delete_topics(made)


def wait_for(condition, what="it", seconds=30):
    """Poll a condition; the time is only there so that a failure ends."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {seconds} s")
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def nothing_left_behind(request):
    """No thread of ours, and no file descriptor of a test's own, outlives it."""
    before = {each for each in threading.enumerate() if each.name.startswith("gofka")}
    yield
    deadline = time.monotonic() + 10
    while True:
        left = {each for each in threading.enumerate() if each.name.startswith("gofka")} - before
        # The session's admin client has a thread that the first test brings up.
        left = {each for each in left if "admin" not in each.name}
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    assert not left, f"threads are left: {left}"


@pytest.fixture
def fill(bootstrap):
    """fill(topic, count, partition=None, **options): writes value-0, value-1... with keys key-0..."""
    from gofka import Producer

    def write(topic, count, partition=None, first=0, **options):
        with Producer(bootstrap_servers=bootstrap, **options) as producer:
            sent = [
                producer.send(topic, b"value-%d" % i, key=b"key-%d" % i, partition=partition)
                for i in range(first, first + count)
            ]
            return [each.get(30) for each in sent]

    return write
