"""The shell of the blocking clients: one thread that owns the engine and all sockets.

Place in the flow: producer.py, consumer.py and admin.py hold a ThreadShell; user threads hand it
coroutines and callbacks, and wait. The thread starts at the first call, and is a daemon.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import deque
from typing import Any, Callable, Coroutine, Deque, Optional, Set, Tuple, TypeVar

from .._core.ports import Address, Listener
from .._core.tasks import Engine, Promise, Task
from .._errors import (
    ClientClosedError,
    ClientTimeoutError,
    ForkedError,
    WrongThreadError,
)
from .._log import get_logger
from . import forks
from .tcp_link import TcpLink

T = TypeVar("T")
log = get_logger("gofka")


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
        forks.note(self)

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
            raise forks.refusal()
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

    def connect(self, address: Address, listener: Listener, tls: Optional[Any]) -> TcpLink:
        return TcpLink(self, address, listener, tls)

    def wall_ms(self) -> int:
        return int(time.time() * 1000)

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
                        if isinstance(owner, TcpLink):
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
                if isinstance(owner, TcpLink):
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
