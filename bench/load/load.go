package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const mebibyte = 1 << 20

type latencies struct {
	P50  float64 `json:"p50Ms"`
	P99  float64 `json:"p99Ms"`
	P999 float64 `json:"p999Ms"`
	Max  float64 `json:"maxMs"`
}

func percentiles(nanoseconds []int64) latencies {
	if len(nanoseconds) == 0 {
		return latencies{}
	}
	sort.Slice(nanoseconds, func(a, b int) bool { return nanoseconds[a] < nanoseconds[b] })
	at := func(share float64) float64 {
		return float64(nanoseconds[int(share*float64(len(nanoseconds)-1))]) / 1e6
	}
	return latencies{P50: at(0.5), P99: at(0.99), P999: at(0.999), Max: at(1)}
}

type throughput struct {
	Records          int64   `json:"records"`
	Seconds          float64 `json:"seconds"`
	RecordsPerSecond float64 `json:"recordsPerSecond"`
	MiBPerSecond     float64 `json:"mibPerSecond"`
	Failed           int64   `json:"failed"`
	// With the warm-up: what the broker's own CPU time is to be held against.
	TotalBytes       int64   `json:"totalBytes"`
	ClientCPUSeconds float64 `json:"clientCpuSeconds"`
	// Of the measured time only; 1 is one core.
	ClientCPUShare float64 `json:"clientCpuShare"`
	latencies
}

// Words of which values are made that shall compress like the text that people send.
var words = strings.Fields("order customer created shipped total currency address street number country " +
	"product quantity price discount payment pending accepted rejected warehouse carrier parcel returned")

// payloads are values used in turn: incompressible bytes, or text.
func payloads(o options) [][]byte {
	random := rand.New(rand.NewSource(1))
	values := make([][]byte, 64)
	for i := range values {
		values[i] = make([]byte, 0, o.recordBytes+32)
		for o.text && len(values[i]) < o.recordBytes {
			values[i] = fmt.Appendf(values[i], `"%s":"%x",`, words[random.Intn(len(words))], random.Uint32())
		}
		values[i] = values[i][:o.recordBytes]
		if !o.text {
			random.Read(values[i])
		}
	}
	return values
}

// flood keeps the client's buffer full until `done` says stop; returns acked and failed records.
// One record in 128 is timed. `spread` is for the manual partitioner.
func flood(ctx context.Context, client *kgo.Client, values [][]byte, spread int64, keys int, done func(sent int64) bool) (acked, failed int64, sampled []int64) {
	pool := sync.Pool{New: func() any { return new(kgo.Record) }}
	var lock sync.Mutex
	var ackedCount, failedCount atomic.Int64
	random := rand.New(rand.NewSource(2))
	for sent := int64(0); !done(sent) && ctx.Err() == nil; sent++ {
		record := pool.Get().(*kgo.Record)
		*record = kgo.Record{Value: values[sent&63], Partition: int32(sent % spread)}
		if keys > 0 {
			record.Key = binary.BigEndian.AppendUint64(nil, uint64(random.Intn(keys)))
		}
		var at time.Time
		if sent&127 == 0 {
			at = time.Now()
		}
		client.Produce(ctx, record, func(record *kgo.Record, err error) {
			if err != nil {
				failedCount.Add(1)
			} else {
				ackedCount.Add(1)
			}
			if !at.IsZero() {
				lock.Lock()
				sampled = append(sampled, int64(time.Since(at)))
				lock.Unlock()
			}
			pool.Put(record)
		})
	}
	_ = client.Flush(ctx)
	return ackedCount.Load(), failedCount.Load(), sampled
}

func runProduce(ctx context.Context, o options) (any, error) {
	partitioner, spread := kgo.UniformBytesPartitioner(64<<10, true, true, nil), int64(1)
	if o.even {
		partitioner, spread = kgo.ManualPartitioner(), int64(o.partitions)
	}
	o.buffered = max(1, o.buffered/o.clients)
	clients := make([]*kgo.Client, o.clients)
	for i := range clients {
		client, err := o.producer(kgo.RecordPartitioner(partitioner))
		if err != nil {
			return nil, err
		}
		defer client.Close()
		clients[i] = client
	}
	values := payloads(o)
	floodAll := func(done func(int64) bool) (acked, failed int64, sampled []int64) {
		var lock sync.Mutex
		var all sync.WaitGroup
		for _, client := range clients {
			all.Add(1)
			go func() {
				defer all.Done()
				a, f, s := flood(ctx, client, values, spread, o.keys, done)
				lock.Lock()
				defer lock.Unlock()
				acked, failed, sampled = acked+a, failed+f, append(sampled, s...)
			}()
		}
		all.Wait()
		return acked, failed, sampled
	}
	lasting := func(duration time.Duration) func(int64) bool {
		end := time.Now().Add(duration)
		return func(sent int64) bool { return sent&255 == 0 && time.Now().After(end) }
	}
	warm := int64(0)
	if o.warmup > 0 {
		warm, _, _ = floodAll(lasting(o.warmup))
	}
	until := lasting(o.duration)
	if o.records > 0 {
		until = func(sent int64) bool { return sent >= o.records/int64(o.clients) }
	}
	started, cpu := time.Now(), cpuSeconds()
	acked, failed, sampled := floodAll(until)
	result := summary(acked, acked*int64(o.recordBytes), started, cpu)
	result.Failed = failed
	result.TotalBytes = (warm + acked) * int64(o.recordBytes)
	result.latencies = percentiles(sampled)
	return result, ctx.Err()
}

