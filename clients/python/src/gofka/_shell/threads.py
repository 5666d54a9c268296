"""The shell of the blocking clients: one thread that owns the engine and all sockets.

Place in the flow: producer.py, consumer.py and admin.py hold a ThreadShell; user threads hand it
coroutines and callbacks, and wait. The thread starts at the first call, and is a daemon.
"""

from __future__ import annotations

import errno
import logging
import os
import selectors
import socket
import threading
import time
import weakref
from collections import deque
from typing import Any, Callable, Coroutine, Deque, List, Optional, Set, Tuple, TypeVar, Union

from .._core.ports import Address, Listener
from .._core.tasks import Engine, Promise, Task
from .._errors import (
    BrokerConnectionError,
    ClientClosedError,
    ClientTimeoutError,
    ForkedError,
    TlsError,
    WrongThreadError,
)

T = TypeVar("T")
log = logging.getLogger("gofka")
Bytes = Union[bytes, bytearray]

READ_BYTES = 1 << 18
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR, errno.EALREADY)
_shells: "weakref.WeakSet[ThreadShell]" = weakref.WeakSet()


def _after_fork() -> None:
    for shell in list(_shells):
        shell.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class ThreadShell:
    """Implements :class:`ports.Ports`."""

    def __init__(self, name: str = "gofka") -> None:
        self.engine = Engine(time.monotonic())
        self.forked = False
        self.closed = False
        self._name = name
        self._inbox: Deque[Tuple[Callable[..., None], Tuple[Any, ...]]] = deque()
        self._asleep = False
        self._thread: Optional[threading.Thread] = None
        self._start_lock = threading.Lock()
        self._selector: Optional[selectors.BaseSelector] = None
        self._wake_in: Optional[socket.socket] = None
        self._wake_out: Optional[socket.socket] = None
        self._stopping = False
        self._waiting: Set[_Call] = set()
        self._ident = -1
        _shells.add(self)

    # For user threads.

    def post(self, callback: Callable[..., None], *args: Any) -> None:
        """Run a callback on the shell's thread, soon."""
        if self.closed or self.forked:
            self.refuse()
        self._inbox.append((callback, args))
        if self._asleep:
            self._wake()
        elif self._thread is None:
            self._start()

    def run(
        self, make: Callable[[], Coroutine[Any, Any, T]], timeout_s: Optional[float] = None
    ) -> T:
        """Run the coroutine that `make` makes on the shell's thread; wait for what it answers."""
        if threading.get_ident() == self._ident:
            raise WrongThreadError("a blocking call on the client's own thread")
        call = _Call(self, make)
        self.post(call.start)
        try:
            if call.wait(timeout_s):
                return call.result()  # type: ignore[no-any-return]
        except BaseException:
            if not call.over:
                self._inbox.append((call.cancel, ()))
                self._wake()
            raise
        self._inbox.append((call.cancel, ()))
        self._wake()
        raise ClientTimeoutError(f"no answer within {timeout_s:.3g} s")

    def is_own_thread(self) -> bool:
        return threading.get_ident() == self._ident

    @property
    def started(self) -> bool:
        return self._thread is not None

    def stop(self) -> None:
        """Ask the thread to end; do not wait for it."""
        if self.forked or self._stopping:
            return
        self.closed = True
        self._stopping = True
        if self._thread is not None:
            self._wake()

    def close(self, timeout_s: float = 10.0) -> None:
        """End the thread and drop all connections."""
        self.stop()
        thread = self._thread
        if thread is not None and not self.forked and threading.get_ident() != self._ident:
            thread.join(timeout_s)

    def refuse(self) -> None:
        """Raise why it cannot be used."""
        if self.forked:
            raise ForkedError("this client was made before the process forked")
        raise ClientClosedError("the client is closed")

    def _start(self) -> None:
        with self._start_lock:
            if self._thread is not None:
                return
            self._wake_in, self._wake_out = socket.socketpair()
            self._wake_in.setblocking(False)
            self._wake_out.setblocking(False)
            self._selector = selectors.DefaultSelector()
            self._selector.register(self._wake_in, selectors.EVENT_READ, self._woken)
            thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            thread.start()
            self._thread = thread

    def _wake(self) -> None:
        self._asleep = False
        out = self._wake_out
        if out is not None:
            try:
                out.send(b"\0")
            except (BlockingIOError, OSError):
                pass  # Full: it will wake; closed: it has ended.

    # On the shell's thread.

    def connect(self, address: Address, listener: Listener, tls: Optional[Any]) -> "_TcpLink":
        return _TcpLink(self, address, listener, tls)

    def offload(self, work: Callable[[], T]) -> Promise[T]:
        promise: Promise[T] = Promise(self.engine)

        def carry_out() -> None:
            try:
                value = work()
            except BaseException as error:
                self._answer(promise.reject, error)
            else:
                self._answer(promise.resolve, value)

        threading.Thread(target=carry_out, name=f"{self._name} work", daemon=True).start()
        return promise

    def _answer(self, callback: Callable[..., None], value: Any) -> None:
        try:
            self.post(callback, value)
        except (ClientClosedError, ForkedError):
            pass  # Nobody is there to hear it.

    def _woken(self, _mask: int) -> None:
        try:
            assert self._wake_in is not None
            while len(self._wake_in.recv(4096)) == 4096:
                pass
        except (BlockingIOError, InterruptedError):
            pass

    def _loop(self) -> None:
        self._ident = threading.get_ident()
        selector = self._selector
        assert selector is not None
        engine, inbox, monotonic = self.engine, self._inbox, time.monotonic
        try:
            while not self._stopping:
                while inbox:
                    callback, args = inbox.popleft()
                    engine.call_soon(callback, *args)
                    # While we wait we hold on to nobody: a client that is dropped ends its thread.
                    del callback, args
                due = engine.run(monotonic())
                self._asleep = True
                if inbox or self._stopping:
                    self._asleep = False
                    continue
                events = selector.select(None if due is None else max(0.0, due - monotonic()))
                self._asleep = False
                engine.now = max(engine.now, monotonic())
                for key, mask in events:
                    try:
                        key.data(mask)
                    except Exception:  # A bug of ours; it costs that connection, not the thread.
                        log.exception("a socket's callback raised")
                        owner = getattr(key.data, "__self__", None)
                        if isinstance(owner, _TcpLink):
                            engine.call_soon(owner.fail, None)
        finally:
            self._finish()

    def _finish(self) -> None:
        self.closed = True
        self._stopping = True
        selector = self._selector
        if selector is not None:
            for key in list(selector.get_map().values()):
                owner = getattr(key.data, "__self__", None)
                if isinstance(owner, _TcpLink):
                    owner.close()
            selector.close()
        for each in (self._wake_in, self._wake_out):
            if each is not None:
                each.close()
        self._inbox.clear()
        for call in list(self._waiting):
            call.give_up()


