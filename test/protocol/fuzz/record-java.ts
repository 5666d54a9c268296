// What Kafka's own command-line tools are made to say for the corpus.

export type JavaTool = {
  readonly main: string;
  readonly words: readonly string[];
  readonly input?: string;
};

const tools = "org.apache.kafka.tools";
const lines = Array.from({ length: 20 }, (_, i) => `k${i}:value ${i}\n`).join("");

/** `"topics --create"`: the tool's class and its words, in one line. */
export function javaTools(bootstrap: string): readonly JavaTool[] {
  const server = ["--bootstrap-server", bootstrap];
  const tool = (main: string, words: string, input?: string): JavaTool => ({
    main: main.startsWith("kafka.") ? main : `${tools}.${main}`,
    words: [...server, ...words.split(" ")],
    ...(input !== undefined && { input }),
  });
  const produce = (how: string): JavaTool =>
    tool(
      "ConsoleProducer",
      `--topic jt --reader-property parse.key=true --reader-property key.separator=: ${how}`,
      lines,
    );
  const consume = (how: string): JavaTool =>
    tool("consumer.ConsoleConsumer", `--topic jt --from-beginning --timeout-ms 6000 ${how}`);
  return [
    tool(
      "TopicCommand",
      "--create --topic jt --partitions 2 --config cleanup.policy=compact,delete",
    ),
    ...["gzip", "snappy", "lz4", "zstd"].map((codec) => produce(`--compression-codec ${codec}`)),
    consume("--group jg --max-messages 40"),
    consume("--group jg2 --max-messages 40 --consumer-property group.protocol=consumer"),
    tool("TopicCommand", "--describe"),
    tool("TopicCommand", "--alter --topic jt --partitions 3"),
    tool("GetOffsetShell", "--topic jt --time -3"),
    tool("LogDirsCommand", "--describe"),
    tool("BrokerApiVersionsCommand", "--version"),
    tool("consumer.group.ConsumerGroupCommand", "--describe --all-groups"),
    tool(
      "consumer.group.ConsumerGroupCommand",
      "--reset-offsets --group jg --topic jt --to-earliest --execute",
    ),
    tool("kafka.admin.ConfigCommand", "--describe --all --entity-type brokers --entity-name 1"),
    tool(
      "kafka.admin.ConfigCommand",
      "--alter --entity-type topics --entity-name jt --add-config retention.ms=1000000",
    ),
    tool(
      "kafka.admin.ConfigCommand",
      "--alter --entity-type users --entity-name u --add-config SCRAM-SHA-256=[iterations=4096,password=p]",
    ),
    tool("kafka.admin.ConfigCommand", "--describe --entity-type users"),
    tool("AclCommand", "--add --allow-principal User:u --operation Read --topic jt"),
    tool("AclCommand", "--list"),
    tool("AclCommand", "--remove --allow-principal User:u --operation Read --topic jt --force"),
    tool("LeaderElectionCommand", "--election-type preferred --all-topic-partitions"),
    tool("reassign.ReassignPartitionsCommand", "--list"),
    tool("TransactionsCommand", "list"),
    tool("TransactionsCommand", "describe-producers --topic jt --partition 0"),
    tool("MetadataQuorumCommand", "describe --status"),
    tool("FeatureCommand", "describe"),
    tool("consumer.ConsoleShareConsumer", "--topic jt --max-messages 5 --timeout-ms 4000"),
    tool("consumer.group.ShareGroupCommand", "--describe --all-groups"),
    tool("DelegationTokenCommand", "--describe"),
    tool("ClientMetricsCommand", "--list"),
    tool("VerifiableProducer", "--topic jv --max-messages 20 --acks -1"),
    tool("TopicCommand", "--delete --topic jt"),
  ];
}
