package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const ticksPerSecond = 100

// Turns of each partition.
const hopRounds = 3

// threadSeconds is the CPU time of each thread of a process. Linux.
func threadSeconds(pid int) (map[string]float64, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no threads of process %d: %w", pid, err)
	}
	used := map[string]float64{}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		fields := strings.Fields(string(line[strings.LastIndexByte(string(line), ')')+2:]))
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		used[file] = (user + system) / ticksPerSecond
	}
	return used, nil
}

type oneWay struct {
	Partition int32 `json:"partition"`
	// Of the broker, at the steady rate.
	CPUSeconds float64 `json:"cpuSeconds"`
	Bytes      int64   `json:"bytes"`
	// Shares of that CPU time, the busiest thread first.
	Threads []float64 `json:"threads"`
	// One in flight, from the send to its ack.
	P50 float64 `json:"p50Ms"`
	P99 float64 `json:"p99Ms"`
}

// runHop sends to each partition of the topic in turn over one connection, at a steady -rate and then one
// record at a time, and tells what that costs the broker's threads. A host thread accepted the connection;
// for partitions that live on another one every batch crosses.
func runHop(ctx context.Context, o options) (any, error) {
	client, err := o.producer(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ways := make([]oneWay, o.partitions)
	used := make([]map[string]float64, o.partitions)
	// In turns, so that code that grows hot favours nobody; the first round is not counted.
	for round := range hopRounds + 1 {
		for partition := range ways {
			ways[partition].Partition = int32(partition)
			if round == 0 {
				used[partition] = map[string]float64{}
				err = o.steadily(ctx, client, int32(partition), o.warmup)
			} else {
				err = o.watched(ctx, client, &ways[partition], used[partition])
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for partition := range ways {
		ways[partition].share(used[partition])
	}
	for round := range 2 { // the first round warms both ways up
		for partition := range ways {
			way := &ways[partition]
			taken, err := o.oneByOne(ctx, client, way.Partition)
			if err != nil {
				return nil, err
			}
			if round == 1 {
				way.P50, way.P99 = taken.P50, taken.P99
			}
		}
	}
	return map[string]any{"ways": ways}, nil
}

// watched is one turn of a partition at the steady rate.
func (o options) watched(ctx context.Context, client *kgo.Client, way *oneWay, used map[string]float64) error {
	before, err := threadSeconds(o.brokerPid)
	if err != nil {
		return err
	}
	turn := o.duration / hopRounds
	if err := o.steadily(ctx, client, way.Partition, turn); err != nil {
		return err
	}
	after, err := threadSeconds(o.brokerPid)
	if err != nil {
		return err
	}
	for file, seconds := range after {
		way.CPUSeconds += seconds - before[file]
		used[file] += seconds - before[file]
	}
	way.Bytes += int64(float64(o.rate)*turn.Seconds()) * int64(o.recordBytes)
	return nil
}

// share tells how the CPU time was spread over the busiest threads.
func (way *oneWay) share(used map[string]float64) {
	for _, seconds := range used {
		way.Threads = append(way.Threads, seconds/max(way.CPUSeconds, 1e-9))
	}
	sort.Sort(sort.Reverse(sort.Float64Slice(way.Threads)))
	way.Threads = way.Threads[:min(4, len(way.Threads))]
}

func (o options) steadily(ctx context.Context, client *kgo.Client, partition int32, duration time.Duration) error {
	values := payloads(o)
	total := int64(float64(o.rate) * duration.Seconds())
	started := time.Now()
	failures := make(chan error, 1)
	for sent := int64(0); sent < total && ctx.Err() == nil; {
		due := min(total, int64(time.Since(started).Seconds()*float64(o.rate)))
		for ; sent < due; sent++ {
			client.Produce(ctx, &kgo.Record{Partition: partition, Value: values[sent&63]}, func(_ *kgo.Record, err error) {
				if err != nil {
					select {
					case failures <- err:
					default:
					}
				}
			})
		}
		time.Sleep(500 * time.Microsecond)
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func (o options) oneByOne(ctx context.Context, client *kgo.Client, partition int32) (latencies, error) {
	value := payloads(o)[0]
	taken := make([]int64, 0, o.records)
	for range o.records {
		at := time.Now()
		record := &kgo.Record{Partition: partition, Value: value}
		var failure error
		client.Produce(ctx, record, func(_ *kgo.Record, err error) { failure = err })
		// A flush does not linger.
		if err := client.Flush(ctx); err != nil {
			return latencies{}, err
		}
		if failure != nil {
			return latencies{}, failure
		}
		taken = append(taken, int64(time.Since(at)))
	}
	return percentiles(taken), nil
}
