"""What may be wrong around consumers and the admin: a typed error in time, no hang, no thread or socket left."""

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import sys
import threading
import time

import pytest
from conftest import wait_for

from gofka import Admin, Consumer, RebalanceListener
from gofka import aio, errors

#: What a call below may take, with what a loaded machine adds.
SHORT = {
    "request_timeout_ms": 1000,
    "default_api_timeout_ms": 1500,
    "socket_connection_setup_timeout_ms": 1000,
}
LIMIT_S = 30


@pytest.fixture
def server():
    """server(answer) -> host:port; `answer` is told what came and answers bytes, or None to hang up."""
    listeners = []

    def start(answer):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection):
            with connection, contextlib.suppress(OSError):
                while True:
                    heard = connection.recv(65536)
                    said = answer(heard)
                    if not heard or said is None:
                        return
                    connection.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def sockets():
    """How many sockets this process has open."""
    if sys.platform != "linux":
        return 0
    count = 0
    for each in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{each}").startswith("socket:")
    return count


def all_ways(bootstrap, **options):
    """The same by everything that reads or administers."""
    options = {"bootstrap_servers": bootstrap, **SHORT, **options}

    def consumer():
        with Consumer("t", **options) as consumer:
            consumer.poll(LIMIT_S * 1000)
            consumer.poll(LIMIT_S * 1000)

    def admin():
        with Admin(**options) as admin:
            admin.list_topics()

    async def aio_consumer():
        async with aio.Consumer("t", **options) as consumer:
            await consumer.poll(LIMIT_S * 1000)
            await consumer.poll(LIMIT_S * 1000)

    async def aio_admin():
        async with aio.Admin(**options) as admin:
            await admin.list_topics()

    return [consumer, admin, lambda: asyncio.run(aio_consumer()), lambda: asyncio.run(aio_admin())]


def check(expected, bootstrap, **options):
    gc.collect()
    before = sockets()
    for attempt in all_ways(bootstrap, **options):
        begin = time.monotonic()
        with pytest.raises(expected):
            attempt()
        assert time.monotonic() - begin < LIMIT_S
    gc.collect()
    # The other side's ends close when their threads have noticed.
    wait_for(lambda: sockets() <= before, "that no socket is left")


def test_no_broker():
    check(errors.NoBrokersError, "127.0.0.1:1")


def test_a_name_that_there_is_not():
    check(errors.BrokerConnectionError, "no-such-host.invalid:9092")


def test_something_else_is_listening(server):
    check(errors.NotKafkaError, server(lambda heard: b"HTTP/1.1 400 Bad Request\r\n\r\n"))


def test_it_hangs_up(server):
    check(errors.BrokerConnectionError, server(lambda heard: None))


def test_it_says_nothing(server):
    check((errors.ClientTimeoutError, errors.BrokerConnectionError), server(lambda heard: b""))


def test_tls_to_a_plaintext_port(bootstrap):
    context = ssl.create_default_context()
    check((errors.TlsError, errors.BrokerConnectionError), bootstrap, security_protocol="SSL", ssl_context=context)


def test_sasl_where_there_is_none(bootstrap):
    options = {"sasl_mechanism": "PLAIN", "sasl_plain_username": "u", "sasl_plain_password": "p"}
    check(errors.GofkaError, bootstrap, security_protocol="SASL_PLAINTEXT", **options)


def test_a_topic_that_cannot_be(bootstrap):
    with Consumer("a b", bootstrap_servers=bootstrap, **SHORT) as consumer:
        with pytest.raises(errors.InvalidTopicError):
            consumer.poll(LIMIT_S * 1000)


def test_a_topic_that_there_is_not(bootstrap):
    with Consumer("never", bootstrap_servers=bootstrap, allow_auto_create_topics=False, **SHORT) as consumer:
        assert consumer.poll(100) == {}
        assert consumer.partitions_for_topic("never") is None
        from gofka import TopicPartition

        with pytest.raises(errors.UnknownTopicOrPartitionError):
            consumer.end_offsets([TopicPartition("never", 0)], timeout_ms=500)


def test_callbacks_that_raise(bootstrap, make_topic, fill):
    name = make_topic(1)
    fill(name, 3)

    class Raises(RebalanceListener):
        def on_partitions_revoked(self, revoked):
            raise RuntimeError("at the end")

    consumer = Consumer(bootstrap_servers=bootstrap, group_id=name, auto_offset_reset="earliest")
    consumer.subscribe([name], listener=Raises())
    assert next(consumer).offset == 0
    consumer.commit_async(callback=lambda *_: 1 / 0)
    consumer.commit()
    with pytest.raises(RuntimeError, match="at the end"):
        consumer.close()
    # It has ended all the same.
    assert consumer._shell.closed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_fork_after_start(bootstrap, make_topic, fill):
    name = make_topic(1)
    fill(name, 2)
    with Consumer(name, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        assert next(consumer).offset == 0
        child = os.fork()
        if child == 0:
            code = 1
            try:
                consumer.topics()
            except errors.ForkedError:
                code = 0
            finally:
                consumer.close()
                os._exit(code)
        assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0
        assert next(consumer).offset == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_fork_of_a_process_with_an_event_loop(bootstrap, make_topic, fill):
    name = make_topic(1)
    fill(name, 2)

    async def in_the_child(consumer, producer):
        for use in (consumer.poll, lambda: producer.send(name, b"x"), producer.flush):
            try:
                await use()
            except errors.ForkedError:
                continue
            return 1
        await consumer.close()
        await producer.close()
        return 0

    async def main():
        async with aio.Consumer(
            name, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
        ) as consumer, aio.Producer(bootstrap_servers=bootstrap) as producer:
            assert (await consumer.__anext__()).offset == 0
            assert (await producer.send_and_wait(name, b"y")).offset == 2
            child = os.fork()
            if child == 0:
                code = 2
                try:
                    work = in_the_child(consumer, producer)
                    try:
                        work.send(None)  # It waits for nothing.
                    except StopIteration as end:
                        code = end.value
                finally:
                    os._exit(code)
            assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0
            # The parent goes on with its connections.
            assert (await consumer.__anext__()).offset == 1
            assert (await producer.send_and_wait(name, b"z")).offset == 3

    asyncio.run(main())


def test_calls_within_the_clients_own_thread(bootstrap, make_topic):
    name = make_topic(1)
    seen = []
    done = threading.Event()
    with Consumer(bootstrap_servers=bootstrap, group_id=name) as consumer:
        from gofka import TopicPartition

        tp = TopicPartition(name, 0)
        consumer.assign([tp])

        def callback(offsets, error):
            try:
                consumer.position(tp)
            except errors.GofkaError as error:
                seen.append(type(error))
            done.set()

        consumer.commit_async({tp: 0}, callback)
        assert done.wait(LIMIT_S)
    assert seen == [errors.WrongThreadError]


def test_an_event_loop_that_has_ended(bootstrap, make_topic):
    consumers = []

    async def first():
        consumers.append(aio.Consumer(make_topic(1), bootstrap_servers=bootstrap))
        await consumers[0].poll(10)
        await consumers[0].close()

    asyncio.run(first())

    async def second():
        with pytest.raises(errors.ClientClosedError):
            await consumers[0].poll(0)

    asyncio.run(second())
