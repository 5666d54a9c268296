package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// numbered is the value of record `number` of run `seed`: the number, then bytes that follow from it.
func numbered(seed, number uint64, size int) []byte {
	value := make([]byte, max(size, 16))
	binary.BigEndian.PutUint64(value, seed)
	binary.BigEndian.PutUint64(value[8:], number)
	state := seed*0x9e3779b97f4a7c15 + number
	for i := 16; i < len(value); i++ {
		state = state*6364136223846793005 + 1442695040888963407
		value[i] = byte(state >> 56)
	}
	return value
}

func isNumbered(value []byte) (seed, number uint64, ok bool) {
	if len(value) < 16 {
		return 0, 0, false
	}
	seed, number = binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])
	return seed, number, bytes.Equal(value, numbered(seed, number, len(value)))
}

type verified struct {
	Acked      int64   `json:"acked"`
	Failed     int64   `json:"failed"`
	Read       int64   `json:"read"`
	Missing    int64   `json:"missing"`
	Duplicates int64   `json:"duplicates"`
	Damaged    int64   `json:"damaged"`
	Disordered int64   `json:"disordered"`
	Seconds    float64 `json:"seconds"`
}

func (v verified) sound() error {
	if v.Missing+v.Damaged+v.Duplicates+v.Disordered > 0 {
		return fmt.Errorf("%+v", v)
	}
	return nil
}

// each walks the whole topic up to its present end.
func (o options) each(ctx context.Context, visit func(*kgo.Record)) (int64, error) {
	client, until, err := o.assigned(ctx)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	read := int64(0)
	for len(until) > 0 {
		waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
		fetches := client.PollFetches(waiting)
		cancel()
		for _, failure := range fetches.Errors() {
			return read, fmt.Errorf("partition %d: %w", failure.Partition, failure.Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			read++
			visit(record)
			if end, waited := until[record.Partition]; waited && record.Offset >= end-1 {
				delete(until, record.Partition)
			}
		})
	}
	return read, nil
}

func runVerify(ctx context.Context, o options) (any, error) {
	if o.records == 0 {
		o.records = 100_000
	}
	producer, err := o.producer()
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	started := time.Now()
	var failed atomic.Int64
	for number := int64(0); number < o.records && ctx.Err() == nil; number++ {
		value := numbered(o.seed, uint64(number), o.recordBytes)
		producer.Produce(ctx, &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.Add(1)
			}
		})
	}
	if err := producer.Flush(ctx); err != nil {
		return nil, err
	}
	result := verified{Acked: o.records - failed.Load(), Failed: failed.Load()}
	if err := o.awaitRecords(ctx, result.Acked); err != nil {
		return nil, err
	}
	seen := make([]bool, o.records)
	last := map[int32]uint64{}
	result.Read, err = o.each(ctx, func(record *kgo.Record) {
		seed, number, ok := isNumbered(record.Value)
		if !ok || seed != o.seed || number >= uint64(o.records) {
			result.Damaged++
			return
		}
		if seen[number] {
			result.Duplicates++
		}
		seen[number] = true
		if before, some := last[record.Partition]; some && number < before {
			result.Disordered++
		}
		last[record.Partition] = number
	})
	if err != nil {
		return nil, err
	}
	for _, was := range seen {
		if !was {
			result.Missing++
		}
	}
	result.Missing -= result.Failed
	result.Seconds = time.Since(started).Seconds()
	return result, result.sound()
}

// awaitRecords gives records that nobody acked (acks 0) the time to arrive.
func (o options) awaitRecords(ctx context.Context, records int64) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	defer client.Close()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, total, err := ends(ctx, client, o.topic)
		if err != nil || total >= records || time.Now().After(deadline) {
			return err
		}
	}
}

// runFill produces at most `-rate` records a second until the time is over, whatever happens to the broker meanwhile, and appends one
// line per acked record to the log: partition, offset, seed, number.
func runFill(ctx context.Context, o options) (any, error) {
	producer, err := o.producer(kgo.RetryTimeout(o.timeout))
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	file, err := os.OpenFile(o.ackedLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, mebibyte)
	var lock sync.Mutex
	result := verified{}
	started := time.Now()
	for number := uint64(0); ctx.Err() == nil && time.Since(started) < o.duration; number++ {
		if o.records > 0 && number >= uint64(o.records) {
			break
		}
		if ahead := time.Duration(float64(number)/float64(o.rate)*1e9) - time.Since(started); ahead > time.Millisecond {
			time.Sleep(ahead)
		}
		value := numbered(o.seed, number, o.recordBytes)
		producer.Produce(ctx, &kgo.Record{Value: value}, func(record *kgo.Record, err error) {
			lock.Lock()
			defer lock.Unlock()
			if err != nil {
				result.Failed++
				return
			}
			result.Acked++
			fmt.Fprintln(out, record.Partition, record.Offset, o.seed, number)
		})
	}
	flushing, cancel := context.WithTimeout(ctx, o.timeout+5*time.Second)
	defer cancel()
	if err := producer.Flush(flushing); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	lock.Lock()
	defer lock.Unlock()
	result.Seconds = time.Since(started).Seconds()
	return result, out.Flush()
}

type place struct {
	partition int32
	offset    int64
}

func runVerifyLog(ctx context.Context, o options) (any, error) {
	file, err := os.Open(o.ackedLog)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	expected := map[place][2]uint64{}
	result := verified{}
	started := time.Now()
	for lines := bufio.NewScanner(file); lines.Scan(); result.Acked++ {
		var at place
		var seed, number uint64
		if _, err := fmt.Sscan(lines.Text(), &at.partition, &at.offset, &seed, &number); err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		if other, taken := expected[at]; taken {
			return nil, fmt.Errorf("two records were acked at %v: %v and %v", at, other, []uint64{seed, number})
		}
		expected[at] = [2]uint64{seed, number}
	}
	if len(expected) == 0 {
		return result, nil
	}
	seen := map[[2]uint64]bool{}
	result.Read, err = o.each(ctx, func(record *kgo.Record) {
		seed, number, ok := isNumbered(record.Value)
		key := [2]uint64{seed, number}
		if !ok {
			result.Damaged++
			return
		}
		if seen[key] {
			result.Duplicates++
		}
		seen[key] = true
		at := place{record.Partition, record.Offset}
		if acked, some := expected[at]; some {
			if acked != key {
				result.Damaged++
			}
			delete(expected, at)
		}
	})
	if err != nil {
		return nil, err
	}
	result.Missing = int64(len(expected))
	result.Seconds = time.Since(started).Seconds()
	return result, result.sound()
}
