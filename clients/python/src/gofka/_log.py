"""Loggers that load `logging` with their first message: most programs that are short never need one.

Place in the flow: every module that has something to say takes one of these, by the name that an application
configures (``logging.getLogger("gofka")`` and below).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from logging import Logger


class _Lazy:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, what: str) -> Any:
        from logging import getLogger

        return getattr(getLogger(self._name), what)


def get_logger(name: str) -> "Logger":
    return cast("Logger", _Lazy(name))
