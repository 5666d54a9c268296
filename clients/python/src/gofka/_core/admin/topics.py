"""Topics, their partitions, and their records.

Place in the flow: a part of the admin's core. Topics are asked of the controller, records of leaders.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Sequence, Union

from ..._errors import ClientTimeoutError, ConfigurationError, GofkaError
from ..._protocol.create_partitions import CreatePartitionsRequest
from ..._protocol.create_topics import CreateTopicsRequest
from ..._protocol.delete_records import DeleteRecordsRequest
from ..._protocol.delete_topics import DeleteTopicsRequest
from ..._protocol.metadata import MetadataRequest, MetadataResponse
from ...errors import for_code
from ...records import OffsetAndTimestamp, TopicPartition
from .. import codes
from ..list_offsets import list_offsets
from .base import AdminBase, first_error, outcome, retry_if_all_passing
from .types import NewPartitions, NewTopic, OffsetSpec, PartitionDescription, TopicDescription

_IDS_FROM = 6
_DEFAULTS_FROM = 4


class TopicsAdmin(AdminBase):
    async def create_topics(
        self,
        new_topics: Sequence[Union[str, NewTopic]],
        timeout_ms: Optional[float] = None,
        validate_only: bool = False,
        raise_errors: bool = True,
    ) -> Dict[str, Optional[GofkaError]]:
        """Make topics; a plain name is one with the broker's defaults.

        :param timeout_ms: for all of it; default_api_timeout_ms if nothing is said.
        :param validate_only: only say whether it could be done.
        :param raise_errors: raise the first error instead of answering an error (or None) for each name.
        :raises TopicAlreadyExistsError: and others. What is tried again after a broken connection may say
            so of a topic that this call has made.
        """
        topics = [NewTopic(each) if isinstance(each, str) else each for each in new_topics]

        async def attempt(left_s: float) -> Dict[str, Optional[GofkaError]]:
            needs_defaults = any(
                not each.replica_assignments and min(each.num_partitions, each.replication_factor) < 0
                for each in topics
            )
            request = CreateTopicsRequest(
                topics=[_new_topic(each) for each in topics],
                timeout_ms=int(self._request_s(left_s) * 1000),
                validate_only=validate_only,
            )
            answer = await self.client.ask_controller(
                request,
                timeout_s=self._request_s(left_s),
                min_version=_DEFAULTS_FROM if needs_defaults else None,
            )
            found = {
                each.name: outcome(each.error_code, each.error_message, f"topic {each.name!r}")
                for each in answer.topics
            }
            retry_if_all_passing(found)
            return found

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)

    async def delete_topics(
        self,
        topics: Sequence[str],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[str, Optional[GofkaError]]:
        """Delete topics with all that is in them.

        :param raise_errors: raise the first error instead of answering an error (or None) for each name.
        :raises UnknownTopicOrPartitionError: there is no such topic, and has not been for 2 s.
        """
        names = [topics] if isinstance(topics, str) else list(topics)

        async def attempt(left_s: float) -> Dict[str, Optional[GofkaError]]:
            request = DeleteTopicsRequest(
                topics=[DeleteTopicsRequest.Topic(name) for name in names],
                timeout_ms=int(self._request_s(left_s) * 1000),
            )
            if not self.client.cluster.brokers:
                await self.client.cluster.refresh()
            node_id = self.client.cluster.controller_id
            if node_id is None or node_id not in self.client.cluster.brokers:
                node_id = next(iter(self.client.cluster.brokers))
            if await self.client.version(node_id, DeleteTopicsRequest) < _IDS_FROM:
                request = DeleteTopicsRequest(topic_names=names, timeout_ms=request.timeout_ms)
            answer = await self.client.ask(node_id, request, timeout_s=self._request_s(left_s))
            found = {
                each.name or "": outcome(each.error_code, each.error_message, f"topic {each.name!r}")
                for each in answer.responses
            }
            retry_if_all_passing(found)
            return found

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)

    async def create_partitions(
        self,
        topic_partitions: Mapping[str, Union[int, NewPartitions]],
        timeout_ms: Optional[float] = None,
        validate_only: bool = False,
        raise_errors: bool = True,
    ) -> Dict[str, Optional[GofkaError]]:
        """Give topics more partitions; keys may go elsewhere from then on.

        :param topic_partitions: how many each is to have in all.
        :raises InvalidPartitionsError: it has as many, or more.
        """
        counts = {
            name: NewPartitions(each) if isinstance(each, int) else each
            for name, each in topic_partitions.items()
        }

        async def attempt(left_s: float) -> Dict[str, Optional[GofkaError]]:
            request = CreatePartitionsRequest(
                topics=[_more_partitions(*each) for each in counts.items()],
                timeout_ms=int(self._request_s(left_s) * 1000),
                validate_only=validate_only,
            )
            answer = await self.client.ask_controller(request, timeout_s=self._request_s(left_s))
            found = {
                each.name: outcome(each.error_code, each.error_message, f"topic {each.name!r}")
                for each in answer.results
            }
            retry_if_all_passing(found)
            return found

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)

    async def list_topics(self, timeout_ms: Optional[float] = None) -> List[str]:
        """Names of all topics that may be seen, Kafka's own among them."""
        answer = await self._metadata(None, timeout_ms)
        return sorted(each.name for each in answer.topics if each.name)

    async def describe_topics(
        self, topics: Optional[Sequence[str]] = None, timeout_ms: Optional[float] = None
    ) -> List[TopicDescription]:
        """Partitions, leaders and replicas of these topics, or of all.

        :raises UnknownTopicOrPartitionError: there is no such topic.
        """
        names = [topics] if isinstance(topics, str) else topics
        answer = await self._metadata(names, timeout_ms)
        if names is not None:
            for each in answer.topics:
                if each.error_code:
                    raise for_code(each.error_code, f"topic {each.name!r}")
        return [_described(each) for each in answer.topics if each.name and not each.error_code]

    async def wait_for_topics(
        self, topics: Sequence[str], timeout_ms: Optional[float] = None
    ) -> None:
        """Return when all of them are there and have leaders.

        :raises ClientTimeoutError: they are not, in time.
        """
        names = [topics] if isinstance(topics, str) else list(topics)
        limit_s = self._limit(timeout_ms)
        until = self.engine.now + limit_s
        backoff = self.client.backoff()
        while True:
            answer = await self._metadata(names, timeout_ms)
            if all(_has_leaders(each) for each in answer.topics):
                return
            pause_s = backoff.next()
            if self.engine.now + pause_s >= until:
                missing = [each.name for each in answer.topics if not _has_leaders(each)]
                raise ClientTimeoutError(f"no leaders of {missing} within {limit_s:.3g} s")
            await self.engine.sleep(pause_s)

    async def _metadata(
        self, names: Optional[Sequence[str]], timeout_ms: Optional[float]
    ) -> MetadataResponse:
        async def attempt(left_s: float) -> MetadataResponse:
            asked = None if names is None else [MetadataRequest.Topic(name=each) for each in names]
            request = MetadataRequest(asked, allow_auto_topic_creation=False)
            return await self.client.ask_any(
                request, timeout_s=self._request_s(left_s), min_version=4
            )

        return await self._retrying(attempt, timeout_ms)

    async def delete_records(
        self,
        records_to_delete: Mapping[TopicPartition, int],
        timeout_ms: Optional[float] = None,
    ) -> Dict[TopicPartition, int]:
        """Delete what lies before an offset of each partition; -1: all that is there.

        Answers the first offset of each from now on.

        :raises OffsetOutOfRangeError: the offset lies behind the end.
        """
        left = {TopicPartition(*tp): offset for tp, offset in records_to_delete.items()}
        found: Dict[TopicPartition, int] = {}

        async def attempt(left_s: float) -> Dict[TopicPartition, int]:
            await self.client.cluster.refresh({tp.topic for tp in left})
            for node_id, partitions in self._by_leader(list(left)).items():
                topics: Dict[str, List[DeleteRecordsRequest.Topic.Partition]] = {}
                for tp in partitions:
                    each = DeleteRecordsRequest.Topic.Partition(tp.partition, left[tp])
                    topics.setdefault(tp.topic, []).append(each)
                request = DeleteRecordsRequest(
                    topics=[DeleteRecordsRequest.Topic(*each) for each in topics.items()],
                    timeout_ms=int(self._request_s(left_s) * 1000),
                )
                answer = await self.client.ask(
                    node_id, request, timeout_s=self._request_s(left_s)
                )
                for topic in answer.topics:
                    for told in topic.partitions:
                        tp = TopicPartition(topic.name, told.partition_index)
                        if told.error_code:
                            raise for_code(told.error_code, f"{tp.topic}-{tp.partition}")
                        found[tp] = told.low_watermark
                        left.pop(tp, None)
            return found

        return await self._retrying(attempt, timeout_ms)

    def _by_leader(self, partitions: Sequence[TopicPartition]) -> Dict[int, List[TopicPartition]]:
        leaders: Dict[int, List[TopicPartition]] = {}
        for tp in partitions:
            info = self.client.cluster.topics.get(tp.topic)
            if info is None or tp.partition not in info.partitions:
                raise for_code(codes.UNKNOWN_TOPIC_OR_PARTITION, f"{tp.topic}-{tp.partition}")
            leader = info.partitions[tp.partition].leader
            if leader is None:
                raise for_code(codes.LEADER_NOT_AVAILABLE, f"{tp.topic}-{tp.partition}")
            leaders.setdefault(leader, []).append(tp)
        return leaders

    async def list_partition_offsets(
        self,
        topic_partition_specs: Mapping[TopicPartition, Union[OffsetSpec, int]],
        isolation_level: str = "read_uncommitted",
        timeout_ms: Optional[float] = None,
    ) -> Dict[TopicPartition, OffsetAndTimestamp]:
        """Offsets of partitions: of a time in ms since 1970, or of an :class:`OffsetSpec`.

        The offset is -1 where no record is as late. The timestamp is -1 but for times.
        """
        if isolation_level not in ("read_uncommitted", "read_committed"):
            raise ConfigurationError(f"isolation_level {isolation_level!r}")
        times = {TopicPartition(*tp): int(spec) for tp, spec in topic_partition_specs.items()}
        committed = isolation_level == "read_committed"
        return await list_offsets(self.client, times, self._limit(timeout_ms), committed)


