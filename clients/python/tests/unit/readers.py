"""A consumer's core in the world without sockets and clocks, and brokers with fetches and one-member groups."""

from world import CODES, Cluster, World

from gofka import errors
from gofka._core.consumer import ConsumerCore
from gofka._core.consumer_options import ConsumerSettings
from gofka._core.record_batch import encode_record, seal
from gofka.records import TopicPartition


def batch(base, values, epoch=0):
    records = b"".join(encode_record(i, 0, None, value, []) for i, value in enumerate(values))
    made = seal(records, len(values), 1000, 1000)
    made[0:8] = base.to_bytes(8, "big")
    made[12:16] = epoch.to_bytes(4, "big")
    return bytes(made)


class Readable(Cluster):
    """`code(api)` says with which error an API answers, None for none. One group; its only member leads."""

    def __init__(self, world, brokers=2, topics=None):
        super().__init__(world, brokers, topics)
        self.code = lambda api: None
        self.committed = {}
        self.commits = []
        self.generation = 0
        self.members = set()
        self.pending = set()
        self.assignment = b""
        self.target = None
        self.sessions = {}
        self.log_start = 0
        #: Of (topic, partition, epoch): the epoch and the offset that the log says it ended with.
        self.ends = {}
        self.epochs_asked = []
        for name in ("fetch", "offset_for_leader_epoch", "list_offsets", "find_coordinator", "offset_fetch", "offset_commit", "join_group",
                     "sync_group", "heartbeat", "leave_group", "consumer_group_heartbeat"):
            api = "".join(word.title() for word in name.split("_"))
            self.overrides[api] = getattr(self, name)

    def error(self, api):
        name = self.code(api)
        if name in ("UNKNOWN_MEMBER_ID", "FENCED_MEMBER_EPOCH"):
            self.members.clear()
        return 0 if name is None else CODES[name]

    def name_of(self, topic, version, since):
        return topic.topic_id.rstrip(b"\1").decode() if version >= since else topic.topic

    def fill(self, topic, partition, count):
        values = self.topics[topic][partition].values
        values += [b"%d" % i for i in range(len(values), len(values) + count)]

    def fetch(self, broker, request, version):
        cls = type(request).response
        error = self.error("FetchSession")
        if error:
            return cls(error_code=error)
        key = (broker.node_id, request.session_id)
        if request.session_epoch <= 0:
            session_id = 100 + len(self.sessions)
            key = (broker.node_id, session_id)
            wanted = self.sessions[key] = {}
        elif key not in self.sessions:
            return cls(error_code=CODES["FETCH_SESSION_ID_NOT_FOUND"])
        else:
            wanted = self.sessions[key]
        for topic in request.forgotten_topics_data:
            for partition in topic.partitions:
                wanted.pop((self.name_of(topic, version, 13), partition), None)
        for topic in request.topics:
            for each in topic.partitions:
                wanted[self.name_of(topic, version, 13), each.partition] = each.fetch_offset
        topics = []
        for (name, index), offset in wanted.items():
            topics.append(self._fetched(cls, broker, name, index, offset, version))
        return cls(session_id=key[1], responses=topics)

    def _fetched(self, cls, broker, name, index, offset, version):
        partition = self.topics[name][index]
        values = partition.values
        answer = cls.Response.Partition(index, 0, len(values), len(values), self.log_start)
        if partition.leader != broker.node_id:
            answer.error_code = CODES["NOT_LEADER_OR_FOLLOWER"]
            if version >= 16 and self.world.random.random() < 0.5:
                answer.current_leader = cls.Response.Partition.CurrentLeader(partition.leader, partition.epoch)
        elif not self.log_start <= offset <= len(values):
            answer.error_code = CODES["OFFSET_OUT_OF_RANGE"]
        else:
            answer.error_code = self.error("Fetch")
            if not answer.error_code and offset < len(values):
                base = offset - offset % 3
                answer.records = batch(base, values[base : base + 7], partition.epoch)
        return cls.Response(name, name.encode().ljust(16, b"\1"), [answer])

    def offset_for_leader_epoch(self, broker, request, version):
        cls = type(request).response
        topics = []
        for topic in request.topics:
            answers = []
            for each in topic.partitions:
                partition = self.topics[topic.topic][each.partition]
                self.epochs_asked.append((topic.topic, each.partition, each.leader_epoch, each.current_leader_epoch))
                error = self.error("OffsetForLeaderEpoch")
                if partition.leader != broker.node_id:
                    error = CODES["NOT_LEADER_OR_FOLLOWER"]
                elif each.current_leader_epoch != partition.epoch:
                    error = CODES["FENCED_LEADER_EPOCH"]
                # Without an end of its own an epoch has all there is.
                end = self.ends.get((topic.topic, each.partition, each.leader_epoch), (each.leader_epoch, len(partition.values)))
                answers.append(cls.Topic.Partition(error, each.partition, *((-1, -1) if error else end)))
            topics.append(cls.Topic(topic.topic, answers))
        return cls(topics=topics)

    def list_offsets(self, broker, request, version):
        cls = type(request).response
        topics = []
        for topic in request.topics:
            answers = []
            for each in topic.partitions:
                partition = self.topics[topic.name][each.partition_index]
                offset = len(partition.values) if each.timestamp == -1 else self.log_start
                error = self.error("ListOffsets")
                if partition.leader != broker.node_id:
                    error = CODES["NOT_LEADER_OR_FOLLOWER"]
                answers.append(cls.Topic.Partition(each.partition_index, error, -1, offset, 0))
            topics.append(cls.Topic(topic.name, answers))
        return cls(topics=topics)

    def find_coordinator(self, broker, request, version):
        cls = type(request).response
        found = cls.Coordinator(request.coordinator_keys[0], 1, "broker", 1, self.error("FindCoordinator"))
        return cls(coordinators=[found])

    def offset_fetch(self, broker, request, version):
        cls = type(request).response
        group = request.groups[0]
        topics = []
        for topic in group.topics:
            name = topic.name or topic.topic_id.rstrip(b"\1").decode()
            answers = [
                cls.Group.Topic.Partition(p, self.committed.get((name, p), -1), -1, "", 0)
                for p in topic.partition_indexes
            ]
            topics.append(cls.Group.Topic(topic.name, topic.topic_id, answers))
        return cls(groups=[cls.Group(group.group_id, topics, self.error("OffsetFetch"))])

    def offset_commit(self, broker, request, version):
        cls = type(request).response
        error = self.error("OffsetCommit")
        if not error and request.member_id and request.member_id not in self.members:
            error = CODES["UNKNOWN_MEMBER_ID"]
        topics = []
        for topic in request.topics:
            name = topic.name or topic.topic_id.rstrip(b"\1").decode()
            for each in topic.partitions:
                if not error:
                    self.committed[name, each.partition_index] = each.committed_offset
                    self.commits.append((name, each.partition_index, each.committed_offset))
            answers = [cls.Topic.Partition(each.partition_index, error) for each in topic.partitions]
            topics.append(cls.Topic(topic.name, topic.topic_id, answers))
        return cls(topics=topics)

    def join_group(self, broker, request, version):
        cls = type(request).response
        error = self.error("JoinGroup")
        if error:
            return cls(error_code=error)
        if not request.member_id:
            member_id = f"m{self.world.random.random()}"
            self.pending.add(member_id)
            return cls(error_code=CODES["MEMBER_ID_REQUIRED"], member_id=member_id)
        if request.member_id in self.pending:
            self.pending.discard(request.member_id)
            self.members.add(request.member_id)
        if request.member_id not in self.members:
            return cls(error_code=CODES["UNKNOWN_MEMBER_ID"])
        self.generation += 1
        protocol = request.protocols[0]
        member = cls.Member(request.member_id, None, bytes(protocol.metadata))
        return cls(0, 0, self.generation, "consumer", protocol.name, request.member_id, False,
                   request.member_id, [member])

    def sync_group(self, broker, request, version):
        cls = type(request).response
        error = self.error("SyncGroup")
        if error:
            return cls(error_code=error)
        if request.generation_id != self.generation:
            return cls(error_code=CODES["ILLEGAL_GENERATION"])
        mine = [bytes(each.assignment) for each in request.assignments if each.member_id == request.member_id]
        return cls(0, 0, "consumer", request.protocol_name, mine[0])

    def heartbeat(self, broker, request, version):
        error = self.error("Heartbeat")
        if not error and request.member_id not in self.members:
            error = CODES["UNKNOWN_MEMBER_ID"]
        return type(request).response(0, error)

    def leave_group(self, broker, request, version):
        cls = type(request).response
        for each in request.members:
            self.members.discard(each.member_id)
        return cls(0, 0, [cls.Member(each.member_id) for each in request.members])

    def consumer_group_heartbeat(self, broker, request, version):
        cls = type(request).response
        error = self.error("ConsumerGroupHeartbeat")
        if error:
            return cls(error_code=error)
        if request.member_epoch < 0:
            self.members.discard(request.member_id)
            return cls(member_id=request.member_id, member_epoch=request.member_epoch)
        if request.member_epoch == 0:
            self.members.add(request.member_id)
            self.generation += 1
        elif request.member_id not in self.members:
            return cls(error_code=CODES["UNKNOWN_MEMBER_ID"])
        assignment = None
        if request.member_epoch == 0 or self.target is not None:
            target = self.target or {name: range(len(each)) for name, each in self.topics.items()}
            assignment = cls.Assignment(
                [cls.Assignment.TopicPartition(name.encode().ljust(16, b"\1"), list(indexes))
                 for name, indexes in target.items()]
            )
        return cls(0, 0, None, request.member_id, self.generation, 1000, assignment)


