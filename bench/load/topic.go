package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func runCreate(ctx context.Context, o options) (any, error) {
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	configs := map[string]*string{}
	for _, pair := range strings.Split(o.configs, ",") {
		if name, value, found := strings.Cut(pair, "="); found {
			configs[name] = &value
		}
	}
	if _, err := admin.DeleteTopic(ctx, o.topic); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil, fmt.Errorf("delete: %w", err)
	}
	for attempt := 0; ; attempt++ {
		_, err := admin.CreateTopic(ctx, int32(o.partitions), 1, configs, o.topic)
		if err == nil {
			break
		}
		if !errors.Is(err, kerr.TopicAlreadyExists) || attempt > 50 {
			return nil, fmt.Errorf("create: %w", err)
		}
		time.Sleep(100 * time.Millisecond) // the deletion is still under way
	}
	return map[string]any{"topic": o.topic, "partitions": o.partitions}, nil
}

// ends tells where each partition of the topic ends, and how many records that makes.
func ends(ctx context.Context, client *kgo.Client, topic string) (map[int32]int64, int64, error) {
	admin := kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("start offsets: %w", err)
	}
	listed, err := admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("end offsets: %w", err)
	}
	until := map[int32]int64{}
	total := int64(0)
	for partition, end := range listed[topic] {
		start, _ := starts.Lookup(topic, partition)
		if end.Offset > start.Offset {
			until[partition] = end.Offset
			total += end.Offset - start.Offset
		}
	}
	return until, total, nil
}

// assigned is a consumer of the whole topic from its start, by assignment: no group.
func (o options) assigned(ctx context.Context) (*kgo.Client, map[int32]int64, error) {
	probe, err := o.client()
	if err != nil {
		return nil, nil, err
	}
	defer probe.Close()
	until, _, err := ends(ctx, probe, o.topic)
	if err != nil {
		return nil, nil, err
	}
	from := map[int32]kgo.Offset{}
	for partition := range until {
		from[partition] = kgo.NewOffset().AtStart()
	}
	if len(from) == 0 {
		return nil, until, fmt.Errorf("topic %s is empty", o.topic)
	}
	consumer, err := o.client(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{o.topic: from}),
		kgo.FetchMaxWait(500*time.Millisecond),
	)
	return consumer, until, err
}

// runAwait asks until every partition answers, as after a restart.
func runAwait(ctx context.Context, o options) (any, error) {
	client, err := o.client(
		kgo.MetadataMinAge(10*time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 10 * time.Millisecond }),
	)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	waiting, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	for {
		_, total, err := ends(waiting, client, o.topic)
		if err == nil {
			return map[string]any{"records": total}, nil
		}
		if waiting.Err() != nil {
			return nil, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}
