"""The shell of the asyncio clients: the engine runs in turns of the event loop.

Place in the flow: the clients in aio/ hold a LoopShell. Everything happens on the loop it was first used
in; from another loop or thread it raises WrongLoopError, in a forked child ForkedError.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any, Callable, Coroutine, List, Optional, Set, TypeVar, Union

from .._core.ports import Address, Listener
from .._core.tasks import Cancelled, Engine, Promise
from .._errors import BrokerConnectionError, ClientClosedError, TlsError, WrongLoopError
from . import forks

T = TypeVar("T")
Bytes = Union[bytes, bytearray]


class LoopShell:
    """Implements :class:`ports.Ports`."""

    def __init__(self) -> None:
        self.engine = Engine(0.0)
        self.forked = False
        self.closed = False
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._is_scheduled = False
        self._timer: Optional[asyncio.TimerHandle] = None
        self._links: Set[_LoopLink] = set()
        self._connecting: Set["asyncio.Task[None]"] = set()
        forks.note(self)

    def attach(self) -> asyncio.AbstractEventLoop:
        """Bind to the running loop, or make sure that it is the one."""
        if self.forked:
            raise forks.refusal()
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            raise WrongLoopError("there is no running event loop in this thread") from None
        if self._loop is None:
            self._loop = running
            self.engine.now = running.time()
            self.engine.on_work = self._schedule
            self._schedule()
        elif self._loop is not running:
            raise WrongLoopError("this client belongs to another event loop")
        return running

    def time(self) -> float:
        """The loop's clock, in seconds."""
        return self._loop.time() if self._loop is not None else 0.0

    async def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the coroutine that `make` makes in the engine; answers what it answers."""
        loop = self.attach()
        if self.closed:
            raise ClientClosedError("the client is closed")
        self.engine.now = max(self.engine.now, loop.time())
        future: "asyncio.Future[T]" = loop.create_future()
        task = self.engine.spawn(make(), "call")

        def done(promise: Promise[T]) -> None:
            if future.done():
                return
            if promise.error is None:
                future.set_result(promise.value)  # type: ignore[arg-type]
            elif isinstance(promise.error, Cancelled):
                future.cancel()
            else:
                future.set_exception(promise.error)

        task.on_done(done)
        try:
            return await future
        except asyncio.CancelledError:
            task.cancel()
            raise

    def post(self, callback: Callable[..., None], *args: Any) -> None:
        self.attach()
        self.engine.call_soon(callback, *args)

    async def close(self) -> None:
        """Drop all connections. In a forked child nothing is touched: they are the parent's."""
        if self.closed or self.forked:
            return
        loop = self.attach()
        self.engine.run(loop.time())
        self.closed = True
        self.engine.on_work = None
        if self._timer is not None:
            self._timer.cancel()
        for task in list(self._connecting):
            task.cancel()
        ended: List["asyncio.Future[None]"] = []
        for link in list(self._links):
            link.close()
            ended.append(link.ended)
        if self._connecting:
            await asyncio.wait(self._connecting, timeout=2)
        if ended:
            await asyncio.wait(ended, timeout=2)

    def connect(self, address: Address, listener: Listener, tls: Optional[Any]) -> "_LoopLink":
        assert self._loop is not None
        link = _LoopLink(self, self._loop, listener)
        task = self._loop.create_task(self._connect(link, address, tls))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return link

    def wall_ms(self) -> int:
        return int(time.time() * 1000)

    def offload(self, work: Callable[[], T]) -> Promise[T]:
        assert self._loop is not None
        promise: Promise[T] = Promise(self.engine)
        future = self._loop.run_in_executor(None, work)

        def done(finished: "asyncio.Future[T]") -> None:
            error = finished.exception() if not finished.cancelled() else ClientClosedError()
            if error is not None:
                promise.reject(error)
            else:
                promise.resolve(finished.result())

        future.add_done_callback(done)
        return promise

    async def _connect(self, link: "_LoopLink", address: Address, tls: Optional[Any]) -> None:
        assert self._loop is not None
        host, port = address
        name = host if tls is not None else None
        try:
            await self._loop.create_connection(
                lambda: link, host, port, ssl=tls, server_hostname=name, happy_eyeballs_delay=0.25
            )
        except ssl.SSLError as error:
            from .tcp_link import tls_reason

            link.fail(TlsError(f"TLS with {host}:{port}: {tls_reason(error)}"))
        except OSError as error:
            if tls is not None and isinstance(error, ConnectionResetError):
                link.fail(TlsError(f"TLS with {host}:{port}: the connection was closed"))
            else:
                link.fail(BrokerConnectionError(f"{host}:{port}: {error}"))

    def _schedule(self) -> None:
        if not self._is_scheduled and self._loop is not None and not self.closed:
            self._is_scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self.closed or self._loop is None:
            return
        # What the turn itself notes is run in it.
        due = self.engine.run(self._loop.time())
        self._is_scheduled = False
        timer = self._timer
        if due is None:
            if timer is not None:
                timer.cancel()
                self._timer = None
        elif timer is None or timer.when() > due:
            if timer is not None:
                timer.cancel()
            self._timer = self._loop.call_at(due, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._schedule()


class _LoopLink(asyncio.Protocol):
    def __init__(
        self, shell: LoopShell, loop: asyncio.AbstractEventLoop, listener: Listener
    ) -> None:
        self._shell = shell
        self._loop = loop
        self._listener = listener
        self._transport: Optional[asyncio.Transport] = None
        self._early: List[Bytes] = []
        self._written: List[Callable[[], None]] = []
        self._closed = False
        self.ended: "asyncio.Future[None]" = loop.create_future()
        shell._links.add(self)

    # What the core calls.

    def write(self, data: Bytes, on_written: Optional[Callable[[], None]] = None) -> None:
        if self._closed:
            return
        if self._transport is None:
            self._early.append(data)
            if on_written is not None:
                self._written.append(on_written)
            return
        self._transport.write(data)
        if on_written is not None:
            if self._transport.get_write_buffer_size() == 0:
                on_written()
            else:
                self._written.append(on_written)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            if self._shell.forked:
                return
            if self._transport is not None:
                self._transport.abort()
            else:
                self._over()

    def fail(self, error: Optional[BaseException]) -> None:
        if not self._closed:
            self._closed = True
            self._now()
            self._listener.on_closed(error)
        self._over()

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(0)
        if self._closed:
            transport.abort()
            return
        self._now()
        early, self._early = self._early, []
        self._listener.on_open()
        for data in early:
            transport.write(data)
        if transport.get_write_buffer_size() == 0:
            self.resume_writing()

    def data_received(self, data: bytes) -> None:
        if not self._closed:
            self._now()
            self._listener.on_data(data)

    def resume_writing(self) -> None:
        self._now()
        written, self._written = self._written, []
        for callback in written:
            callback()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self.fail(exc)

    def _now(self) -> None:
        engine = self._shell.engine
        engine.now = max(engine.now, self._loop.time())

    def _over(self) -> None:
        self._shell._links.discard(self)
        if not self.ended.done():
            self.ended.set_result(None)
