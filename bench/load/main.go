// Load for a Kafka-compatible broker, through franz-go. One process does one thing (the first
// argument) and prints one JSON line, so that a script can run it against two brokers in turn.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type options struct {
	bootstrap   string
	topic       string
	partitions  int
	configs     string
	recordBytes int
	records     int64
	duration    time.Duration
	warmup      time.Duration
	acks        string
	codec       string
	linger      time.Duration
	batchBytes  int
	inflight    int
	buffered    int
	rate        int
	ackedLog    string
	timeout     time.Duration
	seed        uint64
	even        bool
	keys        int
	text        bool
	consumers   int
	connections int
	brokerPid   int
	clients     int
}

var modes = map[string]struct {
	help string
	run  func(context.Context, options) (any, error)
}{
	"create":      {"create the topic (-partitions, -configs k=v,k=v); delete it first if it is there", runCreate},
	"produce":     {"produce as fast as it goes for -duration (or -records)", runProduce},
	"consume":     {"read the whole topic by assignment, as fast as it goes (-records: stop there)", runConsume},
	"rate":        {"produce at a steady -rate; latency counts from the intended send", runRate},
	"end-to-end":  {"one record in flight: produce, see it consumed, then the next", runEndToEnd},
	"tail":        {"-consumers read the end of a new topic while one producer writes", runTail},
	"sink":        {"be a broker that keeps nothing", runSink},
	"connections": {"hold -connections open until stdin ends; -rate: Produce requests of all of them", runConnections},
	"hop":         {"one connection to each partition of the topic in turn; CPU of -broker-pid's threads", runHop},
	"await":       {"wait until every partition of the topic tells its end; print how many records", runAwait},
	"verify":      {"produce -records numbered records, read all back by assignment, compare bytes", runVerify},
	"fill":        {"produce numbered records for -duration; note acked ones in -acked-log", runFill},
	"verify-log":  {"check that every record of -acked-log is there, byte for byte", runVerifyLog},
}

func usage() {
	fmt.Fprintln(os.Stderr, "load MODE [options]; modes:")
	for name, mode := range modes {
		fmt.Fprintf(os.Stderr, "  %-11s %s\n", name, mode.help)
	}
}

func parse(arguments []string) (o options) {
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.StringVar(&o.bootstrap, "bootstrap", "127.0.0.1:9092", "host:port,...")
	flags.StringVar(&o.topic, "topic", "load", "topic name")
	flags.IntVar(&o.partitions, "partitions", 6, "create: number of partitions")
	flags.StringVar(&o.configs, "configs", "", "create: topic configs, k=v,k=v")
	flags.IntVar(&o.recordBytes, "record-bytes", 100, "size of a record's value")
	flags.Int64Var(&o.records, "records", 0, "stop after so many records (0: by duration)")
	flags.DurationVar(&o.duration, "duration", 10*time.Second, "how long to load, after the warm-up")
	flags.DurationVar(&o.warmup, "warmup", 0, "load that is not counted")
	flags.StringVar(&o.acks, "acks", "all", "0, 1 or all")
	flags.StringVar(&o.codec, "codec", "none", "none, gzip, snappy, lz4, zstd")
	flags.DurationVar(&o.linger, "linger", 5*time.Millisecond, "producer linger")
	flags.IntVar(&o.batchBytes, "batch-bytes", 1_000_000, "largest batch")
	flags.IntVar(&o.inflight, "inflight", 5, "produce requests in flight per broker")
	flags.IntVar(&o.buffered, "buffered", 100_000, "records buffered in the client")
	flags.IntVar(&o.rate, "rate", 10_000, "rate, fill: records per second")
	flags.StringVar(&o.ackedLog, "acked-log", "", "file of acked records (fill, verify-log)")
	flags.DurationVar(&o.timeout, "timeout", 60*time.Second, "delivery timeout of a record")
	flags.Uint64Var(&o.seed, "seed", 1, "fill: number of this run; keeps runs' records apart")
	flags.BoolVar(&o.even, "even", false, "produce: the same number of records to each of -partitions")
	flags.IntVar(&o.keys, "keys", 0, "produce: records have one of so many keys, by chance (0: none)")
	flags.BoolVar(&o.text, "text", false, "values are text, which compresses")
	flags.IntVar(&o.consumers, "consumers", 1, "tail: readers")
	flags.IntVar(&o.connections, "connections", 100, "connections: how many")
	flags.IntVar(&o.brokerPid, "broker-pid", 0, "hop: whose threads' CPU time is told")
	flags.IntVar(&o.clients, "clients", 1, "produce: so many clients at once, which share -buffered")
	_ = flags.Parse(arguments)
	return o
}

func (o options) client(extra ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(o.bootstrap, ",")...),
		kgo.ClientID("gofka-load"),
		kgo.BrokerMaxReadBytes(1 << 30),
	}, extra...)...)
}

func (o options) producer(extra ...kgo.Opt) (*kgo.Client, error) {
	opts := []kgo.Opt{
		kgo.DefaultProduceTopic(o.topic),
		kgo.ProducerLinger(o.linger),
		kgo.ProducerBatchMaxBytes(int32(o.batchBytes)),
		kgo.BrokerMaxWriteBytes(int32(max(100<<20, o.batchBytes+1<<20))),
		kgo.MaxBufferedRecords(o.buffered),
		kgo.RecordDeliveryTimeout(o.timeout),
		kgo.MetadataMinAge(250 * time.Millisecond),
	}
	switch o.acks {
	case "all", "-1":
		opts = append(opts, kgo.RequiredAcks(kgo.AllISRAcks()))
	case "1":
		opts = append(opts, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	case "0":
		opts = append(opts, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	default:
		return nil, fmt.Errorf("acks %q: 0, 1 or all", o.acks)
	}
	if o.acks == "0" || o.acks == "1" {
		opts = append(opts, kgo.MaxProduceRequestsInflightPerBroker(o.inflight))
	}
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	codec, known := codecs[o.codec]
	if !known {
		return nil, fmt.Errorf("codec %q is not known", o.codec)
	}
	return o.client(append(append(opts, kgo.ProducerBatchCompression(codec)), extra...)...)
}

// cpuSeconds is what this process has used so far, in user and in system mode.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	of := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return of(usage.Utime) + of(usage.Stime)
}

func main() {
	if len(os.Args) < 2 {
		usage()
		os.Exit(2)
	}
	mode, known := modes[os.Args[1]]
	if !known {
		usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := mode.run(ctx, parse(os.Args[2:]))
	if err != nil {
		fmt.Fprintf(os.Stderr, "load %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	line, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}
