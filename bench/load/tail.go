package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Records that the producer may be ahead of the slowest reader: so near that everybody stays at the tail.
const tailAheadMax = 8_192

// A reader fetches and walks over batch headers only: with a hundred of them decoding records would
// cost this process more than the broker.
type reader struct {
	client  *kgo.Client
	topic   string
	id      [16]byte
	next    []int64
	records atomic.Int64
	bytes   atomic.Int64
}

func (r *reader) request() *kmsg.FetchRequest {
	request := kmsg.NewPtrFetchRequest()
	request.MaxWaitMillis, request.MinBytes, request.MaxBytes = 500, 1, 50<<20
	request.SessionEpoch = -1
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = r.topic, r.id
	for index, offset := range r.next {
		partition := kmsg.NewFetchRequestTopicPartition()
		partition.Partition, partition.FetchOffset, partition.PartitionMaxBytes = int32(index), offset, 1<<20
		topic.Partitions = append(topic.Partitions, partition)
	}
	request.Topics = append(request.Topics, topic)
	return request
}

func (r *reader) read(ctx context.Context) error {
	for ctx.Err() == nil {
		response, err := r.request().RequestWith(ctx, r.client.SeedBrokers()[0])
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, topic := range response.Topics {
			for _, partition := range topic.Partitions {
				if err := kerr.ErrorForCode(partition.ErrorCode); kerr.IsRetriable(err) {
					time.Sleep(time.Millisecond) // the topic is new
				} else if err != nil {
					return fmt.Errorf("partition %d: %w", partition.Partition, err)
				}
				r.walk(int(partition.Partition), partition.RecordBatches)
			}
		}
	}
	return nil
}

func (r *reader) walk(partition int, batches []byte) {
	for len(batches) >= 61 {
		length := 12 + int(binary.BigEndian.Uint32(batches[8:]))
		if length > len(batches) {
			return // cut by the fetch's limit
		}
		r.next[partition] = int64(binary.BigEndian.Uint64(batches)) + int64(binary.BigEndian.Uint32(batches[23:])) + 1
		r.records.Add(int64(binary.BigEndian.Uint32(batches[57:])))
		r.bytes.Add(int64(length))
		batches = batches[length:]
	}
}

func (o options) readers(ctx context.Context) ([]*reader, error) {
	probe, err := o.client()
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	metadata := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = &o.topic
	metadata.Topics = append(metadata.Topics, topic)
	told, err := metadata.RequestWith(ctx, probe)
	if err != nil {
		return nil, err
	}
	readers := make([]*reader, o.consumers)
	for i := range readers {
		client, err := o.client()
		if err != nil {
			return nil, err
		}
		count := len(told.Topics[0].Partitions)
		readers[i] = &reader{client: client, topic: o.topic, id: told.Topics[0].TopicID, next: make([]int64, count)}
	}
	return readers, nil
}

// runTail has -consumers readers at the end of a new topic while one producer writes, never far ahead
// of the slowest of them. Counted is what all readers got.
func runTail(ctx context.Context, o options) (any, error) {
	readers, err := o.readers(ctx)
	if err != nil {
		return nil, err
	}
	producer, err := o.producer(kgo.RecordPartitioner(kgo.UniformBytesPartitioner(64<<10, true, true, nil)))
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	reading, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	var failure atomic.Pointer[error]
	for _, each := range readers {
		group.Add(1)
		go func() {
			defer group.Done()
			defer each.client.Close()
			if err := each.read(reading); err != nil {
				failure.Store(&err)
			}
		}()
	}
	slowest := func() int64 {
		least := readers[0].records.Load()
		for _, each := range readers[1:] {
			least = min(least, each.records.Load())
		}
		return least
	}
	total := func() (records, bytes int64) {
		for _, each := range readers {
			records += each.records.Load()
			bytes += each.bytes.Load()
		}
		return records, bytes
	}
	base := int64(0)
	lasting := func(duration time.Duration) func(int64) bool {
		end := time.Now().Add(duration)
		return func(sent int64) bool {
			if sent&127 != 0 {
				return false
			}
			for base+sent-slowest() > tailAheadMax && time.Now().Before(end) && failure.Load() == nil {
				time.Sleep(50 * time.Microsecond)
			}
			return time.Now().After(end) || failure.Load() != nil
		}
	}
	values := payloads(o)
	base, _, _ = flood(ctx, producer, values, 1, 0, lasting(o.warmup))
	warmRecords, warmBytes := total()
	started, cpu := time.Now(), cpuSeconds()
	acked, failed, _ := flood(ctx, producer, values, 1, 0, lasting(o.duration))
	for deadline := time.Now().Add(30 * time.Second); slowest() < base+acked && failure.Load() == nil; {
		if time.Now().After(deadline) {
			return nil, errors.New("a reader did not get everything within 30 s")
		}
		time.Sleep(200 * time.Microsecond)
	}
	records, bytes := total()
	result := summary(records-warmRecords, bytes-warmBytes, started, cpu)
	result.Failed, result.TotalBytes = failed, bytes
	stop()
	group.Wait()
	if failed := failure.Load(); failed != nil {
		return nil, *failed
	}
	return result, ctx.Err()
}
