// Makes record batches with Kafka's own MemoryRecordsBuilder and prints one line each, or reads lines
// of ours and prints what Kafka sees in them. README.md says how it is run.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

public final class Batches {
    private static final HexFormat HEX = HexFormat.of();
    private static final long BASE_TIME = 1_700_000_000_000L;

    public static void main(String[] args) throws Exception {
        if (args[0].equals("read")) read();
        else write();
    }

    private static Compression compression(CompressionType type) {
        switch (type) {
            case GZIP: return Compression.gzip().build();
            case SNAPPY: return Compression.snappy().build();
            case LZ4: return Compression.lz4().build();
            case ZSTD: return Compression.zstd().build();
            default: return Compression.NONE;
        }
    }

    // ------------------------------------------------------------ writing

    private static void write() {
        Random random = new Random(42);
        for (CompressionType codec : CompressionType.values()) {
            for (int kind = 0; kind < 4; kind++) {
                boolean appendTime = kind == 1;
                boolean idempotent = kind >= 2;
                boolean transactional = kind == 3;
                ByteBuffer buffer = ByteBuffer.allocate(1024);
                MemoryRecordsBuilder builder = new MemoryRecordsBuilder(
                    buffer, RecordBatch.MAGIC_VALUE_V2, compression(codec),
                    appendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
                    kind == 0 ? 0L : 5_000_000_000L + kind,
                    appendTime ? BASE_TIME + 999 : RecordBatch.NO_TIMESTAMP,
                    idempotent ? 123_456_789_012L : RecordBatch.NO_PRODUCER_ID,
                    idempotent ? (short) 7 : RecordBatch.NO_PRODUCER_EPOCH,
                    idempotent ? Integer.MAX_VALUE - 1 : RecordBatch.NO_SEQUENCE,
                    transactional, false, kind == 2 ? 31 : RecordBatch.NO_PARTITION_LEADER_EPOCH,
                    buffer.capacity());
                int count = kind == 0 ? 70 : 4;
                for (int i = 0; i < count; i++) append(builder, random, i);
                print(codec + "-" + kind, builder.build());
            }
        }
        // One whose LZ4 frame has more than one block, with one that does not compress.
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        MemoryRecordsBuilder large = new MemoryRecordsBuilder(
            buffer, RecordBatch.MAGIC_VALUE_V2, Compression.lz4().build(), TimestampType.CREATE_TIME, 0L,
            RecordBatch.NO_TIMESTAMP, -1L, (short) -1, -1, false, false, -1, 1024);
        large.append(BASE_TIME, null, new byte[150_000]);
        print("lz4-blocks", large.build());
        for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.ABORT, ControlRecordType.COMMIT}) {
            print("marker-" + type, MemoryRecords.withEndTransactionMarker(
                77L, BASE_TIME, 3, 123_456_789_012L, (short) 7, new EndTransactionMarker(type, 12)));
        }
    }

    private static void append(MemoryRecordsBuilder builder, Random random, int i) {
        byte[] key = i % 4 == 1 ? null : i % 4 == 2 ? new byte[0] : bytes(random, random.nextInt(70));
        byte[] value = i % 4 == 3 ? null : i % 7 == 4 ? new byte[0] : bytes(random, random.nextInt(90));
        List<Header> headers = new ArrayList<>();
        for (int h = 0; h < i % 3; h++) {
            byte[] held = h == 1 ? null : bytes(random, random.nextInt(12));
            headers.add(new RecordHeader(h == 0 ? "k" + i : "Schl\u00fcssel \ud83d\udd11", held));
        }
        long timestamp = BASE_TIME + (i % 5 == 4 ? -3_000_000_000L : i * 11L);
        builder.append(timestamp, key, value, headers.toArray(new Header[0]));
    }

    /** Half of it repeats, so that codecs have something to do. */
    private static byte[] bytes(Random random, int length) {
        byte[] made = new byte[length];
        for (int i = 0; i < length; i++) made[i] = (byte) (i % 8 < 4 ? 'a' + i % 8 : random.nextInt(256));
        return made;
    }

    private static void print(String name, MemoryRecords records) {
        ByteBuffer buffer = records.buffer().duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        for (MutableRecordBatch batch : records.batches()) {
            System.out.println("{\"name\":\"" + name + "\"," + describe(batch) + ",\"hex\":\"" + HEX.formatHex(bytes) + "\"}");
        }
    }

    // ------------------------------------------------------------ reading

    private static void read() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(HEX.parseHex(line)));
                for (MutableRecordBatch batch : records.batches()) {
                    batch.ensureValid();
                    System.out.println("{" + describe(batch) + "}");
                }
            } catch (Exception error) {
                System.out.println("{\"error\":\"" + error.getClass().getSimpleName() + "\"}");
            }
        }
    }

    private static String describe(RecordBatch batch) {
        StringBuilder out = new StringBuilder();
        out.append("\"baseOffset\":").append(batch.baseOffset());
        out.append(",\"lastOffset\":").append(batch.lastOffset());
        out.append(",\"leaderEpoch\":").append(batch.partitionLeaderEpoch());
        out.append(",\"codec\":").append(batch.compressionType().id);
        out.append(",\"appendTime\":").append(batch.timestampType() == TimestampType.LOG_APPEND_TIME);
        out.append(",\"transactional\":").append(batch.isTransactional());
        out.append(",\"control\":").append(batch.isControlBatch());
        out.append(",\"maxTimestamp\":").append(batch.maxTimestamp());
        out.append(",\"producerId\":").append(batch.producerId());
        out.append(",\"producerEpoch\":").append(batch.producerEpoch());
        out.append(",\"baseSequence\":").append(batch.baseSequence());
        out.append(",\"lastSequence\":").append(batch.lastSequence());
        out.append(",\"checksum\":").append(batch.checksum());
        out.append(",\"sizeBytes\":").append(batch.sizeInBytes());
        out.append(",\"records\":[");
        String comma = "";
        for (Record record : batch) {
            out.append(comma).append("{\"offset\":").append(record.offset());
            out.append(",\"timestamp\":").append(record.timestamp());
            out.append(",\"key\":").append(hex(record.key()));
            out.append(",\"value\":").append(hex(record.value()));
            out.append(",\"headers\":[");
            String between = "";
            for (Header header : record.headers()) {
                byte[] key = header.key().getBytes(StandardCharsets.UTF_8);
                byte[] value = header.value();
                out.append(between).append("[").append(hex(ByteBuffer.wrap(key))).append(",");
                out.append(hex(value == null ? null : ByteBuffer.wrap(value))).append("]");
                between = ",";
            }
            out.append("]}");
            comma = ",";
        }
        return out.append("]").toString();
    }

    private static String hex(ByteBuffer buffer) {
        if (buffer == null) return "null";
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return "\"" + HEX.formatHex(bytes) + "\"";
    }
}
