"""The five clients of the comparison, each doing the same: produce, consume, one record at a time.

Place in the flow: compare.py runs each in a process of its own. All read every value, and all check checksums.
"""

from __future__ import annotations

import asyncio
import time

BATCH, LINGER_MS = 131_072, 5
LATENCY_RECORDS = 2_000


class Reading:
    """Time and records from the first that came on: what was fetched before is not counted."""

    def __init__(self, count):
        self.left = count
        self.started = None
        self.counted = 0

    def add(self, number):
        self.left -= number
        if self.started is None:
            self.started = time.perf_counter()
        else:
            self.counted += number

    def result(self):
        return time.perf_counter() - self.started, self.counted


def choose_crc(native):
    """Without a package, or with google-crc32c, whichever are installed."""
    from gofka._codecs import crc32c

    crc32c._chosen = crc32c._find_native() if native else crc32c.crc32c_python
    assert crc32c._chosen is not None, "google-crc32c is not installed"


def gofka_producer(bootstrap, linger_ms=LINGER_MS):
    from gofka import Producer

    return Producer(bootstrap_servers=bootstrap, linger_ms=linger_ms, batch_size=BATCH)


class Gofka:
    def __init__(self, native_crc=False):
        choose_crc(native_crc)

    def produce(self, bootstrap, topic, values):
        with gofka_producer(bootstrap) as producer:
            producer.partitions_for(topic)
            started = time.perf_counter()
            send = producer.send
            for value in values:
                send(topic, value)
            producer.flush()
            return time.perf_counter() - started

    def consume(self, bootstrap, topic, count):
        from gofka import Consumer

        with Consumer(
            topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            reading = Reading(count)
            while reading.left > 0:
                for records in consumer.poll(timeout_ms=1000, max_records=5000).values():
                    for record in records:
                        record.value
                    reading.add(len(records))
            return reading.result()

    def latency(self, bootstrap, topic, value):
        with gofka_producer(bootstrap, 0) as producer:
            producer.send(topic, value).get()
            found = []
            for _ in range(LATENCY_RECORDS):
                started = time.perf_counter()
                producer.send(topic, value).get()
                found.append(time.perf_counter() - started)
            return found


class GofkaAio:
    def __init__(self, native_crc=False):
        choose_crc(native_crc)

    def produce(self, bootstrap, topic, values):
        async def main():
            from gofka.aio import Producer

            async with Producer(
                bootstrap_servers=bootstrap, linger_ms=LINGER_MS, batch_size=BATCH
            ) as producer:
                await producer.partitions_for(topic)
                started = time.perf_counter()
                for value in values:
                    await producer.send(topic, value)
                await producer.flush()
                return time.perf_counter() - started

        return asyncio.run(main())

    def consume(self, bootstrap, topic, count):
        async def main():
            from gofka.aio import Consumer

            async with Consumer(
                topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
            ) as consumer:
                reading = Reading(count)
                while reading.left > 0:
                    found = await consumer.poll(timeout_ms=1000, max_records=5000)
                    for records in found.values():
                        for record in records:
                            record.value
                        reading.add(len(records))
                return reading.result()

        return asyncio.run(main())

    def latency(self, bootstrap, topic, value):
        async def main():
            from gofka.aio import Producer

            async with Producer(bootstrap_servers=bootstrap) as producer:
                await producer.send_and_wait(topic, value)
                found = []
                for _ in range(LATENCY_RECORDS):
                    started = time.perf_counter()
                    await producer.send_and_wait(topic, value)
                    found.append(time.perf_counter() - started)
                return found

        return asyncio.run(main())


class KafkaPython:
    def _producer(self, bootstrap, linger_ms=LINGER_MS):
        from kafka import KafkaProducer

        return KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", linger_ms=linger_ms, batch_size=BATCH
        )

    def produce(self, bootstrap, topic, values):
        producer = self._producer(bootstrap)
        producer.partitions_for(topic)
        started = time.perf_counter()
        for value in values:
            producer.send(topic, value)
        producer.flush()
        took = time.perf_counter() - started
        producer.close()
        return took

    def consume(self, bootstrap, topic, count):
        from kafka import KafkaConsumer

        consumer = KafkaConsumer(
            topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
        )
        reading = Reading(count)
        while reading.left > 0:
            for records in consumer.poll(timeout_ms=1000, max_records=5000).values():
                for record in records:
                    record.value
                reading.add(len(records))
        took = reading.result()
        consumer.close()
        return took

    def latency(self, bootstrap, topic, value):
        producer = self._producer(bootstrap, 0)
        producer.send(topic, value).get(30)
        found = []
        for _ in range(LATENCY_RECORDS):
            started = time.perf_counter()
            producer.send(topic, value).get(30)
            found.append(time.perf_counter() - started)
        producer.close()
        return found


