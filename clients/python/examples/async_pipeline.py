"""asyncio: read orders, work on many at a time, write what comes of them, commit what is done."""

import asyncio
import json
import os
import time

from gofka.aio import Admin, Consumer, Producer

BOOTSTRAP = os.environ.get("GOFKA_BOOTSTRAP", "localhost:9092")
STAMP = time.time_ns()
ORDERS, BILLS = f"example-orders-{STAMP}", f"example-bills-{STAMP}"
COUNT = 500


async def place_orders():
    async with Producer(
        bootstrap_servers=BOOTSTRAP, value_serializer=lambda order: json.dumps(order).encode()
    ) as producer:
        for number in range(COUNT):
            await producer.send(ORDERS, {"number": number, "cents": number * 5}, key=b"%d" % number)


async def bill(order):
    """Something that takes time, such as asking another service."""
    await asyncio.sleep(0.001)
    return {"order": order["number"], "total": f"{order['cents'] / 100:.2f}"}


async def make_bills():
    async with Producer(bootstrap_servers=BOOTSTRAP) as producer, Consumer(
        ORDERS,
        bootstrap_servers=BOOTSTRAP,
        group_id=f"example-billing-{STAMP}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        value_deserializer=json.loads,
    ) as consumer:
        done = 0
        while done < COUNT:
            batch = await consumer.poll(timeout_ms=1000, max_records=100)
            records = [record for records in batch.values() for record in records]
            bills = await asyncio.gather(*(bill(record.value) for record in records))
            for record, each in zip(records, bills):
                await producer.send(BILLS, json.dumps(each).encode(), key=record.key)
            # First what was made of them is safe, then they count as read: nothing is lost, and after a
            # crash some are billed again. See transactions.py for exactly once.
            await producer.flush()
            await consumer.commit()
            done += len(records)
        return done


async def main():
    async with Admin(bootstrap_servers=BOOTSTRAP) as admin:
        await admin.create_topics([ORDERS, BILLS])
        _, done = await asyncio.gather(place_orders(), make_bills())
        print(f"{done} orders billed")
        await admin.delete_topics([ORDERS, BILLS])


asyncio.run(main())
