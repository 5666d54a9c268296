"""Bad addresses, TLS, and what is no broker: a typed error in time, no hang, nothing left behind."""

import asyncio
import os
import socket
import ssl
import threading
import time

import pytest

import gofka.errors as errors
from certificates import Certificates
from conftest import fresh_name
from gofka import Producer, aio


class Server:
    """Answers each connection by a function, in a thread of its own."""

    def __init__(self, serve, family=socket.AF_INET, host="127.0.0.1"):
        self.listener = socket.create_server((host, 0), family=family)
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        self.stopping = False
        self.open = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        try:
            self.serve(connection)
        except OSError:
            pass

    def close(self):
        self.stopping = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.close()


@pytest.fixture
def serve():
    made = []

    def make(function, **how):
        made.append(Server(function, **how))
        return made[-1]

    yield make
    for server in made:
        server.close()


def pump(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def forward_to(port, wrap=None):
    """A server's function: passes everything on to the broker, perhaps with TLS taken off."""

    def serve(connection):
        try:
            outside = wrap(connection) if wrap else connection
        except (OSError, ssl.SSLError):
            connection.close()
            return
        inside = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=pump, args=(outside, inside), daemon=True).start()
        pump(inside, outside)

    return serve


def try_both(bootstrap, expected, match=None, within_s=15, **options):
    """The blocking and the asyncio producer raise the same."""
    options = {"max_block_ms": 1_500, "socket_connection_setup_timeout_ms": 1_000, **options}
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None

    def blocking():
        with Producer(bootstrap_servers=bootstrap, **options) as producer:
            producer.send("t", b"x").get(10)

    async def twin():
        async with aio.Producer(bootstrap_servers=bootstrap, **options) as producer:
            await (await producer.send("t", b"x"))

    for attempt in (blocking, lambda: asyncio.run(twin())):
        start = time.monotonic()
        with pytest.raises(expected, match=match):
            attempt()
        assert time.monotonic() - start < within_s
    if descriptors is not None:
        deadline = time.monotonic() + 5
        while len(os.listdir("/proc/self/fd")) > descriptors + 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        # Each server's own end may still be open; ours may not.


def test_no_broker():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    try_both(f"127.0.0.1:{port}", errors.NoBrokersError, f"127.0.0.1:{port}")


def test_a_name_that_does_not_exist():
    try_both("no-such-host.invalid:9092", errors.GofkaError, "no-such-host.invalid")


def test_http(serve):
    def answer(connection):
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    server = serve(answer)
    try_both(f"127.0.0.1:{server.port}", errors.NotKafkaError, "HTTP")


def test_something_that_says_nothing(serve):
    server = serve(lambda connection: time.sleep(5))
    try_both(f"127.0.0.1:{server.port}", (errors.BrokerConnectionError, errors.ClientTimeoutError))


def test_something_that_says_nonsense(serve):
    def answer(connection):
        connection.recv(1000)
        connection.sendall(bytes(range(256)))

    server = serve(answer)
    try_both(f"127.0.0.1:{server.port}", errors.NotKafkaError)


def test_something_that_hangs_up(serve):
    def answer(connection):
        connection.recv(1000)
        connection.shutdown(socket.SHUT_RDWR)

    server = serve(answer)
    try_both(f"127.0.0.1:{server.port}", errors.NotKafkaError, "TLS")


def test_tls_to_a_plaintext_port(bootstrap):
    try_both(bootstrap, errors.TlsError, security_protocol="SSL")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def tls_front(serve, make_broker, certificates):
    """make(mutual=False, names=...) -> port of a TLS listener before a broker of its own."""

    def make(mutual=False, names="DNS:localhost,IP:127.0.0.1"):
        files = certificates.make("server", names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        if mutual:
            context.load_verify_locations(certificates.path("ca.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        held = {}
        wrap = lambda connection: context.wrap_socket(connection, server_side=True)  # noqa: E731
        front = serve(lambda connection: forward_to(held["port"], wrap)(connection))
        broker = make_broker({"advertised.listeners": f"PLAINTEXT://localhost:{front.port}"})
        held["port"] = broker.port
        return front.port

    return make


def send_both(bootstrap, **options):
    topic = fresh_name("tls")
    with Producer(bootstrap_servers=bootstrap, **options) as producer:
        for _ in range(3):
            producer.send(topic, os.urandom(300_000)).get(30)

    async def main():
        async with aio.Producer(bootstrap_servers=bootstrap, **options) as producer:
            for _ in range(3):
                await producer.send_and_wait(topic, os.urandom(300_000))

    asyncio.run(main())


def test_tls(tls_front, certificates):
    port = tls_front()
    ca = certificates.path("ca.pem")
    send_both(f"localhost:{port}", security_protocol="SSL", ssl_cafile=ca)
    context = ssl.create_default_context(cafile=ca)
    send_both(f"localhost:{port}", security_protocol="SSL", ssl_context=context)
    # An authority that nobody knows, and no TLS at all.
    try_both(f"localhost:{port}", errors.TlsError, "CERTIFICATE_VERIFY", security_protocol="SSL")
    try_both(f"localhost:{port}", errors.NotKafkaError, "TLS")


def test_tls_of_another_name(tls_front, certificates):
    port = tls_front(names="DNS:elsewhere")
    options = {"security_protocol": "SSL", "ssl_cafile": certificates.path("ca.pem")}
    try_both(f"localhost:{port}", errors.TlsError, "[Hh]ostname mismatch", **options)
    send_both(f"localhost:{port}", ssl_check_hostname=False, **options)


def test_mutual_tls(tls_front, certificates):
    port = tls_front(mutual=True)
    own, key = certificates.make("client")
    options = {"security_protocol": "SSL", "ssl_cafile": certificates.path("ca.pem")}
    send_both(f"localhost:{port}", ssl_certfile=own, ssl_keyfile=key, **options)
    with pytest.raises(errors.GofkaError):
        with Producer(
            bootstrap_servers=f"localhost:{port}", max_block_ms=1_500, **options
        ) as producer:
            producer.send("t", b"x").get(10)


def test_ipv6(serve, make_broker):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    held = {}
    try:
        front = serve(
            lambda connection: forward_to(held["port"])(connection),
            family=socket.AF_INET6,
            host="::1",
        )
    except OSError:
        pytest.skip("no IPv6 here")
    broker = make_broker({"advertised.listeners": f"PLAINTEXT://[::1]:{front.port}"})
    held["port"] = broker.port
    send_both(f"[::1]:{front.port}")
