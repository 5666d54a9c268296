"""Which kind of membership a consumer has.

Place in the flow: the consumer's core asks for one when something is subscribed to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .coordinator import CoordinatorLink
from .membership import GroupOptions, Membership

if TYPE_CHECKING:
    from ..consumer import ConsumerCore


def make_membership(core: ConsumerCore, link: Optional[CoordinatorLink]) -> Membership:
    """Without a link, and so without a group, all partitions are the consumer's own."""
    settings = core.settings
    if link is None:
        from .solo import SoloMembership

        return SoloMembership(core.client, core)
    options = GroupOptions(
        group_id=link.group_id,
        instance_id=settings.instance_id,
        session_timeout_s=settings.session_timeout_s,
        heartbeat_interval_s=settings.heartbeat_interval_s,
        rebalance_timeout_s=settings.max_poll_interval_s,
        rack=settings.rack or None,
        remote_assignor=settings.remote_assignor,
    )
    if settings.protocol == "consumer":
        from .modern import ModernMembership

        return ModernMembership(link, options, core)
    from .classic import ClassicMembership

    return ClassicMembership(link, options, settings.assignors, core)
