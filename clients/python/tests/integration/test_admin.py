"""The admin against a broker: every call, and what each does with what is wrong."""

import asyncio

import pytest
from conftest import fresh_name, wait_for

from gofka import Admin, Consumer, TopicPartition
from gofka import aio, errors
from gofka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    AlterConfigOp,
    ConfigResource,
    ConfigResourceType,
    ConfigSource,
    MemberToRemove,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePattern,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from gofka.records import OffsetAndMetadata


def test_topics_are_made_described_and_deleted(admin):
    name, plain = fresh_name(), fresh_name()
    wanted = [NewTopic(name, 3, 1, topic_configs={"retention.ms": "60000"}), plain]
    assert admin.create_topics(wanted, validate_only=True) == {name: None, plain: None}
    assert name not in admin.list_topics()
    assert admin.create_topics(wanted) == {name: None, plain: None}
    admin.wait_for_topics([name, plain])
    assert {name, plain} <= set(admin.list_topics())
    (topic,) = admin.describe_topics([name])
    assert topic.name == name and len(topic.topic_id) == 32 and not topic.is_internal
    assert [each.partition for each in topic.partitions] == [0, 1, 2]
    assert all(each.leader in each.replicas == each.isr for each in topic.partitions)
    assert name in {each.name for each in admin.describe_topics()}
    assert admin.delete_topics([name, plain]) == {name: None, plain: None}

    def is_gone():
        try:
            admin.describe_topics([name])
        except errors.UnknownTopicOrPartitionError:
            return True

    wait_for(is_gone)


def test_topics_that_cannot_be(admin):
    name = fresh_name()
    admin.create_topics([NewTopic(name, 1, 1)])
    with pytest.raises(errors.TopicAlreadyExistsError, match=name):
        admin.create_topics([name])
    bad = admin.create_topics(
        [NewTopic("a b"), NewTopic(fresh_name(), 0, 1), NewTopic(fresh_name(), 1, 9), name],
        raise_errors=False,
    )
    assert [type(each) for each in bad.values()] == [
        errors.InvalidTopicError,
        errors.InvalidPartitionsError,
        errors.InvalidReplicationFactorError,
        errors.TopicAlreadyExistsError,
    ]
    with pytest.raises(errors.InvalidConfigError):
        admin.create_topics([NewTopic(fresh_name(), 1, 1, topic_configs={"no.such": "1"})])
    admin.delete_topics(name)
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        admin.delete_topics([name], timeout_ms=5000)


def test_replicas_by_hand(admin):
    name = fresh_name()
    broker = admin.describe_cluster().brokers[0].node_id
    admin.create_topics([NewTopic(name, replica_assignments={0: [broker], 1: [broker]})])
    assert len(admin.describe_topics([name])[0].partitions) == 2
    admin.delete_topics([name])


def test_partitions(admin, make_topic):
    name = make_topic(1)
    assert admin.create_partitions({name: 3}) == {name: None}
    assert admin.create_partitions({name: NewPartitions(4)}, validate_only=True) == {name: None}
    assert len(admin.describe_topics([name])[0].partitions) == 3
    with pytest.raises(errors.InvalidPartitionsError):
        admin.create_partitions({name: 2})


def test_configs(admin, make_topic):
    name = make_topic(1)
    topic = ConfigResource(ConfigResourceType.TOPIC, name)
    found = admin.describe_configs([topic], include_synonyms=True)[topic.key]
    assert found["retention.ms"].is_default and found["retention.ms"].value == "604800000"
    admin.alter_configs([ConfigResource("topic", name, {"retention.ms": "1000", "cleanup.policy": (AlterConfigOp.APPEND, "compact")})])
    found = admin.describe_configs([topic])[topic.key]
    assert found["retention.ms"].value == "1000"
    assert found["retention.ms"].source is ConfigSource.DYNAMIC_TOPIC
    assert set(found["cleanup.policy"].value.split(",")) == {"delete", "compact"}
    admin.alter_configs([ConfigResource("topic", name, {"retention.ms": (AlterConfigOp.DELETE, None)})])
    only = admin.describe_configs([ConfigResource("topic", name, {"retention.ms": ""})])[topic.key]
    assert list(only) == ["retention.ms"] and only["retention.ms"].is_default
    with pytest.raises(errors.GofkaError):
        admin.alter_configs([ConfigResource("topic", name, {"retention.ms": "soon"})])
    broker = str(admin.describe_cluster().brokers[0].node_id)
    of_broker = ConfigResource(ConfigResourceType.BROKER, broker)
    assert "log.retention.hours" in admin.describe_configs([of_broker])[of_broker.key]