func summary(records, bytes int64, started time.Time, cpuBefore float64) throughput {
	seconds := time.Since(started).Seconds()
	return throughput{
		Records:          records,
		Seconds:          seconds,
		RecordsPerSecond: float64(records) / seconds,
		MiBPerSecond:     float64(bytes) / mebibyte / seconds,
		TotalBytes:       bytes,
		ClientCPUSeconds: cpuSeconds(),
		ClientCPUShare:   (cpuSeconds() - cpuBefore) / seconds,
	}
}

func runConsume(ctx context.Context, o options) (any, error) {
	client, until, err := o.assigned(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	started, cpu := time.Now(), cpuSeconds()
	var records, bytes int64
	// Not until so many have come: retention may take some away meanwhile.
	for len(until) > 0 && (o.records == 0 || records < o.records) {
		fetches := client.PollFetches(ctx)
		for _, failure := range fetches.Errors() {
			return nil, failure.Err
		}
		fetches.EachPartition(func(partition kgo.FetchTopicPartition) {
			records += int64(len(partition.Records))
			for _, record := range partition.Records {
				bytes += int64(len(record.Value))
				if record.Offset+1 >= until[partition.Partition] {
					delete(until, partition.Partition)
				}
			}
		})
	}
	return summary(records, bytes, started, cpu), ctx.Err()
}

// runRate is an open loop: a record that the client or the broker holds up is not sent less often
// later, and its latency counts from the moment it should have gone.
func runRate(ctx context.Context, o options) (any, error) {
	client, err := o.producer()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	values := payloads(o)
	total := int64(float64(o.rate) * (o.warmup + o.duration).Seconds())
	counted := int64(float64(o.rate) * o.duration.Seconds())
	taken := make([]int64, total)
	var failed atomic.Int64
	// The runtime rounds short sleeps up to a millisecond; the kernel does not.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	started, cpu := time.Now(), cpuSeconds()
	for sent := int64(0); sent < total && ctx.Err() == nil; {
		due := int64(time.Since(started).Seconds() * float64(o.rate))
		for ; sent < due && sent < total; sent++ {
			index := sent
			intended := started.Add(time.Duration(float64(index) / float64(o.rate) * 1e9))
			client.Produce(ctx, &kgo.Record{Value: values[sent&63]}, func(_ *kgo.Record, err error) {
				taken[index] = int64(time.Since(intended))
				if err != nil {
					failed.Add(1)
				}
			})
		}
		pause := syscall.NsecToTimespec(int64(200 * time.Microsecond))
		_ = syscall.Nanosleep(&pause, nil)
	}
	if err := client.Flush(ctx); err != nil {
		return nil, err
	}
	result := summary(total, total*int64(o.recordBytes), started, cpu)
	result.Failed = failed.Load()
	result.latencies = percentiles(taken[total-counted:])
	return result, nil
}

func runEndToEnd(ctx context.Context, o options) (any, error) {
	if o.records == 0 {
		o.records = 2_000
	}
	o.linger = 0
	producer, err := o.producer(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	consumer, err := o.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		o.topic: {0: kgo.NewOffset().AtEnd()},
	}), kgo.FetchMaxWait(500*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	value := payloads(o)[0]
	// The first rounds find the end of the log and warm both ways up.
	warm := int64(200)
	taken := make([]int64, 0, o.records)
	started, cpu := time.Now(), cpuSeconds()
	for round := int64(0); round < warm+o.records && ctx.Err() == nil; round++ {
		at := time.Now()
		var failure error
		producer.Produce(ctx, &kgo.Record{Partition: 0, Value: value}, func(_ *kgo.Record, err error) {
			failure = err
		})
		for seen := 0; seen == 0; {
			waiting, cancel := context.WithTimeout(ctx, 2*time.Second)
			fetches := consumer.PollFetches(waiting)
			cancel()
			seen = fetches.NumRecords()
			if seen == 0 && round == 0 {
				break // the consumer found the end after this record: go on with the next
			}
			if seen == 0 && waiting.Err() != nil {
				return nil, errors.New("a produced record was not consumed within 2 s")
			}
		}
		if failure != nil {
			return nil, failure
		}
		if round >= warm {
			taken = append(taken, int64(time.Since(at)))
		}
	}
	result := summary(o.records, o.records*int64(o.recordBytes), started, cpu)
	result.latencies = percentiles(taken)
	return result, ctx.Err()
}
