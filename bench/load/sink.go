package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// What the sink serves. Produce stays below the versions that name topics by id.
var sinkVersions = map[kmsg.Key]int16{kmsg.Produce: 9, kmsg.Metadata: 8, kmsg.ApiVersions: 5, kmsg.InitProducerID: 4}

const sinkFrameBytesMax = 128 << 20

// runSink is a broker that takes everything and keeps nothing: against it the client's own ceiling shows.
// Any topic that it is asked about has -partitions partitions.
func runSink(ctx context.Context, o options) (any, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	fmt.Printf("sink ready at %s\n", listener.Addr())
	go func() {
		<-ctx.Done()
		listener.Close()
	}()
	for {
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return map[string]any{}, nil
		}
		if err != nil {
			return nil, err
		}
		go swallow(connection, listener.Addr().(*net.TCPAddr), o.partitions)
	}
}

func swallow(connection net.Conn, address *net.TCPAddr, partitions int) {
	defer connection.Close()
	in := bufio.NewReaderSize(connection, 256<<10)
	var frame []byte
	for {
		var length [4]byte
		if _, err := io.ReadFull(in, length[:]); err != nil {
			return
		}
		size := int(binary.BigEndian.Uint32(length[:]))
		if size < 10 || size > sinkFrameBytesMax {
			return
		}
		if cap(frame) < size {
			frame = make([]byte, size)
		}
		frame = frame[:size]
		if _, err := io.ReadFull(in, frame); err != nil {
			return
		}
		answer, err := sinkAnswer(frame, address, partitions)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		if answer == nil {
			continue
		}
		if _, err := connection.Write(answer); err != nil {
			return
		}
	}
}

func sinkAnswer(frame []byte, address *net.TCPAddr, partitions int) ([]byte, error) {
	key, version := kmsg.Key(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	latest, served := sinkVersions[key]
	if !served || version > latest {
		return nil, fmt.Errorf("the sink has no %s v%d", key.Name(), version)
	}
	request := key.Request()
	request.SetVersion(version)
	body := frame[8:]
	if named := int16(binary.BigEndian.Uint16(body)); named > 0 {
		body = body[named:]
	}
	body = body[2:]
	if request.IsFlexible() {
		body = body[1:] // the header's own tagged fields: clients send none
	}
	if err := request.ReadFrom(body); err != nil {
		return nil, err
	}
	response := sinkResponse(request, address, partitions)
	if response == nil {
		return nil, nil
	}
	response.SetVersion(version)
	answer := append(make([]byte, 4, 256), frame[4:8]...)
	if response.IsFlexible() && key != kmsg.ApiVersions {
		answer = append(answer, 0)
	}
	answer = response.AppendTo(answer)
	binary.BigEndian.PutUint32(answer, uint32(len(answer)-4))
	return answer, nil
}

func sinkResponse(request kmsg.Request, address *net.TCPAddr, partitions int) kmsg.Response {
	switch asked := request.(type) {
	case *kmsg.ApiVersionsRequest:
		response := kmsg.NewPtrApiVersionsResponse()
		for key, latest := range sinkVersions {
			served := kmsg.NewApiVersionsResponseApiKey()
			served.ApiKey, served.MaxVersion = int16(key), latest
			response.ApiKeys = append(response.ApiKeys, served)
		}
		return response
	case *kmsg.MetadataRequest:
		return sinkMetadata(asked, address, partitions)
	case *kmsg.InitProducerIDRequest:
		response := kmsg.NewPtrInitProducerIDResponse()
		response.ProducerID, response.ProducerEpoch = 1, 0
		return response
	case *kmsg.ProduceRequest:
		if asked.Acks == 0 {
			return nil
		}
		response := kmsg.NewPtrProduceResponse()
		for _, topic := range asked.Topics {
			answered := kmsg.NewProduceResponseTopic()
			answered.Topic = topic.Topic
			for _, partition := range topic.Partitions {
				taken := kmsg.NewProduceResponseTopicPartition()
				taken.Partition = partition.Partition
				answered.Partitions = append(answered.Partitions, taken)
			}
			response.Topics = append(response.Topics, answered)
		}
		return response
	}
	return nil
}

func sinkMetadata(asked *kmsg.MetadataRequest, address *net.TCPAddr, partitions int) kmsg.Response {
	response := kmsg.NewPtrMetadataResponse()
	broker := kmsg.NewMetadataResponseBroker()
	broker.NodeID, broker.Host, broker.Port = 1, address.IP.String(), int32(address.Port)
	response.Brokers = append(response.Brokers, broker)
	response.ControllerID, response.ClusterID = 1, kmsg.StringPtr("sink-"+strconv.Itoa(address.Port))
	for _, topic := range asked.Topics {
		told := kmsg.NewMetadataResponseTopic()
		told.Topic = topic.Topic
		for index := range int32(partitions) {
			partition := kmsg.NewMetadataResponseTopicPartition()
			partition.Partition, partition.Leader, partition.LeaderEpoch = index, 1, 0
			partition.Replicas, partition.ISR = []int32{1}, []int32{1}
			told.Partitions = append(told.Partitions, partition)
		}
		response.Topics = append(response.Topics, told)
	}
	return response
}