def test_cluster(admin, bootstrap):
    cluster = admin.describe_cluster()
    assert cluster.cluster_id
    assert f"{cluster.brokers[0].host}:{cluster.brokers[0].port}" == bootstrap


def test_log_dirs(admin, make_topic, against):
    name = make_topic(2)
    wanted = {TopicPartition(name, 0), TopicPartition(name, 1)}
    wait_for(lambda: wanted <= set(admin.describe_log_dirs()[0].partitions))


def test_records_are_deleted_and_offsets_listed(admin, make_topic, fill):
    name = make_topic(2)
    fill(name, 10, partition=0)
    tps = [TopicPartition(name, 0), TopicPartition(name, 1)]
    ends = admin.list_partition_offsets({tp: OffsetSpec.LATEST for tp in tps})
    assert [ends[tp].offset for tp in tps] == [10, 0]
    assert admin.delete_records({tps[0]: 4}) == {tps[0]: 4}
    assert admin.list_partition_offsets({tps[0]: OffsetSpec.EARLIEST})[tps[0]].offset == 4
    assert admin.delete_records({tps[0]: -1, tps[1]: -1}) == {tps[0]: 10, tps[1]: 0}
    with pytest.raises(errors.OffsetOutOfRangeError):
        admin.delete_records({tps[0]: 11})
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        admin.delete_records({TopicPartition("no-such-topic", 0): 1})
    with pytest.raises(errors.UnknownTopicOrPartitionError):
        admin.list_partition_offsets({TopicPartition(name, 7): OffsetSpec.EARLIEST}, timeout_ms=3000)


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_groups(admin, bootstrap, make_topic, fill, protocol):
    name, group = make_topic(2), fresh_name("g")
    fill(name, 10, partition=1)
    with Consumer(
        name, bootstrap_servers=bootstrap, group_id=group, group_protocol=protocol, auto_offset_reset="earliest",
        client_id="it-is-me",
    ) as consumer:
        for count, _ in enumerate(consumer, 1):
            if count == 10:
                break
        consumer.commit()
        described = admin.describe_groups([group])[group]
        assert (described.state, described.group_type) == ("Stable", protocol)
        (member,) = described.members
        assert member.client_id == "it-is-me" and len(member.assignment) == 2
        listing = {each.group_id: each for each in admin.list_groups()}[group]
        assert (listing.state, listing.group_type) == ("Stable", protocol)
        assert group in {each.group_id for each in admin.list_groups(["Stable"], [protocol])}
        assert group not in {each.group_id for each in admin.list_groups(["Empty"])}
        with pytest.raises(errors.NonEmptyGroupError):
            admin.delete_groups([group])
        with pytest.raises(errors.GofkaError):
            admin.alter_group_offsets(group, {TopicPartition(name, 1): 3})
    assert admin.describe_groups(group)[group].state == "Empty"
    tps = TopicPartition(name, 0), TopicPartition(name, 1)
    offsets = admin.list_group_offsets(group)
    assert offsets[tps[1]].offset == 10
    assert admin.list_group_offsets(group, [tps[1]])[tps[1]].offset == 10
    assert admin.alter_group_offsets(group, {tps[0]: OffsetAndMetadata(0, "mine"), tps[1]: 5}) == {
        tps[0]: None,
        tps[1]: None,
    }
    offsets = admin.list_group_offsets(group, require_stable=True)
    assert offsets[tps[0]].metadata == "mine" and offsets[tps[1]].offset == 5
    assert admin.delete_group_offsets(group, [tps[0]]) == {tps[0]: None}
    assert set(admin.list_group_offsets(group)) == {tps[1]}
    assert admin.delete_groups([group]) == {group: None}
    assert group not in {each.group_id for each in admin.list_groups()}
    assert admin.describe_groups([group])[group].state == "Dead"
    with pytest.raises(errors.GroupIdNotFoundError):
        admin.delete_groups([group])


