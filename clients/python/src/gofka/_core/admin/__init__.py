"""The admin without its thread.

Place in the flow: ``gofka.Admin`` and ``gofka.aio.Admin`` are generated from the methods of its parts by
tools/twins.py: whatever is public here is public there.
"""

from __future__ import annotations

from .configs import ConfigsAdmin
from .groups import GroupsAdmin
from .security import SecurityAdmin
from .topics import TopicsAdmin


class AdminCore(TopicsAdmin, ConfigsAdmin, GroupsAdmin, SecurityAdmin):
    """All parts in one."""
