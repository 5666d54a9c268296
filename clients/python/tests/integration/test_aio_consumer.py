"""The consumer for asyncio: the same, awaited."""

import asyncio

import pytest
from conftest import fresh_name

from gofka import OffsetAndMetadata, TopicPartition
from gofka import errors
from gofka.aio import Consumer, RebalanceListener


async def until(condition, seconds=30):
    async def wait():
        while not await condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), seconds)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_group(bootstrap, make_topic, fill, protocol):
    name, group = make_topic(2), fresh_name("g")
    fill(name, 100)
    calls = []

    class Told(RebalanceListener):
        async def on_partitions_assigned(self, assigned):
            await asyncio.sleep(0)
            calls.append(("+", len(assigned)))

        def on_partitions_revoked(self, revoked):
            calls.append(("-", len(revoked)))

    options = {
        "bootstrap_servers": bootstrap,
        "group_id": group,
        "group_protocol": protocol,
        "auto_offset_reset": "earliest",
        "heartbeat_interval_ms": 100,
    }

    async def main():
        read = []
        async with Consumer(**options) as consumer:
            await consumer.subscribe([name], listener=Told())
            async for record in consumer:
                read.append((record.partition, record.offset))
                if len(read) == 60:
                    break
            await consumer.commit()
            assert calls == [("+", 2)]
        assert calls == [("+", 2), ("-", 2)]
        async with Consumer(name, **options) as consumer:
            while len(read) < 100:
                for records in (await consumer.poll(1000)).values():
                    read.extend((record.partition, record.offset) for record in records)
        assert len(set(read)) == len(read) == 100

    asyncio.run(main())


def test_two_members_share(bootstrap, make_topic, fill):
    name, group = make_topic(4), fresh_name("g")
    fill(name, 200)
    options = {"bootstrap_servers": bootstrap, "group_id": group, "auto_offset_reset": "earliest", "heartbeat_interval_ms": 100}

    async def main():
        read = []
        done = asyncio.Event()

        async def member():
            async with Consumer(name, **options) as consumer:
                while not done.is_set():
                    for records in (await consumer.poll(100)).values():
                        read.extend((r.partition, r.offset) for r in records)
                    sizes[id(consumer)] = len(consumer.assignment())

        sizes = {}
        tasks = [asyncio.create_task(member()) for _ in range(2)]

        async def shared():
            return sorted(sizes.values()) == [2, 2] and len(read) >= 200

        await until(shared)
        done.set()
        await asyncio.gather(*tasks)
        assert len(set(read)) == 200

    asyncio.run(main())


def test_by_hand(bootstrap, make_topic, fill):
    name = make_topic(1)
    fill(name, 10)
    one = TopicPartition(name, 0)

    async def main():
        consumer = Consumer(bootstrap_servers=bootstrap, group_id=fresh_name("g"), auto_offset_reset="earliest")
        await consumer.start()
        with pytest.raises(errors.IllegalStateError):
            await consumer.poll(10)
        await consumer.assign([one])
        assert await consumer.beginning_offsets([one]) == {one: 0}
        assert await consumer.end_offsets([one]) == {one: 10}
        assert (await consumer.offsets_for_times({one: 0}))[one].offset == 0
        await consumer.seek(one, 4)
        assert (await consumer.__anext__()).offset == 4
        await consumer.pause(one)
        assert consumer.paused() == {one} and await consumer.poll(20) == {}
        await consumer.resume(one)
        assert (await consumer.__anext__()).offset == 5
        await consumer.commit()
        assert await consumer.committed(one) == 6
        done = asyncio.Event()
        consumer.commit_async({one: OffsetAndMetadata(2)}, lambda *_: done.set())
        await asyncio.wait_for(done.wait(), 30)
        assert (await consumer.committed(one, metadata=True)).offset == 2
        await consumer.seek_to_beginning()
        assert await consumer.position(one) == 0
        await consumer.seek_to_end(one)
        assert await consumer.position(one) == 10
        assert await consumer.partitions_for_topic(name) == {0}
        assert name in await consumer.topics()
        asyncio.get_running_loop().call_later(0.1, consumer.wakeup)
        assert await consumer.poll(30_000) == {}
        await consumer.unsubscribe()
        assert consumer.assignment() == set()
        await consumer.stop()
        await consumer.close()
        with pytest.raises(errors.ClientClosedError):
            await consumer.poll(0)

    asyncio.run(main())


def test_a_poll_may_be_cancelled(bootstrap, make_topic, fill):
    name = make_topic(1)

    async def main():
        async with Consumer(name, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(consumer.poll(60_000), 0.2)
            await asyncio.get_running_loop().run_in_executor(None, fill, name, 3)
            got = await consumer.poll(30_000)
            assert [r.offset for r in got[TopicPartition(name, 0)]][0] == 0

    asyncio.run(main())


def test_only_one_task_polls_and_only_in_its_loop(bootstrap, make_topic):
    name = make_topic(1)
    kept = []

    async def main():
        consumer = Consumer(name, bootstrap_servers=bootstrap)
        kept.append(consumer)
        poll = asyncio.create_task(consumer.poll(500))
        await asyncio.sleep(0.1)
        with pytest.raises(errors.IllegalStateError):
            await consumer.poll(0)
        await poll

        def elsewhere():
            with pytest.raises(errors.WrongLoopError):
                asyncio.run(consumer.poll(0))

        await asyncio.get_running_loop().run_in_executor(None, elsewhere)
        await consumer.close()

    asyncio.run(main())


def test_no_broker():
    async def main():
        async with Consumer("t", bootstrap_servers="127.0.0.1:1", request_timeout_ms=300) as consumer:
            with pytest.raises(errors.NoBrokersError):
                for _ in range(100):
                    await consumer.poll(100)

    asyncio.run(main())
