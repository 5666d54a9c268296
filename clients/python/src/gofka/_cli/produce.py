"""``gofka-py produce``: records from stdin or files, one for each line.

Place in the flow: see __init__.py.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, BinaryIO, Iterator, List, Optional, Tuple

from .._errors import ConfigurationError, GofkaError
from .common import Progress, client_options, subcommand

_FAILURES_TOLD = 5


def add_to(commands: Any) -> None:
    parser = subcommand(commands, "produce", "Write records: each line is one.", run)
    parser.add_argument("topic")
    parser.add_argument("files", nargs="*", help="read these; stdin if none is named")
    parser.add_argument("-K", "--key-separator", metavar="TEXT", help="what stands before it is the key")
    parser.add_argument("-k", "--key", help="the key of all records")
    parser.add_argument("-p", "--partition", type=int, help="(default: by the key)")
    parser.add_argument(
        "-H", "--header", action="append", default=[], metavar="NAME=VALUE", help="may be given many times"
    )
    parser.add_argument("-z", "--compression", help="gzip, snappy, lz4 or zstd")
    parser.add_argument("-0", "--null", metavar="TEXT", help="a value that is this counts as none")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def _headers(pairs: List[str]) -> List[Tuple[str, bytes]]:
    found = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"-H {pair}: NAME=VALUE is wanted")
        found.append((name, value.encode()))
    return found


def _lines(files: List[str]) -> Iterator[bytes]:
    def lines_of(file: BinaryIO) -> Iterator[bytes]:
        for line in file:
            yield line[:-1] if line.endswith(b"\n") else line

    if not files:
        yield from lines_of(sys.stdin.buffer)
    for name in files:
        with open(name, "rb") as file:
            yield from lines_of(file)


def run(options: argparse.Namespace) -> None:
    from ..producer import Producer

    headers = _headers(options.header)
    separator = None if options.key_separator is None else options.key_separator.encode()
    null = None if options.null is None else options.null.encode()
    progress = Progress("records", quiet=options.quiet)
    failures: List[GofkaError] = []

    def delivered(error: Optional[GofkaError], _: Any) -> None:
        if error is not None:
            failures.append(error)

    more = {} if options.compression is None else {"compression_type": options.compression}
    with Producer(**client_options(options, **more)) as producer:
        for line in _lines(options.files):
            key = None if options.key is None else options.key.encode()
            if separator is not None and separator in line:
                key, _, line = line.partition(separator)
            producer.send(
                options.topic,
                None if line == null else line,
                key=key,
                headers=headers,
                partition=options.partition,
                on_delivery=delivered,
            )
            progress.add(1, len(line))
            if failures:
                break
        producer.flush()
    progress.done()
    for error in failures[:_FAILURES_TOLD]:
        print(f"gofka-py: {error}", file=sys.stderr)
    if failures:
        raise GofkaError(f"{len(failures)} records were not delivered")
