"""gofka beside kafka-python, aiokafka and confluent-kafka, one after another, on one node.

    pip install kafka-python aiokafka confluent-kafka
    python bench/compare.py [--bootstrap HOST:PORT] [--scale 0.1] [--only gofka,confluent] [--json FILE]

Each client runs in a process of its own with the same settings: acks=all, linger 5 ms, batches of 128 KiB,
no compression, one partition. Produced are 1 M records of 100 B and 200,000 of 1 KiB, then all are read
again; 2,000 records of 100 B are sent one at a time for the latency. Memory is the process's peak.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "clients/python/src"))

BATCH, LINGER_MS = 131_072, 5
LOADS = {"100 B": (100, 1_000_000), "1 KiB": (1024, 200_000)}
LATENCY_RECORDS = 2_000


def summary(latencies):
    latencies.sort()
    at = lambda share: latencies[int(len(latencies) * share)] * 1e3  # noqa: E731
    return {"p50 ms": at(0.5), "p99 ms": at(0.99)}


def gofka_producer(bootstrap, linger_ms=LINGER_MS):
    from gofka import Producer

    return Producer(bootstrap_servers=bootstrap, linger_ms=linger_ms, batch_size=BATCH)


class Gofka:
    def produce(self, bootstrap, topic, value, count):
        with gofka_producer(bootstrap) as producer:
            producer.partitions_for(topic)
            started = time.perf_counter()
            send = producer.send
            for _ in range(count):
                send(topic, value)
            producer.flush()
            return time.perf_counter() - started

    def consume(self, bootstrap, topic, count):
        from gofka import Consumer

        with Consumer(
            topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            started, seen = None, 0
            while seen < count:
                for records in consumer.poll(timeout_ms=1000, max_records=5000).values():
                    started = started or time.perf_counter()
                    for record in records:
                        record.value
                    seen += len(records)
            return time.perf_counter() - started

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
    def produce(self, bootstrap, topic, value, count):
        async def main():
            from gofka.aio import Producer

            async with Producer(
                bootstrap_servers=bootstrap, linger_ms=LINGER_MS, batch_size=BATCH
            ) as producer:
                await producer.partitions_for(topic)
                started = time.perf_counter()
                for _ in range(count):
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
                started, seen = None, 0
                while seen < count:
                    found = await consumer.poll(timeout_ms=1000, max_records=5000)
                    for records in found.values():
                        started = started or time.perf_counter()
                        for record in records:
                            record.value
                        seen += len(records)
                return time.perf_counter() - started

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

    def produce(self, bootstrap, topic, value, count):
        producer = self._producer(bootstrap)
        producer.partitions_for(topic)
        started = time.perf_counter()
        for _ in range(count):
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
        started, seen = None, 0
        while seen < count:
            for records in consumer.poll(timeout_ms=1000, max_records=5000).values():
                started = started or time.perf_counter()
                for record in records:
                    record.value
                seen += len(records)
        took = time.perf_counter() - started
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
    def produce(self, bootstrap, topic, value, count):
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
            for _ in range(count):
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
            started, seen = None, 0
            while seen < count:
                found = await consumer.getmany(timeout_ms=1000, max_records=5000)
                for records in found.values():
                    started = started or time.perf_counter()
                    for record in records:
                        record.value
                    seen += len(records)
            took = time.perf_counter() - started
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

    def produce(self, bootstrap, topic, value, count):
        producer = self._producer(bootstrap)
        producer.list_topics(topic, 10)
        failed = []
        told = lambda error, message: failed.append(error) if error else None  # noqa: E731
        started = time.perf_counter()
        for _ in range(count):
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
            }
        )
        consumer.subscribe([topic])
        started, seen = None, 0
        while seen < count:
            for message in consumer.consume(5000, timeout=1):
                started = started or time.perf_counter()
                message.value()
                seen += 1
        took = time.perf_counter() - started
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
    "kafka-python": KafkaPython,
    "aiokafka": Aiokafka,
    "confluent": Confluent,
}


def measure(name, work, bootstrap, topic, size, count):
    """In the child: one piece of work."""
    client = CLIENTS[name]()
    value = bytes(range(256)) * (size // 256 + 1)
    value = value[:size]
    if work == "latency":
        result = summary(client.latency(bootstrap, topic, value))
    elif work == "produce":
        result = {"s": client.produce(bootstrap, topic, value, count)}
    else:
        result = {"s": client.consume(bootstrap, topic, count)}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result["cpu s"] = usage.ru_utime + usage.ru_stime
    result["MiB"] = usage.ru_maxrss / 1024
    print(json.dumps(result))


def run_child(name, work, bootstrap, topic, size=100, count=0):
    words = [sys.executable, __file__, "--child", name, work, bootstrap, topic, str(size), str(count)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def start_node(directory):
    path = os.pathsep.join((str(ROOT / "node_modules/.bin"), os.environ.get("PATH", "")))
    node = subprocess.Popen(
        [shutil.which("node", path=path), "src/main.ts", "start", "--port", "0",
         "--data-dir", directory, "--set", "num.partitions=1"],
        cwd=ROOT, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )
    line = node.stdout.readline().decode()
    return node, "127.0.0.1:" + line.rsplit(":", 1)[1].strip()


def cold_start(bootstrap, topic):
    """From a bare interpreter: the import, and the first acknowledged record."""
    code = (
        "import time; t = time.perf_counter()\n"
        f"import sys; sys.path.insert(0, {str(ROOT / 'clients/python/src')!r})\n"
        "from gofka import Producer\n"
        "a = time.perf_counter()\n"
        f"p = Producer(bootstrap_servers={bootstrap!r}); p.send({topic!r}, b'x').get()\n"
        "b = time.perf_counter(); p.close()\n"
        "print(a - t, b - t)"
    )
    found = []
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(10):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              env=environment)
        found.append(tuple(map(float, done.stdout.split())))
    return {"import ms": min(found)[0] * 1e3, "first record ms": min(b for _, b in found) * 1e3}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default=",".join(CLIENTS))
    parser.add_argument("--json")
    parser.add_argument("--child", nargs=6)
    args = parser.parse_args()
    if args.child:
        name, work, bootstrap, topic, size, count = args.child
        measure(name, work, bootstrap, topic, int(size), int(count))
        return
    node = None
    directory = tempfile.mkdtemp(prefix="gofka-bench-")
    try:
        bootstrap = args.bootstrap
        if bootstrap is None:
            node, bootstrap = start_node(directory)
        results = {}
        for label, (size, full) in LOADS.items():
            count = max(1, int(full * args.scale))
            for name in args.only.split(","):
                topic = f"bench-{name}-{size}-{time.time_ns()}".replace(" ", "")
                row = results.setdefault(name, {})
                for work in ("produce", "consume"):
                    told = run_child(name, work, bootstrap, topic, size, count)
                    if "s" in told:
                        told["records/s"] = count / told["s"]
                    row[f"{work} {label}"] = told
                    shown = {key: round(value, 2) if isinstance(value, float) else value
                             for key, value in told.items()}
                    print(f"{name:14} {work} {label}: {shown}", flush=True)
        for name in args.only.split(","):
            told = run_child(name, "latency", bootstrap, f"latency-{name}")
            results[name]["latency"] = told
            print(f"{name:14} latency: {told}", flush=True)
        results["cold"] = cold_start(bootstrap, "cold")
        print("cold start:", results["cold"])
        if args.json:
            Path(args.json).write_text(json.dumps(results, indent=1))
    finally:
        if node is not None:
            node.terminate()
            node.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
