"""What ``auto_offset_reset`` says: where to begin without a committed offset, or where the log has nothing.

Place in the flow: the options are checked here; positions.py asks for what ListOffsets is to look for.
"""

from __future__ import annotations

import re
from typing import Callable, Optional

from .._errors import ConfigurationError
from .list_offsets import EARLIEST, LATEST

#: Of the wall clock's ms since 1970, what ListOffsets is to look for.
ResetTo = Callable[[int], int]

_BY_DURATION = "by_duration:"
#: As Java reads a duration that is not negative (java.time.Duration.parse).
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{0,9})?)S)?)?", re.IGNORECASE | re.ASCII
)
_SECONDS = (86_400, 3_600, 60, 1)


def duration_ms(text: str) -> Optional[int]:
    """Of an ISO 8601 duration like P1DT2H30M; None: it is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    parts = zip(match.groups("0"), _SECONDS)
    return int(sum(float(part.replace(",", ".")) * seconds for part, seconds in parts) * 1000)


def make_reset(policy: str) -> Optional[ResetTo]:
    """None: nothing is looked for (KIP-1106 for by_duration).

    :raises ConfigurationError: it is no such policy.
    """
    if policy == "none":
        return None
    if policy == "earliest":
        return lambda _: EARLIEST
    if policy == "latest":
        return lambda _: LATEST
    ago = duration_ms(policy[len(_BY_DURATION) :]) if policy.startswith(_BY_DURATION) else None
    if ago is None:
        raise ConfigurationError(
            "auto_offset_reset is to be earliest, latest, none, or by_duration: with an ISO 8601 duration "
            f"such as by_duration:PT1H, not {policy!r}"
        )
    past = ago
    return lambda now: max(0, now - past)
