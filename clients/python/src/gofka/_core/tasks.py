"""A tiny scheduler for coroutines that never touch the outside world.

The cores of this client are written as ordinary ``async def`` functions. They await only what is
defined here: a :class:`Promise`, :meth:`Engine.sleep`, each other. Nothing here reads a clock or a
socket: a shell (``_shell/threads.py``, ``_shell/loop.py``) calls :meth:`Engine.run` with the time,
from one thread only. So the very same core runs under a thread, under asyncio and in tests whose
time is a number.
"""

from __future__ import annotations

import heapq
import random as random_module
from collections import deque
from typing import Any, Callable, Coroutine, Deque, Generator, Generic, List, Optional, Tuple, TypeVar

from .._log import get_logger
from ..errors import ClientTimeoutError

T = TypeVar("T")
log = get_logger("gofka")


class Cancelled(BaseException):
    """Thrown into a task that is cancelled; not an error of the user's."""


class Promise(Generic[T]):
    """A value that will be there later. Await it, or give it a callback."""

    __slots__ = ("engine", "done", "value", "error", "_callbacks")

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.done = False
        self.value: Optional[T] = None
        self.error: Optional[BaseException] = None
        self._callbacks: Optional[List[Callable[[Promise[T]], None]]] = None

    def resolve(self, value: T) -> None:
        """Fulfil it; a promise that is done already keeps what it has."""
        if not self.done:
            self.value = value
            self._finish()

    def reject(self, error: BaseException) -> None:
        if not self.done:
            self.error = error
            self._finish()

    def result(self) -> T:
        """The value, or raises the error; only once it is done."""
        assert self.done, "the promise is still open"
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]

    def on_done(self, callback: Callable[[Promise[T]], None]) -> None:
        """Call back in a turn of its own, also when it is done already."""
        if self.done:
            self.engine.call_soon(callback, self)
        elif self._callbacks is None:
            self._callbacks = [callback]
        else:
            self._callbacks.append(callback)

    def _finish(self) -> None:
        self.done = True
        callbacks, self._callbacks = self._callbacks, None
        if callbacks:
            for callback in callbacks:
                self.engine.call_soon(callback, self)

    def __await__(self) -> Generator[Promise[T], None, T]:
        if not self.done:
            yield self
        return self.result()


class Task(Promise[T]):
    """A running coroutine, and the promise of its result."""

    __slots__ = ("_coroutine", "_waits_for", "_cancelled", "name")

    def __init__(self, engine: Engine, coroutine: Coroutine[Any, Any, T], name: str) -> None:
        super().__init__(engine)
        self._coroutine = coroutine
        self._waits_for: Optional[Promise[Any]] = None
        self._cancelled = False
        self.name = name
        engine.call_soon(self._step)

    def cancel(self) -> None:
        """Throw :class:`Cancelled` at the point where the coroutine waits."""
        if not self.done and not self._cancelled:
            self._cancelled = True
            self._waits_for = None
            self.engine.call_soon(self._step)

    def _wake(self, promise: Promise[Any]) -> None:
        if self._waits_for is promise:
            self._waits_for = None
            self._step()

    def _step(self) -> None:
        if self.done:
            return
        try:
            if self._cancelled:
                self._cancelled = False
                waits_for = self._coroutine.throw(Cancelled())
            else:
                waits_for = self._coroutine.send(None)
        except StopIteration as end:
            self.resolve(end.value)
        except Cancelled as error:
            self.reject(error)
        except Exception as error:
            self.reject(error)
        else:
            self._waits_for = waits_for
            waits_for.on_done(self._wake)


class Timer:
    """What :meth:`Engine.call_later` answers."""

    __slots__ = ("callback", "at")

    def __init__(self, at: float, callback: Callable[[], None]) -> None:
        self.at = at
        self.callback: Optional[Callable[[], None]] = callback

    def cancel(self) -> None:
        self.callback = None


