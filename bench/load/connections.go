package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

var apiVersions = []byte{0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0, 0}

// ask sends one whole request and reads the whole answer to it.
func ask(connection net.Conn, in *bufio.Reader, request []byte) error {
	if _, err := connection.Write(request); err != nil {
		return err
	}
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return err
	}
	_, err := in.Discard(int(binary.BigEndian.Uint32(length[:])))
	return err
}

// oneRecord is a Produce request with one record for a partition, in bytes.
func oneRecord(topic string, partition int32, value []byte) []byte {
	record := kmsg.NewRecord()
	record.Value = value
	record.Length = int32(len(record.AppendTo(nil)) - 1)
	batch := kmsg.NewRecordBatch()
	batch.PartitionLeaderEpoch, batch.Magic = -1, 2
	batch.FirstTimestamp = time.Now().UnixMilli()
	batch.MaxTimestamp = batch.FirstTimestamp
	batch.ProducerID, batch.ProducerEpoch, batch.FirstSequence = -1, -1, -1
	batch.NumRecords = 1
	batch.Records = record.AppendTo(nil)
	// One byte for the length: a record here is shorter than 64 bytes, so its zigzag varint has one.
	batch.Length = int32(len(batch.AppendTo(nil)) - 12)
	raw := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	request := kmsg.NewPtrProduceRequest()
	request.Version, request.Acks, request.TimeoutMillis = 7, 1, 30_000
	part := kmsg.NewProduceRequestTopicPartition()
	part.Partition, part.Records = partition, raw
	of := kmsg.NewProduceRequestTopic()
	of.Topic, of.Partitions = topic, append(of.Partitions, part)
	request.Topics = append(request.Topics, of)
	frame := []byte{0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0xff, 0xff}
	frame = request.AppendTo(frame)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

// runConnections opens -connections connections, says so by a line of JSON, and holds them until its
// standard input ends. With a -rate all of them together send so many Produce requests a second.
func runConnections(ctx context.Context, o options) (any, error) {
	all := make([]net.Conn, o.connections)
	for i := range all {
		connection, err := net.Dial("tcp", o.bootstrap)
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
		defer connection.Close()
		if err := ask(connection, bufio.NewReader(connection), apiVersions); err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
		all[i] = connection
	}
	opened, _ := json.Marshal(map[string]int{"open": len(all)})
	fmt.Println(string(opened))
	holding, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	var asked, failed atomic.Int64
	if o.rate > 0 {
		every := time.Duration(float64(len(all)) / float64(o.rate) * 1e9)
		for i, connection := range all {
			request := oneRecord(o.topic, int32(i%o.partitions), make([]byte, 32))
			go func() {
				in := bufio.NewReader(connection)
				time.Sleep(every * time.Duration(i) / time.Duration(len(all)))
				for due := time.Now(); holding.Err() == nil; due = due.Add(every) {
					time.Sleep(time.Until(due))
					if err := ask(connection, in, request); err != nil {
						failed.Add(1)
						return
					}
					asked.Add(1)
				}
			}()
		}
	}
	<-holding.Done()
	return map[string]int64{"asked": asked.Load(), "failed": failed.Load()}, nil
}
