"""Configs of topics, brokers and groups; and the cluster as a whole.

Place in the flow: a part of the admin's core. A broker's own configs are asked of that broker.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ..._errors import GofkaError
from ..._protocol.describe_cluster import DescribeClusterRequest
from ..._protocol.describe_configs import DescribeConfigsRequest, DescribeConfigsResponse
from ..._protocol.describe_log_dirs import DescribeLogDirsRequest
from ..._protocol.incremental_alter_configs import IncrementalAlterConfigsRequest
from ...errors import UnsupportedVersionError, for_code
from ...records import TopicPartition
from .base import AdminBase, first_error, outcome, retry_if_all_passing
from .types import (
    AlterConfigOp,
    BrokerDescription,
    ClusterDescription,
    ConfigChange,
    ConfigEntry,
    ConfigResource,
    ConfigResourceType,
    ConfigSource,
    LogDirDescription,
)

ResourceKey = Tuple[ConfigResourceType, str]
_OF_A_BROKER = (ConfigResourceType.BROKER, ConfigResourceType.BROKER_LOGGER)


class ConfigsAdmin(AdminBase):
    async def describe_configs(
        self,
        config_resources: Sequence[ConfigResource],
        include_synonyms: bool = False,
        timeout_ms: Optional[float] = None,
    ) -> Dict[ResourceKey, Dict[str, ConfigEntry]]:
        """All configs of these resources, or those that ``ConfigResource.configs`` names.

        :raises UnknownTopicOrPartitionError: and others: there is no such resource.
        """
        found: Dict[ResourceKey, Dict[str, ConfigEntry]] = {}
        for node_id, resources in _by_node(config_resources).items():
            request = DescribeConfigsRequest(
                resources=[
                    DescribeConfigsRequest.Resource(
                        each.resource_type,
                        each.name,
                        None if each.configs is None else list(each.configs),
                    )
                    for each in resources
                ],
                include_synonyms=include_synonyms,
            )
            answer: DescribeConfigsResponse = await self._ask_node(node_id, request, timeout_ms)
            for result in answer.results:
                if result.error_code:
                    raise for_code(result.error_code, result.error_message or result.resource_name)
                key = (ConfigResourceType(result.resource_type), result.resource_name)
                found[key] = {each.name: _entry(each) for each in result.configs}
        return found

    async def alter_configs(
        self,
        config_resources: Sequence[ConfigResource],
        validate_only: bool = False,
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[ResourceKey, Optional[GofkaError]]:
        """Change what ``ConfigResource.configs`` says; all else stays (KIP-339).

        :param raise_errors: raise the first error instead of answering an error (or None) for each.
        :raises InvalidConfigError: and others: a name or value is wrong.
        """
        outcomes: Dict[ResourceKey, Optional[GofkaError]] = {}
        for node_id, resources in _by_node(config_resources).items():
            request = IncrementalAlterConfigsRequest(
                resources=[
                    IncrementalAlterConfigsRequest.Resource(
                        each.resource_type, each.name, _changes(each.configs or {})
                    )
                    for each in resources
                ],
                validate_only=validate_only,
            )
            answer = await self._ask_node(node_id, request, timeout_ms)
            told = {
                (ConfigResourceType(each.resource_type), each.resource_name): outcome(
                    each.error_code, each.error_message, each.resource_name
                )
                for each in answer.responses
            }
            outcomes.update(told)
        return first_error(outcomes, raise_errors)

    async def _ask_node(self, node_id: Optional[int], request, timeout_ms: Optional[float]):  # type: ignore[no-untyped-def]
        """None: whoever answers for the cluster."""

        async def attempt(left_s: float):  # type: ignore[no-untyped-def]
            limit_s = self._request_s(left_s)
            if node_id is None:
                answer = await self.client.ask_controller(request, timeout_s=limit_s)
            else:
                if node_id not in self.client.cluster.brokers:
                    await self.client.cluster.refresh()
                answer = await self.client.ask(node_id, request, timeout_s=limit_s)
            results = answer.results if hasattr(answer, "results") else answer.responses
            outcomes = {
                place: outcome(each.error_code, each.error_message, each.resource_name)
                for place, each in enumerate(results)
            }
            retry_if_all_passing(outcomes)
            return answer

        return await self._retrying(attempt, timeout_ms)

    # ------------------------------------------------------------ the cluster

    async def describe_cluster(self, timeout_ms: Optional[float] = None) -> ClusterDescription:
        """Its id, its brokers, and the controller as far as clients are told of it."""

        async def attempt(left_s: float) -> ClusterDescription:
            limit_s = self._request_s(left_s)
            try:
                answer = await self.client.ask_any(DescribeClusterRequest(), timeout_s=limit_s)
            except UnsupportedVersionError:
                await self.client.cluster.refresh()
                cluster = self.client.cluster
                known = [
                    BrokerDescription(each.node_id, each.host, each.port, each.rack)
                    for each in cluster.brokers.values()
                ]
                return ClusterDescription(cluster.cluster_id, cluster.controller_id, known)
            if answer.error_code:
                raise for_code(answer.error_code, answer.error_message or "DescribeCluster")
            brokers = [
                BrokerDescription(each.broker_id, each.host, each.port, each.rack)
                for each in sorted(answer.brokers, key=lambda each: each.broker_id)
            ]
            controller = answer.controller_id if answer.controller_id >= 0 else None
            return ClusterDescription(answer.cluster_id, controller, brokers)

        return await self._retrying(attempt, timeout_ms)

    async def describe_log_dirs(
        self,
        brokers: Optional[Sequence[int]] = None,
        timeout_ms: Optional[float] = None,
    ) -> List[LogDirDescription]:
        """Where these brokers, or all, keep their data, and how much of each partition."""

        async def attempt(left_s: float) -> List[LogDirDescription]:
            found = []
            for node_id in await self._broker_ids() if brokers is None else brokers:
                answer = await self.client.ask(
                    node_id, DescribeLogDirsRequest(None), timeout_s=self._request_s(left_s)
                )
                if answer.error_code:
                    raise for_code(answer.error_code, f"log directories of broker {node_id}")
                for each in answer.results:
                    if each.error_code:
                        raise for_code(each.error_code, f"{each.log_dir} of broker {node_id}")
                    sizes = {
                        TopicPartition(topic.name, partition.partition_index): partition.partition_size
                        for topic in each.topics
                        for partition in topic.partitions
                    }
                    found.append(
                        LogDirDescription(
                            node_id, each.log_dir, each.total_bytes, each.usable_bytes, sizes
                        )
                    )
            return found

        return await self._retrying(attempt, timeout_ms)


def _by_node(
    resources: Sequence[ConfigResource],
) -> Dict[Optional[int], List[ConfigResource]]:
    nodes: Dict[Optional[int], List[ConfigResource]] = {}
    for each in resources:
        is_broker = each.resource_type in _OF_A_BROKER and each.name
        nodes.setdefault(int(each.name) if is_broker else None, []).append(each)
    return nodes


def _changes(
    configs: Mapping[str, ConfigChange],
) -> List[IncrementalAlterConfigsRequest.Resource.Config]:
    changes = []
    for name, change in configs.items():
        op, value = change if isinstance(change, tuple) else (AlterConfigOp.SET, change)
        told = None if op == AlterConfigOp.DELETE or value is None else str(value)
        changes.append(IncrementalAlterConfigsRequest.Resource.Config(name, int(op), told))
    return changes


def _source(number: int) -> ConfigSource:
    return ConfigSource(number) if number in ConfigSource._value2member_map_ else ConfigSource.UNKNOWN


def _entry(told: DescribeConfigsResponse.Result.Config) -> ConfigEntry:
    return ConfigEntry(
        told.name,
        told.value,
        _source(told.config_source),
        told.read_only,
        told.is_sensitive,
        [(each.name, each.value, _source(each.source)) for each in told.synonyms],
    )