def test_a_member_is_thrown_out(admin, bootstrap, make_topic):
    name, group = make_topic(1), fresh_name("g")
    with Consumer(name, bootstrap_servers=bootstrap, group_id=group, group_instance_id="i") as consumer:
        while not consumer.assignment():
            consumer.poll(100)
        admin.remove_group_members(group, [MemberToRemove(group_instance_id="i")])
        assert not admin.describe_groups([group])[group].members
        with pytest.raises(errors.UnknownMemberIdError):
            admin.remove_group_members(group, [MemberToRemove("nobody")])


def test_acls_or_a_clear_no(make_broker, against):
    settings = {}
    if against == "kafka":
        settings = {
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
    with Admin(bootstrap_servers=make_broker(settings).bootstrap) as admin:
        pattern = ResourcePattern(ResourceType.TOPIC, "t")
        acl = ACL("User:alice", "*", ACLOperation.READ, ACLPermissionType.ALLOW, pattern)
        if against == "gofka":
            with pytest.raises((errors.UnsupportedVersionError, errors.SecurityDisabledError)):
                admin.create_acls([acl])
            return
        assert admin.create_acls([acl]) == {acl: None}
        assert admin.describe_acls(ACLFilter(principal="User:alice")) == [acl]
        assert admin.describe_acls(ACLFilter(operation=ACLOperation.WRITE)) == []
        assert admin.delete_acls([ACLFilter()]) == [acl]


def test_scram_users_or_a_clear_no(admin, against):
    upsertion = UserScramCredentialUpsertion("alice", ScramMechanism.SCRAM_SHA_256, "secret", 8192)
    if against == "gofka":
        with pytest.raises(errors.UnsupportedVersionError):
            admin.alter_user_scram_credentials([upsertion])
        return
    assert admin.alter_user_scram_credentials([upsertion]) == {"alice": None}

    def described():
        try:
            return admin.describe_user_scram_credentials(["alice"])
        except errors.ResourceNotFoundError:
            return None

    # The controller has answered; the broker that is asked hears of it a moment later.
    wait_for(lambda: described() is not None)
    assert described() == {"alice": [ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192)]}
    deletion = UserScramCredentialDeletion("alice", ScramMechanism.SCRAM_SHA_256)
    assert admin.alter_user_scram_credentials([deletion]) == {"alice": None}
    wait_for(lambda: described() is None)
    with pytest.raises(errors.ConfigurationError):
        admin.alter_user_scram_credentials([upsertion._replace(iterations=1)])


def test_no_broker():
    with Admin(bootstrap_servers="127.0.0.1:1", default_api_timeout_ms=500) as admin:
        with pytest.raises(errors.NoBrokersError):
            admin.list_topics()
    with pytest.raises(errors.ClientClosedError):
        admin.list_topics()
    with pytest.raises(errors.ConfigurationError, match="did you mean client_id"):
        Admin(cliend_id="x")


def test_the_twin_for_asyncio(bootstrap):
    async def main():
        name = fresh_name()
        async with aio.Admin(bootstrap_servers=bootstrap) as admin:
            await admin.create_topics([NewTopic(name, 2, 1)])
            await admin.wait_for_topics([name])
            assert name in await admin.list_topics()
            assert (await admin.describe_cluster()).brokers
            assert admin.metrics()["requests"] > 3
            await admin.delete_topics([name])
        with pytest.raises(errors.ClientClosedError):
            await admin.list_topics()

    asyncio.run(main())
