"""The scheduler: promises, tasks, timers; time is a number."""

import pytest

from gofka._core.tasks import Cancelled, Engine, Promise, Signal, gather
from gofka.errors import ClientTimeoutError


def test_timers_run_in_order_and_can_be_cancelled():
    engine, heard = Engine(), []
    engine.call_later(2, lambda: heard.append(2))
    engine.call_later(1, lambda: heard.append(1))
    engine.call_later(1.5, lambda: heard.append("never")).cancel()
    assert engine.run(0) == 1
    assert engine.run(1) == 2
    assert engine.run(5) is None
    assert heard == [1, 2]


def test_a_clock_that_goes_back_is_not_believed():
    engine = Engine(10)
    engine.run(12)
    engine.run(3)
    assert engine.now == 12


def test_a_task_hands_on_values_and_errors():
    engine = Engine()

    async def inner(value):
        await engine.sleep(1)
        if value < 0:
            raise ValueError(value)
        return value

    async def outer():
        try:
            await inner(-1)
        except ValueError:
            return await inner(7)

    task = engine.spawn(outer())
    engine.run(0)
    engine.run(1)
    engine.run(2)
    assert task.result() == 7


def test_cancelling_runs_finally_blocks():
    engine, heard = Engine(), []

    async def work():
        try:
            await engine.sleep(100)
        finally:
            heard.append("cleaned")

    task = engine.spawn(work())
    engine.run(0)
    task.cancel()
    engine.run(0)
    assert heard == ["cleaned"] and isinstance(task.error, Cancelled)
    task.cancel()
    assert engine.run(200) is None


def test_within_gives_up_and_the_promise_goes_on():
    engine = Engine()
    promise = Promise(engine)
    task = engine.spawn(engine.within(3, promise, "an answer"))
    engine.run(0)
    engine.run(3)
    with pytest.raises(ClientTimeoutError, match="an answer: nothing within 3 s"):
        task.result()
    promise.resolve(1)
    second = engine.spawn(engine.within(3, promise, "an answer"))
    engine.run(3)
    assert second.result() == 1


def test_a_promise_keeps_its_first_answer():
    engine, heard = Engine(), []
    promise = Promise(engine)
    promise.on_done(lambda done: heard.append(done.value))
    promise.resolve(1)
    promise.resolve(2)
    promise.reject(ValueError())
    promise.on_done(lambda done: heard.append(done.value))
    engine.run(0)
    assert heard == [1, 1]


def test_signals_wake_who_waits_and_nobody_else():
    engine = Engine()
    signal = Signal(engine)
    signal.set()
    waiting = engine.spawn(signal.wait())
    late = engine.spawn(signal.wait(1))
    engine.run(0)
    assert not waiting.done
    engine.run(1)
    assert late.result() is False
    signal.set()
    engine.run(1)
    assert waiting.result() is True


def test_gather_waits_for_all_before_it_raises():
    engine, heard = Engine(), []

    async def work(delay):
        await engine.sleep(delay)
        heard.append(delay)
        if delay == 1:
            raise ValueError
        return delay

    task = engine.spawn(gather(engine, [work(1), work(2)]))
    for now in (0, 1, 2):
        engine.run(now)
    assert heard == [1, 2] and isinstance(task.error, ValueError)
    both = engine.spawn(gather(engine, [work(3), work(4)]))
    for now in (2, 5, 6):
        engine.run(now)
    assert both.result() == [3, 4]


def test_a_callback_that_raises_ends_nothing(caplog):
    engine, heard = Engine(), []
    engine.call_soon(lambda: 1 / 0)
    engine.call_soon(heard.append, 1)
    engine.run(0)
    assert heard == [1] and "a callback raised" in caplog.text


def test_a_daemon_that_dies_is_logged(caplog):
    engine = Engine()

    async def dies():
        raise RuntimeError("of old age")

    engine.daemon(dies(), "the daemon")
    engine.run(0)
    assert "the daemon ended by an error" in caplog.text and "of old age" in caplog.text