class Aiokafka:
    def produce(self, bootstrap, topic, values):
        async def main():
            from aiokafka import AIOKafkaProducer

            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap,
                acks="all",
                linger_ms=LINGER_MS,
                max_batch_size=BATCH,
                enable_idempotence=True,
            )
            await producer.start()
            await producer.partitions_for(topic)
            started = time.perf_counter()
            for value in values:
                await producer.send(topic, value)
            await producer.flush()
            took = time.perf_counter() - started
            await producer.stop()
            return took

        return asyncio.run(main())

    def consume(self, bootstrap, topic, count):
        async def main():
            from aiokafka import AIOKafkaConsumer

            consumer = AIOKafkaConsumer(
                topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
            )
            await consumer.start()
            reading = Reading(count)
            while reading.left > 0:
                found = await consumer.getmany(timeout_ms=1000, max_records=5000)
                for records in found.values():
                    for record in records:
                        record.value
                    reading.add(len(records))
            took = reading.result()
            await consumer.stop()
            return took

        return asyncio.run(main())

    def latency(self, bootstrap, topic, value):
        async def main():
            from aiokafka import AIOKafkaProducer

            producer = AIOKafkaProducer(
                bootstrap_servers=bootstrap, acks="all", enable_idempotence=True
            )
            await producer.start()
            await producer.send_and_wait(topic, value)
            found = []
            for _ in range(LATENCY_RECORDS):
                started = time.perf_counter()
                await producer.send_and_wait(topic, value)
                found.append(time.perf_counter() - started)
            await producer.stop()
            return found

        return asyncio.run(main())


class Confluent:
    def _producer(self, bootstrap, linger_ms=LINGER_MS):
        from confluent_kafka import Producer

        return Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": linger_ms,
                "batch.size": BATCH,
            }
        )

    def produce(self, bootstrap, topic, values):
        producer = self._producer(bootstrap)
        producer.list_topics(topic, 10)
        failed = []
        told = lambda error, message: failed.append(error) if error else None  # noqa: E731
        started = time.perf_counter()
        for value in values:
            while True:
                try:
                    producer.produce(topic, value, on_delivery=told)
                    break
                except BufferError:
                    producer.poll(0.01)
            producer.poll(0)
        producer.flush()
        took = time.perf_counter() - started
        assert not failed
        return took

    def consume(self, bootstrap, topic, count):
        from confluent_kafka import Consumer

        consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"g-{topic}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                # The others check them unless told otherwise.
                "check.crcs": True,
            }
        )
        consumer.subscribe([topic])
        reading = Reading(count)
        while reading.left > 0:
            messages = consumer.consume(5000, timeout=1)
            for message in messages:
                message.value()
            if messages:
                reading.add(len(messages))
        took = reading.result()
        consumer.close()
        return took

    def latency(self, bootstrap, topic, value):
        producer = self._producer(bootstrap, 0)
        found = []
        for i in range(LATENCY_RECORDS + 1):
            started = time.perf_counter()
            producer.produce(topic, value)
            producer.flush()
            if i:
                found.append(time.perf_counter() - started)
        return found


CLIENTS = {
    "gofka": Gofka,
    "gofka.aio": GofkaAio,
    "gofka + crc32c": lambda: Gofka(True),
    "gofka.aio + crc32c": lambda: GofkaAio(True),
    "aiokafka": Aiokafka,
    "confluent": Confluent,
    "kafka-python": KafkaPython,
}