class Engine:
    """Ready callbacks and timers of one client. Belongs to one thread at a time."""

    def __init__(self, now: float = 0.0, random: Optional[random_module.Random] = None) -> None:
        #: Monotonic seconds, as of this turn.
        self.now = now
        self.random = random if random is not None else random_module.Random()
        self._ready: Deque[Tuple[Callable[..., None], Tuple[Any, ...]]] = deque()
        self._timers: List[Tuple[float, int, Timer]] = []
        self._timer_count = 0
        #: Set by a shell that must hear of work noted outside of `run` (asyncio).
        self.on_work: Optional[Callable[[], None]] = None

    def call_soon(self, callback: Callable[..., None], *args: Any) -> None:
        self._ready.append((callback, args))
        if self.on_work is not None:
            self.on_work()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self.now + max(0.0, delay_s), callback)
        self._timer_count += 1
        heapq.heappush(self._timers, (timer.at, self._timer_count, timer))
        if self.on_work is not None:
            self.on_work()
        return timer

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str = "") -> Task[T]:
        """Start a coroutine. Its error goes to whoever awaits the task; see also :meth:`daemon`."""
        return Task(self, coroutine, name)

    def daemon(self, coroutine: Coroutine[Any, Any, None], name: str) -> Task[None]:
        """Start a coroutine nobody awaits: that it dies of an error is logged."""
        task = Task(self, coroutine, name)
        task.on_done(_log_death)
        return task

    def promise(self) -> Promise[Any]:
        return Promise(self)

    async def sleep(self, delay_s: float) -> None:
        promise: Promise[None] = Promise(self)
        timer = self.call_later(delay_s, lambda: promise.resolve(None))
        try:
            await promise
        finally:
            timer.cancel()

    async def within(self, delay_s: float, promise: Promise[T], what: str) -> T:
        """Await `promise`, but raise :class:`ClientTimeoutError` after `delay_s` seconds.

        The promise goes on; cancel it yourself if it is a task."""
        either: Promise[None] = Promise(self)
        promise.on_done(lambda _: either.resolve(None))
        timer = self.call_later(delay_s, lambda: either.resolve(None))
        try:
            await either
        finally:
            timer.cancel()
        if not promise.done:
            raise ClientTimeoutError(f"{what}: nothing within {delay_s:.3g} s")
        return promise.result()

    def run(self, now: float) -> Optional[float]:
        """Run all that is due at `now`; answers when to be called again, None for "not by time"."""
        self.now = max(self.now, now)
        ready, timers = self._ready, self._timers
        while True:
            while timers and (timers[0][0] <= self.now or timers[0][2].callback is None):
                timer = heapq.heappop(timers)[2]
                if timer.callback is not None:
                    ready.append((timer.callback, ()))
                    timer.callback = None
            if not ready:
                return timers[0][0] if timers else None
            for _ in range(len(ready)):
                callback, args = ready.popleft()
                try:
                    callback(*args)
                except Exception:  # A bug of ours, or of a listener: it must not end the client.
                    log.exception("a callback raised")


class Signal:
    """Many may wait until somebody sets it; setting wakes all who wait at that moment."""

    __slots__ = ("_engine", "_promise")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._promise: Promise[None] = Promise(engine)

    def set(self) -> None:
        promise, self._promise = self._promise, Promise(self._engine)
        promise.resolve(None)

    async def wait(self, timeout_s: Optional[float] = None) -> bool:
        """Wait for the next :meth:`set`; False when `timeout_s` passed before it."""
        promise = self._promise
        if timeout_s is None:
            await promise
            return True
        try:
            await self._engine.within(timeout_s, promise, "signal")
        except ClientTimeoutError:
            return False
        return True


async def gather(engine: Engine, coroutines: List[Coroutine[Any, Any, T]]) -> List[T]:
    """Run them side by side; all end before the first error, if any, is raised."""
    tasks = [engine.spawn(coroutine) for coroutine in coroutines]
    for task in tasks:
        if not task.done:
            finished: Promise[None] = Promise(engine)
            task.on_done(lambda _, finished=finished: finished.resolve(None))  # type: ignore[misc]
            await finished
    return [task.result() for task in tasks]


def _log_death(task: Promise[None]) -> None:
    if task.error is not None and not isinstance(task.error, Cancelled):
        name = task.name if isinstance(task, Task) else ""
        log.error("%s ended by an error", name, exc_info=task.error)
