"""``gofka-py perf``: how many records a second, and how long one takes.

Place in the flow: see __init__.py.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any, Dict, List

from .common import Progress, client_options, subcommand


def add_to(commands: Any) -> None:
    parser = subcommand(commands, "perf", "Measure.", None)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    produce = subcommand(actions, "produce", "Write records as quickly as it goes.", _produce)
    consume = subcommand(actions, "consume", "Read records as quickly as it goes.", _consume)
    latency = subcommand(actions, "latency", "Write one record after the other.", _latency)
    for each, count in ((produce, 100_000), (consume, 100_000), (latency, 1_000)):
        each.add_argument("topic")
        each.add_argument("-n", "--count", type=int, default=count, help="records (default %(default)s)")
        each.add_argument("-J", "--json", action="store_true", help="the result as JSON")
        each.add_argument("-q", "--quiet", action="store_true", help="no progress")
        if each is not consume:
            each.add_argument("-s", "--size", type=int, default=100, help="bytes each (default %(default)s)")
            each.add_argument("-z", "--compression", help="gzip, snappy, lz4 or zstd")


def _report(options: argparse.Namespace, result: Dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(result))
    else:
        print(", ".join(f"{name} {value:,}" for name, value in result.items()))


def _throughput(count: int, size: int, seconds: float) -> Dict[str, Any]:
    return {
        "records": count,
        "seconds": round(seconds, 3),
        "records_per_second": round(count / seconds),
        "mb_per_second": round(size / seconds / 1e6, 2),
    }


def _producer(options: argparse.Namespace) -> Any:
    from ..producer import Producer

    more = {} if options.compression is None else {"compression_type": options.compression}
    return Producer(**client_options(options, **more))


def _produce(options: argparse.Namespace) -> None:
    value = os.urandom(options.size)
    progress = Progress("records", options.count, options.quiet)
    with _producer(options) as producer:
        producer.partitions_for(options.topic)
        begin = time.perf_counter()
        last = None
        for place in range(options.count):
            last = producer.send(options.topic, value)
            if place % 1000 == 999:
                progress.add(1000, 1000 * options.size)
        producer.flush()
        seconds = time.perf_counter() - begin
        if last is not None:
            last.get()
    progress.add(options.count % 1000, options.count % 1000 * options.size)
    progress.done()
    _report(options, _throughput(options.count, options.count * options.size, seconds))


def _consume(options: argparse.Namespace) -> None:
    from ..consumer import Consumer

    more = {"auto_offset_reset": "earliest", "max_poll_records": 5000}
    progress = Progress("records", options.count, options.quiet)
    with Consumer(options.topic, **client_options(options, **more)) as consumer:
        begin = time.perf_counter()
        while progress.count < options.count:
            for records in consumer.poll(1000).values():
                progress.add(len(records), sum(len(each.value or b"") for each in records))
        seconds = time.perf_counter() - begin
    progress.done()
    _report(options, _throughput(progress.count, progress.bytes, seconds))


def _latency(options: argparse.Namespace) -> None:
    value = os.urandom(options.size)
    progress = Progress("records", options.count, options.quiet)
    times: List[float] = []
    with _producer(options) as producer:
        producer.send(options.topic, value).get()
        for _ in range(options.count):
            begin = time.perf_counter()
            producer.send(options.topic, value).get()
            times.append((time.perf_counter() - begin) * 1000)
            progress.add(1, options.size)
    progress.done()
    times.sort()
    shares = {"p50_ms": 0.5, "p90_ms": 0.9, "p99_ms": 0.99, "max_ms": 1.0}
    places = {name: min(len(times) - 1, int(len(times) * share)) for name, share in shares.items()}
    told = {name: round(times[place], 3) for name, place in places.items()}
    _report(options, {"records": options.count, **told})
