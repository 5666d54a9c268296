"""The command ``gofka-py``: produce, consume, topics, groups, perf.

Place in the flow: each subcommand is a module beside this one and uses the package as applications do.
Results go to stdout, progress and complaints to stderr. Exit codes: 0 done, 1 it failed, 2 used wrongly,
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

from .. import __version__
from .._errors import ConfigurationError, GofkaError


def _parser() -> argparse.ArgumentParser:
    from . import consume, groups, perf, produce, topics

    parser = argparse.ArgumentParser(
        prog="gofka-py", description="Talks to Gofka and to Apache Kafka."
    )
    parser.add_argument("--version", action="version", version=f"gofka {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in (produce, consume, topics, groups, perf):
        module.add_to(commands)
    return parser


def main(words: Optional[List[str]] = None) -> int:
    """Carries out one command; answers the exit code."""
    options = _parser().parse_args(words)
    try:
        options.run(options)
        return 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ConfigurationError as error:
        print(f"gofka-py: {error}", file=sys.stderr)
        return 2
    except (GofkaError, OSError) as error:
        print(f"gofka-py: {error}", file=sys.stderr)
        return 1
