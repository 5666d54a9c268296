"""What the admin takes and answers. Names are kafka-python's where it has them.

Place in the flow: the admin's parts build requests of these and turn answers into them; applications
import them from ``gofka.admin``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ...records import OffsetAndMetadata, TopicPartition


class NewTopic(NamedTuple):
    """A topic to be made. -1: as the broker is set. ``replica_assignments``: broker ids by partition,
    instead of the two numbers."""

    name: str
    num_partitions: int = -1
    replication_factor: int = -1
    replica_assignments: Optional[Mapping[int, Sequence[int]]] = None
    topic_configs: Optional[Mapping[str, Optional[str]]] = None


class NewPartitions(NamedTuple):
    """How many partitions a topic is to have; broker ids of each new one, if they matter."""

    total_count: int
    new_assignments: Optional[Sequence[Sequence[int]]] = None


class PartitionDescription(NamedTuple):
    """``leader`` is None when there is none. Lists are of broker ids."""

    partition: int
    leader: Optional[int]
    leader_epoch: int
    replicas: List[int]
    isr: List[int]
    offline_replicas: List[int]


class TopicDescription(NamedTuple):
    """``topic_id``: 32 hexadecimal digits, or empty for old brokers."""

    name: str
    topic_id: str
    is_internal: bool
    partitions: List[PartitionDescription]


class BrokerDescription(NamedTuple):
    node_id: int
    host: str
    port: int
    rack: Optional[str]


class ClusterDescription(NamedTuple):
    cluster_id: Optional[str]
    controller_id: Optional[int]
    brokers: List[BrokerDescription]


class LogDirDescription(NamedTuple):
    """Sizes in bytes; -1 where the broker does not tell."""

    broker_id: int
    path: str
    total_bytes: int
    usable_bytes: int
    partitions: Dict[TopicPartition, int]


class ConfigResourceType(IntEnum):
    TOPIC = 2
    BROKER = 4
    BROKER_LOGGER = 8
    CLIENT_METRICS = 16
    GROUP = 32


class AlterConfigOp(IntEnum):
    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


ConfigChange = Union[str, Tuple[Union[AlterConfigOp, int], Optional[str]]]


class ConfigResource:
    """What has configs. ``configs``: names to values when altering, where a pair ``(op, value)`` deletes,
    appends or subtracts; names to be told when describing, all when None."""

    def __init__(
        self,
        resource_type: Union[ConfigResourceType, str],
        name: str,
        configs: Optional[Mapping[str, ConfigChange]] = None,
    ) -> None:
        if isinstance(resource_type, str):
            resource_type = ConfigResourceType[resource_type.upper()]
        self.resource_type = ConfigResourceType(resource_type)
        self.name = str(name)
        self.configs = configs

    @property
    def key(self) -> Tuple[ConfigResourceType, str]:
        return self.resource_type, self.name


class ConfigSource(IntEnum):
    UNKNOWN = 0
    DYNAMIC_TOPIC = 1
    DYNAMIC_BROKER = 2
    DYNAMIC_DEFAULT_BROKER = 3
    STATIC_BROKER = 4
    DEFAULT = 5
    DYNAMIC_BROKER_LOGGER = 6
    DYNAMIC_CLIENT_METRICS = 7
    DYNAMIC_GROUP = 8


class ConfigEntry(NamedTuple):
    """``value`` is None when it is a secret. ``synonyms``: where it comes from, with values, best first."""

    name: str
    value: Optional[str]
    source: ConfigSource
    is_read_only: bool
    is_sensitive: bool
    synonyms: List[Tuple[str, Optional[str], ConfigSource]]

    @property
    def is_default(self) -> bool:
        return self.source is ConfigSource.DEFAULT


class GroupListing(NamedTuple):
    """``group_type``: "classic" or "consumer"; empty for old brokers, as ``state`` is."""

    group_id: str
    protocol_type: str
    state: str
    group_type: str


class MemberDescription(NamedTuple):
    member_id: str
    instance_id: Optional[str]
    client_id: str
    client_host: str
    assignment: List[TopicPartition]


class GroupDescription(NamedTuple):
    """``assignor``: how partitions are shared out; empty when there is no member."""

    group_id: str
    group_type: str
    state: str
    protocol_type: str
    assignor: str
    members: List[MemberDescription]


class MemberToRemove(NamedTuple):
    """A static member by its instance id, or any member by its id."""

    member_id: str = ""
    group_instance_id: Optional[str] = None


class OffsetSpec(IntEnum):
    """What may stand for a time in ms since 1970."""

    LATEST = -1
    EARLIEST = -2
    MAX_TIMESTAMP = -3


class ResourceType(IntEnum):
    ANY = 1
    TOPIC = 2
    GROUP = 3
    CLUSTER = 4
    TRANSACTIONAL_ID = 5
    DELEGATION_TOKEN = 6
    USER = 7


class ACLResourcePatternType(IntEnum):
    ANY = 1
    MATCH = 2
    LITERAL = 3
    PREFIXED = 4


class ACLOperation(IntEnum):
    ANY = 1
    ALL = 2
    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7
    DESCRIBE = 8
    CLUSTER_ACTION = 9
    DESCRIBE_CONFIGS = 10
    ALTER_CONFIGS = 11
    IDEMPOTENT_WRITE = 12
    CREATE_TOKENS = 13
    DESCRIBE_TOKENS = 14
    TWO_PHASE_COMMIT = 15


class ACLPermissionType(IntEnum):
    ANY = 1
    DENY = 2
    ALLOW = 3


class ResourcePattern(NamedTuple):
    resource_type: ResourceType
    resource_name: Optional[str]
    pattern_type: ACLResourcePatternType = ACLResourcePatternType.LITERAL


class ACL(NamedTuple):
    """Who (``User:alice``), from where (``*``), may or may not do what to which resources."""

    principal: str
    host: str
    operation: ACLOperation
    permission_type: ACLPermissionType
    resource_pattern: ResourcePattern


class ACLFilter(NamedTuple):
    """ACLs that match in all of these; None and ANY match everything."""

    principal: Optional[str] = None
    host: Optional[str] = None
    operation: ACLOperation = ACLOperation.ANY
    permission_type: ACLPermissionType = ACLPermissionType.ANY
    resource_pattern: ResourcePattern = ResourcePattern(
        ResourceType.ANY, None, ACLResourcePatternType.ANY
    )


class ScramMechanism(IntEnum):
    SCRAM_SHA_256 = 1
    SCRAM_SHA_512 = 2


class UserScramCredentialUpsertion(NamedTuple):
    """A password to be set. Only what SCRAM derives from it leaves this process."""

    user: str
    mechanism: ScramMechanism
    password: str
    iterations: int = 4096
    salt: Optional[bytes] = None


class UserScramCredentialDeletion(NamedTuple):
    user: str
    mechanism: ScramMechanism


class ScramCredentialInfo(NamedTuple):
    mechanism: ScramMechanism
    iterations: int


Offsets = Dict[TopicPartition, OffsetAndMetadata]
