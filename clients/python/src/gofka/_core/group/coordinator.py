"""Asks of the coordinator of one group, wherever that is at the moment.

Place in the flow: between memberships and offsets, and the client's connections.
"""

from __future__ import annotations

from typing import Any, Optional, Type, TypeVar

from ..._errors import BrokerConnectionError, ClientTimeoutError
from ..client import GROUP, Client
from ..codes import COORDINATOR_MOVED
from ..message import Message, Request

R = TypeVar("R", bound=Message)


class CoordinatorLink:
    def __init__(self, client: Client, group_id: str) -> None:
        self.client = client
        self.group_id = group_id

    async def ask(
        self,
        request: Request[R],
        timeout_s: Optional[float] = None,
        lane: str = "coordinator",
        **how: Any,
    ) -> R:
        """The answer, whatever error code it has.

        :raises GofkaError: there is no answer; the coordinator will be looked up anew.
        """
        node_id = await self.client.coordinator(self.group_id, GROUP)
        try:
            return await self.client.ask(node_id, request, lane=lane, timeout_s=timeout_s, **how)
        except (BrokerConnectionError, ClientTimeoutError):
            self.forget()
            raise

    async def version(self, request: Type[Request[Any]]) -> int:
        """Which version :meth:`ask` would use."""
        return await self.client.version(
            await self.client.coordinator(self.group_id, GROUP), request, lane="coordinator"
        )

    def heed(self, code: int) -> None:
        """An answer had this code: perhaps the coordinator is another one."""
        if code in COORDINATOR_MOVED:
            self.forget()

    def forget(self) -> None:
        self.client.forget_coordinator(self.group_id, GROUP)
