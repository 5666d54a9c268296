"""The assignors by the names that groups know them by.

Place in the flow: the classic membership offers those the consumer was made with; the member that
leads shares partitions out by the one the group agreed on.
"""

from __future__ import annotations

from typing import Dict, List, Sequence, Union

from ...._errors import ConfigurationError
from .assignor import Assignor
from .range import RangeAssignor
from .round_robin import RoundRobinAssignor
from .sticky import CooperativeStickyAssignor, StickyAssignor

ASSIGNORS: Dict[str, Assignor] = {
    "range": RangeAssignor(),
    "roundrobin": RoundRobinAssignor(),
    "sticky": StickyAssignor(),
    "cooperative-sticky": CooperativeStickyAssignor(),
}


def make_assignors(given: Sequence[Union[str, Assignor]]) -> List[Assignor]:
    """Of names and of assignors of the application's own.

    :raises ConfigurationError: none are given, there is none of a name, or eager and cooperative ones are mixed so
        that the group could not tell what members own.
    """
    found = []
    for each in given:
        if not isinstance(each, str):
            found.append(each)
        elif each in ASSIGNORS:
            found.append(ASSIGNORS[each])
        else:
            raise ConfigurationError(f"assignor {each!r} is none of {', '.join(ASSIGNORS)}")
    if not found:
        raise ConfigurationError("partition_assignment_strategy is empty")
    return found
