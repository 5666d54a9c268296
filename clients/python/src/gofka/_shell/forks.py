"""Shells that a fork has left without their thread or loop, and with sockets that are the parent's.

Place in the flow: both kinds of shell are noted here when they are made; in a child they are marked, and refuse.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Union
from weakref import WeakSet

from .._errors import ForkedError

if TYPE_CHECKING:
    from .loop import LoopShell
    from .threads import ThreadShell

_shells: "WeakSet[Union[ThreadShell, LoopShell]]" = WeakSet()


def note(shell: "Union[ThreadShell, LoopShell]") -> None:
    _shells.add(shell)


def refusal() -> ForkedError:
    return ForkedError("this client was made before the process forked")


def _after_fork() -> None:
    for shell in list(_shells):
        shell.forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