class _Call:
    """What a user thread waits for."""

    __slots__ = ("_shell", "_make", "_task", "_lock", "over")

    def __init__(self, shell: ThreadShell, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._shell = shell
        self._make = make
        self._task: Optional[Task[Any]] = None
        self._lock = threading.Lock()
        self._lock.acquire()
        self.over = False
        shell._waiting.add(self)

    def start(self) -> None:
        if self.over:
            return
        self._task = self._shell.engine.spawn(self._make(), "call")
        self._task.on_done(self._done)

    def _done(self, _task: Promise[Any]) -> None:
        self.give_up()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self.give_up()

    def give_up(self) -> None:
        if not self.over:
            self.over = True
            self._shell._waiting.discard(self)
            self._lock.release()

    def wait(self, timeout_s: Optional[float]) -> bool:
        longest = threading.TIMEOUT_MAX
        limit = -1.0 if timeout_s is None else min(max(0.0, timeout_s), longest)
        return self._lock.acquire(timeout=limit)

    def result(self) -> Any:
        task = self._task
        if task is None or not task.done:
            raise ClientClosedError("the client was closed meanwhile")
        return task.result()


class _TcpLink:
    """A socket, perhaps with TLS. Tries all addresses of the name, one after another."""

    def __init__(
        self, shell: ThreadShell, address: Address, listener: Listener, tls: Optional[Any]
    ) -> None:
        self._shell = shell
        self._address = address
        self._listener = listener
        self._tls = tls
        self._socket: Optional[socket.socket] = None
        self._out: Deque[memoryview] = deque()
        self._written: Deque[Callable[[], None]] = deque()
        self._left: List[Tuple[Any, ...]] = []
        self._mask = 0
        self._is_open = False
        self._closed = False
        self._last_error: Optional[BaseException] = None
        host, port = address
        family = socket.AI_NUMERICHOST
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=family)
        except OSError:
            looking = shell.offload(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            looking.on_done(self._resolved)
        else:
            self._left = list(found)
            shell.engine.call_soon(self._try_next)

    def write(self, data: Bytes, on_written: Optional[Callable[[], None]] = None) -> None:
        if self._closed:
            return
        if self._out or not self._is_open:
            self._queue(memoryview(data), on_written)
            return
        assert self._socket is not None
        sent = 0
        try:
            sent = self._socket.send(data)
        except OSError as error:
            if not _would_block(error):
                self._shell.engine.call_soon(self.fail, error)
                return
        if sent < len(data):
            self._queue(memoryview(data)[sent:], on_written)
            self._watch()
        elif on_written is not None:
            on_written()

    def _queue(self, data: memoryview, on_written: Optional[Callable[[], None]]) -> None:
        self._out.append(data)
        if on_written is not None:
            # An empty piece marks the place: what stood before it is written.
            self._out.append(memoryview(b""))
            self._written.append(on_written)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._drop_socket()
        self._out.clear()

    # Connecting.

    def _resolved(self, promise: Promise[List[Tuple[Any, ...]]]) -> None:
        if self._closed:
            return
        if promise.error is not None:
            host = self._address.host
            self.fail(BrokerConnectionError(f"{host} cannot be resolved: {promise.error}"))
            return
        self._left = list(promise.result())
        self._try_next()

    def _try_next(self) -> None:
        if self._closed:
            return
        while self._left:
            family, kind, protocol, _, where = self._left.pop(0)
            try:
                self._socket = made = socket.socket(family, kind, protocol)
                made.setblocking(False)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                code = made.connect_ex(where)
            except OSError as error:
                self._last_error = error
                self._drop_socket()
                continue
            if code == 0 or code in _IN_PROGRESS:
                self._register(selectors.EVENT_WRITE, self._on_connect)
                return
            self._last_error = OSError(code, os.strerror(code))
            self._drop_socket()
        why = self._last_error
        self.fail(BrokerConnectionError(f"{self._address.host}:{self._address.port}: {why}"))

    def _on_connect(self, _mask: int) -> None:
        assert self._socket is not None
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._last_error = OSError(code, os.strerror(code))
            self._drop_socket()
            self._try_next()
            return
        if self._tls is None:
            self._opened()
            return
        self._unregister()
        try:
            self._socket = self._tls.wrap_socket(
                self._socket,
                server_hostname=self._address.host,
                do_handshake_on_connect=False,
            )
        except (OSError, ValueError) as error:
            self.fail(TlsError(f"{self._address.host}: {error}"))
            return
        self._register(selectors.EVENT_WRITE | selectors.EVENT_READ, self._on_handshake)

    def _on_handshake(self, _mask: int) -> None:
        handshake: Any = self._socket
        try:
            handshake.do_handshake()
        except OSError as error:
            if _would_block(error):
                wants_write = type(error).__name__ == "SSLWantWriteError"
                self._modify(selectors.EVENT_WRITE if wants_write else selectors.EVENT_READ)
                return
            where = f"{self._address.host}:{self._address.port}"
            self.fail(TlsError(f"TLS with {where}: {_tls_reason(error)}"))
        else:
            self._opened()

    def _opened(self) -> None:
        self._is_open = True
        self._unregister()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._register(mask, self._on_event)
        self._listener.on_open()

    # Open.

    def _on_event(self, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ and not self._closed:
            self._read()

    def _flush(self) -> None:
        assert self._socket is not None
        out = self._out
        try:
            while out:
                piece = out[0]
                if not piece:
                    out.popleft()
                    self._written.popleft()()
                    continue
                sent = self._socket.send(piece)
                if sent == len(piece):
                    out.popleft()
                else:
                    out[0] = piece[sent:]
        except OSError as error:
            if not _would_block(error):
                self.fail(error)
                return
        self._watch()

    def _read(self) -> None:
        made: Any = self._socket
        assert made is not None
        try:
            data = made.recv(READ_BYTES)
            while data and not self._closed:
                self._listener.on_data(data)
                if len(data) < READ_BYTES and not (self._tls is not None and made.pending()):
                    return
                if self._closed:
                    return
                data = made.recv(READ_BYTES)
        except OSError as error:
            if not _would_block(error):
                self.fail(error)
            return
        if not data and not self._closed:
            self.fail(None)

    def _watch(self) -> None:
        if self._closed:
            return
        self._modify(selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0))

    def fail(self, error: Optional[BaseException]) -> None:
        if not self._closed:
            self.close()
            self._listener.on_closed(error)

    # The selector.

    def _register(self, mask: int, callback: Callable[[int], None]) -> None:
        assert self._socket is not None and self._shell._selector is not None
        self._mask = mask
        self._shell._selector.register(self._socket, mask, callback)

    def _modify(self, mask: int) -> None:
        if mask != self._mask and self._socket is not None and self._shell._selector is not None:
            self._mask = mask
            key = self._shell._selector.get_key(self._socket)
            self._shell._selector.modify(self._socket, mask, key.data)

    def _unregister(self) -> None:
        selector = self._shell._selector
        if self._socket is not None and selector is not None and self._mask:
            self._mask = 0
            try:
                selector.unregister(self._socket)
            except (KeyError, ValueError):
                pass

    def _drop_socket(self) -> None:
        self._unregister()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _would_block(error: OSError) -> bool:
    """Also of TLS, whose module is loaded by those only who use it."""
    if isinstance(error, (BlockingIOError, InterruptedError)):
        return True
    return type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError")


def _tls_reason(error: OSError) -> str:
    reason = getattr(error, "reason", None) or str(error) or "the connection was closed"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return f"{reason}, so this is perhaps a plaintext port"
    verify = getattr(error, "verify_message", None)
    return f"{reason}: {verify}" if verify else str(reason)