def _new_topic(given: NewTopic) -> CreateTopicsRequest.Topic:
    assignments = given.replica_assignments or {}
    return CreateTopicsRequest.Topic(
        name=given.name,
        num_partitions=-1 if assignments else given.num_partitions,
        replication_factor=-1 if assignments else given.replication_factor,
        assignments=[
            CreateTopicsRequest.Topic.Assignment(partition, list(brokers))
            for partition, brokers in sorted(assignments.items())
        ],
        configs=[
            CreateTopicsRequest.Topic.Config(name, None if value is None else str(value))
            for name, value in (given.topic_configs or {}).items()
        ],
    )


def _more_partitions(name: str, given: NewPartitions) -> CreatePartitionsRequest.Topic:
    assignments = None
    if given.new_assignments is not None:
        assignments = [
            CreatePartitionsRequest.Topic.Assignment(list(each)) for each in given.new_assignments
        ]
    return CreatePartitionsRequest.Topic(name, given.total_count, assignments)


def _has_leaders(topic: MetadataResponse.Topic) -> bool:
    return bool(topic.partitions) and all(each.leader_id >= 0 for each in topic.partitions)


def _described(topic: MetadataResponse.Topic) -> TopicDescription:
    partitions = [
        PartitionDescription(
            each.partition_index,
            each.leader_id if each.leader_id >= 0 else None,
            each.leader_epoch,
            list(each.replica_nodes),
            list(each.isr_nodes),
            list(each.offline_replicas),
        )
        for each in sorted(topic.partitions, key=lambda each: each.partition_index)
    ]
    topic_id = topic.topic_id.hex() if any(topic.topic_id) else ""
    return TopicDescription(topic.name or "", topic_id, topic.is_internal, partitions)
