"""What the subcommands share: connection options, and how progress is shown.

Place in the flow: produce.py, consume.py, topics.py, groups.py and perf.py use it.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Sequence

from .._errors import ConfigurationError

Run = Callable[[argparse.Namespace], None]
#: A terminal is told more often than a file.
_TERMINAL_EVERY_S = 0.2
_FILE_EVERY_S = 5.0


def subcommand(commands: Any, name: str, about: str, run: Optional[Run]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    if run is not None:
        parser.set_defaults(run=run)
        connection(parser)
    return parser


def connection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("connection")
    group.add_argument(
        "-b", "--bootstrap", default="localhost:9092", metavar="HOST:PORT", help="(default %(default)s)"
    )
    group.add_argument(
        "-X",
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any option of the client, such as security_protocol=SASL_SSL; may be given many times",
    )


def _value(text: str) -> Any:
    if text in ("True", "true"):
        return True
    if text in ("False", "false"):
        return False
    try:
        return int(text)
    except ValueError:
        return text


def client_options(options: argparse.Namespace, **more: Any) -> Dict[str, Any]:
    """Keywords for a client."""
    given: Dict[str, Any] = {"bootstrap_servers": options.bootstrap, **more}
    for pair in options.option:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"-X {pair}: NAME=VALUE is wanted")
        # Names and passwords may look like numbers.
        given[name] = value if name.startswith(("sasl_", "ssl_")) and name != "ssl_check_hostname" else _value(value)
    return given


class Progress:
    """Says on stderr how far long work has come: a line that changes on a terminal, a line now and then
    elsewhere."""

    def __init__(self, what: str, total: Optional[int] = None, quiet: bool = False) -> None:
        self._what = what
        self._total = total
        self._quiet = quiet
        self._is_terminal = sys.stderr.isatty()
        self._begin = self._last = time.monotonic()
        self._wrote = False
        self.count = 0
        self.bytes = 0

    def add(self, count: int, size: int = 0) -> None:
        self.count += count
        self.bytes += size
        now = time.monotonic()
        every = _TERMINAL_EVERY_S if self._is_terminal else _FILE_EVERY_S
        if not self._quiet and now - self._last >= every:
            self._last = now
            self._write("\r" if self._is_terminal else "", "" if self._is_terminal else "\n")

    def line(self) -> str:
        seconds = max(1e-9, time.monotonic() - self._begin)
        share = "" if not self._total else f" of {self._total:,} ({self.count / self._total:.0%})"
        return (
            f"{self.count:,} {self._what}{share} in {seconds:.1f} s: "
            f"{self.count / seconds:,.0f}/s, {self.bytes / seconds / 1e6:.1f} MB/s"
        )

    def _write(self, before: str, after: str) -> None:
        self._wrote = True
        sys.stderr.write(f"{before}{self.line()}   {after}")
        sys.stderr.flush()

    def done(self) -> None:
        if not self._quiet:
            self._write("\r" if self._is_terminal and self._wrote else "", "\n")


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns as wide as they must be; without colours, so that others can read it."""
    texts: List[List[str]] = [list(head)] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in texts) for place in range(len(head))]
    for row in texts:
        cells = (cell.ljust(width) for cell, width in zip(row, widths))
        print("  ".join(cells).rstrip())
