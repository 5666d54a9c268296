"""``gofka-py consume``: records to stdout, one on each line or as JSON.

Place in the flow: see __init__.py.
"""

from __future__ import annotations

import argparse
import base64
import json
import signal
import sys
import threading
from typing import Any, Dict, List, Optional

from ..records import ConsumerRecord, TopicPartition
from .common import Progress, client_options, subcommand


def add_to(commands: Any) -> None:
    parser = subcommand(commands, "consume", "Read records.", run)
    parser.add_argument("topics", nargs="+", metavar="TOPIC")
    parser.add_argument("-g", "--group", help="share the topics with the others of this group")
    parser.add_argument(
        "-o",
        "--offset",
        default=None,
        metavar="WHERE",
        help="earliest (default), latest, or a number, which needs --partition",
    )
    parser.add_argument("-p", "--partition", type=int, help="read only this partition")
    parser.add_argument("-c", "--count", type=int, help="end after so many records")
    parser.add_argument("-e", "--exit-at-end", action="store_true", help="end when all is read that there is")
    parser.add_argument("-J", "--json", action="store_true", help="one JSON object for each record")
    parser.add_argument("-K", "--key-separator", metavar="TEXT", help="write the key too, and this behind it")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def _text(data: Optional[bytes]) -> Dict[str, Any]:
    """As text where it is one, else in base64."""
    if data is None:
        return {"text": None}
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _json(record: ConsumerRecord) -> bytes:
    told: Dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "headers": [[name, _text(value)] for name, value in record.headers],
        "key": _text(record.key),
        "value": _text(record.value),
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _plain(record: ConsumerRecord, separator: Optional[bytes]) -> bytes:
    value = record.value or b""
    if separator is None:
        return bytes(value) + b"\n"
    return (record.key or b"") + separator + bytes(value) + b"\n"


def run(options: argparse.Namespace) -> None:
    from ..consumer import Consumer

    where = options.offset or "earliest"
    more: Dict[str, Any] = {"auto_offset_reset": "earliest" if where.isdecimal() else where}
    if options.group is not None:
        more["group_id"] = options.group
    progress = Progress("records", options.count, quiet=options.quiet or sys.stdout.isatty())
    with Consumer(**client_options(options, **more)) as consumer:
        stopped = _stop_on_sigterm(consumer)
        _choose(consumer, options, where)
        ends = _ends(consumer, options)
        try:
            _pump(consumer, options, ends, progress, stopped)
        finally:
            sys.stdout.flush()
    progress.done()


def _stop_on_sigterm(consumer: Any) -> List[int]:
    """A list that is not empty any more when the process is to end."""
    stopped: List[int] = []

    def stop(number: int, _: Any) -> None:
        stopped.append(number)
        consumer.wakeup()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
    return stopped


def _choose(consumer: Any, options: argparse.Namespace, where: str) -> None:
    if options.partition is None:
        consumer.subscribe(options.topics)
        return
    chosen = [TopicPartition(topic, options.partition) for topic in options.topics]
    consumer.assign(chosen)
    if where.isdecimal():
        for each in chosen:
            consumer.seek(each, int(where))


def _ends(consumer: Any, options: argparse.Namespace) -> Optional[Dict[TopicPartition, int]]:
    """What has to be read; None: for ever. Without a group only, where all partitions are ours."""
    if not options.exit_at_end:
        return None
    partitions: List[TopicPartition] = []
    for topic in options.topics:
        known = consumer.partitions_for_topic(topic) or ()
        chosen = known if options.partition is None else {options.partition}
        partitions += [TopicPartition(topic, each) for each in sorted(chosen)]
    ends = consumer.end_offsets(partitions)
    begins = consumer.beginning_offsets(partitions)
    return {tp: end for tp, end in ends.items() if end > begins[tp]}


def _is_at_end(consumer: Any, ends: Dict[TopicPartition, int]) -> bool:
    held = consumer.assignment()
    return all(tp not in held or consumer.position(tp) >= end for tp, end in ends.items())


def _pump(
    consumer: Any,
    options: argparse.Namespace,
    ends: Optional[Dict[TopicPartition, int]],
    progress: Progress,
    stopped: List[int],
) -> None:
    out = sys.stdout.buffer
    separator = None if options.key_separator is None else options.key_separator.encode()
    left = options.count
    while not stopped and (left is None or left > 0):
        if ends is not None and (not ends or (consumer.assignment() and _is_at_end(consumer, ends))):
            return
        found = consumer.poll(500, max_records=None if left is None else min(left, 500))
        for records in found.values():
            lines = [_json(each) if options.json else _plain(each, separator) for each in records]
            out.write(b"".join(lines))
            progress.add(len(records), sum(map(len, lines)))
            if left is not None:
                left -= len(records)
        if found:
            out.flush()