class Reader:
    """What the shells do, in world time."""

    def __init__(self, seed=0, topics=None, brokers=2, **options):
        self.world = World(seed)
        self.cluster = Readable(self.world, brokers, topics or {"t": 3})
        options = {"bootstrap_servers": "one:1", "auto_offset_reset": "earliest", **options}
        self.core = ConsumerCore(self.world, ConsumerSettings(options))
        self.read = []
        self.calls = []

    def subscribe(self, *topics):
        self.world.run(self.core.subscribe(list(topics), None))

    def assign(self, *partitions):
        self.world.run(self.core.assign([TopicPartition("t", p) for p in partitions]))

    def poll(self, timeout_s=0.5):
        deadline = self.world.engine.now + timeout_s
        while True:
            while self.core.attention:
                gate = self.world.run(self.core.next_gate())
                if gate is None:
                    break
                self.calls.append((gate.kind, len(gate.partitions)))
                self.core.gate_passed(gate)
                self.world.engine.run(self.world.engine.now)
            try:
                found = self.core.take(500)
            except errors.GofkaError:
                self.core.rewind()
                raise
            if self.core.wants_wake:
                self.core.wake_fetcher()
            left = deadline - self.world.engine.now
            if found or left <= 0:
                self.core.polls += 1
                got = [(r.topic, r.partition, r.offset, r.value) for rs in found.values() for r in rs]
                self.read += got
                return got
            self.world.run(self.core.wait(left))

    def poll_until(self, condition, limit_s=600.0):
        end = self.world.engine.now + limit_s
        while not condition():
            assert self.world.engine.now < end, "not within world time"
            self.poll()

    def offsets(self, partition, topic="t"):
        return [offset for t, p, offset, _ in self.read if (t, p) == (topic, partition)]

    def close(self):
        async def close():
            await self.core.begin_leaving(True)
            await self.core.leave()

        self.world.run(close())
        self.core.close()
        self.world.engine.run(self.world.engine.now)
