// Record batches as Kafka's own builder makes them, in every codec and of every kind that a log may
// hold, and the JSON of any batch: its header as stored, its records with their deltas as stored.

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

final class Batches {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final long[] OFFSETS = {0, 1, 77, 1L << 31, 1L << 40};
    private static final long[] TIMES = {0, 1, 1_600_000_000_000L, 1_700_000_000_000L};
    /** Beyond what a double holds. */
    private static final long[] WIDE = {(1L << 53) + 1, Long.MAX_VALUE / 2, Long.MAX_VALUE - 100_000_000};
    private static final int[] EPOCHS = {-1, 0, 5, Integer.MAX_VALUE};
    /** Snappy's blocks are of 32 KiB, LZ4's of 64 KiB. */
    private static final int[] LARGE = {1_000, 32_768, 32_769, 65_536, 200_000};

    private final Random random;
    private final CompressionType codec;
    private final boolean isWide;

    private Batches(Random random, CompressionType codec) {
        this.random = random;
        this.codec = codec;
        isWide = random.nextInt(6) == 0;
    }

    /** One batch; the first ones of each codec are of one kind each, later ones mixed. */
    static byte[] make(CompressionType codec, long seed, int index) throws IOException {
        Random random = new Random((seed * 31 + codec.id) * 1_000_003L + index);
        Batches batches = new Batches(random, codec);
        if (codec == CompressionType.NONE) {
            if (index < 7) return batches.control(index);
            if (index % 20 == 7) return batches.empty();
            if (index % 10 == 8) return batches.control(random.nextInt(7));
        }
        return batches.data(index);
    }

    private Compression compression() {
        switch (codec) {
            case GZIP: return Compression.gzip().level(1 + random.nextInt(9)).build();
            case SNAPPY: return Compression.snappy().build();
            case LZ4: return Compression.lz4().level(1 + random.nextInt(17)).build();
            case ZSTD: return Compression.zstd().level(1 + random.nextInt(6)).build();
            default: return Compression.NONE;
        }
    }

    private long pick(long[] values) {
        if (isWide && random.nextBoolean()) return WIDE[random.nextInt(WIDE.length)];
        return values[random.nextInt(values.length)];
    }

    private byte[] data(int index) {
        boolean hasProducer = index % 4 == 1 || index % 4 == 2;
        boolean isTransactional = index % 4 == 2;
        boolean hasAppendTime = index % 5 == 3;
        boolean hasDeleteHorizon = index % 7 == 4;
        long baseOffset = pick(OFFSETS);
        long time = pick(TIMES);
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(
            new ByteBufferOutputStream(1024), RecordBatch.MAGIC_VALUE_V2, compression(),
            hasAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
            baseOffset, hasAppendTime ? time + 999 : RecordBatch.NO_TIMESTAMP,
            hasProducer ? pick(OFFSETS) : RecordBatch.NO_PRODUCER_ID,
            hasProducer ? (short) random.nextInt(Short.MAX_VALUE + 1) : RecordBatch.NO_PRODUCER_EPOCH,
            hasProducer ? Integer.MAX_VALUE - random.nextInt(3) : RecordBatch.NO_SEQUENCE,
            isTransactional, false, EPOCHS[random.nextInt(EPOCHS.length)], 1024,
            hasDeleteHorizon ? time + 86_400_000L : RecordBatch.NO_TIMESTAMP);
        // A count of records, of which the last ones need two bytes of offset.
        int count = index == 0 ? 1 : random.nextInt(12) == 0 ? 130 : 1 + random.nextInt(5);
        boolean isCompacted = random.nextInt(5) == 0;
        boolean isLarge = random.nextInt(8) == 0;
        long offset = baseOffset;
        for (int i = 0; i < count; i++) {
            long at = random.nextInt(6) == 0 ? pick(TIMES) : time + i * 11L;
            byte[] value = isLarge && i == 0
                ? bytes(LARGE[random.nextInt(LARGE.length)]) : blob(index == 1);
            builder.appendWithOffset(offset, at, blob(index == 2), value, headers(i));
            offset += isCompacted ? 1 + random.nextInt(300) : 1;
        }
        // Compaction keeps the last offset of what there was.
        if (isCompacted && random.nextBoolean()) builder.overrideLastOffset(offset + 9);
        return bytesOf(builder.build());
    }

    private byte[] blob(boolean isNull) {
        if (isNull || random.nextInt(5) == 0) return null;
        return bytes(random.nextInt(5) == 0 ? 0 : random.nextInt(random.nextInt(6) == 0 ? 200 : 40));
    }

    /** Half of it repeats, so that codecs have something to do. */
    private byte[] bytes(int length) {
        boolean isFlat = length > 1_000 && random.nextBoolean();
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (isFlat || i % 8 < 4 ? 'a' + i % 8 : random.nextInt(256));
        }
        return bytes;
    }

    private Header[] headers(int index) {
        String[] keys = {"", "trace", "Schlüssel \uD83D\uDD11", "k".repeat(130)};
        Header[] headers = new Header[random.nextInt(3) == 0 ? 1 + index % 3 : 0];
        for (int i = 0; i < headers.length; i++) {
            byte[] value = random.nextInt(4) == 0 ? null : bytes(random.nextInt(12));
            headers[i] = new RecordHeader(keys[random.nextInt(keys.length)], value);
        }
        return headers;
    }

    private byte[] control(int kind) {
        long offset = pick(OFFSETS);
        long time = pick(TIMES);
        // A leader wrote it: the epoch is known.
        int epoch = EPOCHS[1 + random.nextInt(EPOCHS.length - 1)];
        ByteBuffer room = ByteBuffer.allocate(1024);
        short version = 0;
        switch (kind) {
            case 0, 1: {
                ControlRecordType type = kind == 0 ? ControlRecordType.ABORT : ControlRecordType.COMMIT;
                return bytesOf(MemoryRecords.withEndTransactionMarker(
                    offset, time, epoch, 123_456_789_012L, (short) 7,
                    new EndTransactionMarker(type, random.nextInt(100))));
            }
            case 2: {
                LeaderChangeMessage message = new LeaderChangeMessage().setVersion(version).setLeaderId(3)
                    .setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(3)));
                return bytesOf(MemoryRecords.withLeaderChangeMessage(offset, time, epoch, room, message));
            }
            case 3:
                return bytesOf(MemoryRecords.withSnapshotHeaderRecord(offset, time, epoch, room,
                    new SnapshotHeaderRecord().setVersion(version).setLastContainedLogTimestamp(time)));
            case 4:
                return bytesOf(MemoryRecords.withSnapshotFooterRecord(
                    offset, time, epoch, room, new SnapshotFooterRecord().setVersion(version)));
            case 5:
                return bytesOf(MemoryRecords.withKRaftVersionRecord(offset, time, epoch, room,
                    new KRaftVersionRecord().setVersion(version).setKRaftVersion((short) 1)));
            default: {
                VotersRecord.Voter voter = new VotersRecord.Voter().setVoterId(1)
                    .setVoterDirectoryId(new Uuid(1, random.nextLong()));
                return bytesOf(MemoryRecords.withVotersRecord(offset, time, epoch, room,
                    new VotersRecord().setVersion(version).setVoters(List.of(voter))));
            }
        }
    }

    /** What compaction leaves of a producer's last batch. */
    private byte[] empty() {
        ByteBuffer buffer = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(
            buffer, RecordBatch.MAGIC_VALUE_V2, 1L << 40, (short) 3, 17, 100, 140, 5,
            TimestampType.CREATE_TIME, 1_700_000_000_000L, random.nextBoolean(), false);
        return buffer.array();
    }

    private static byte[] bytesOf(MemoryRecords records) {
        ByteBuffer buffer = records.buffer().duplicate();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    // ------------------------------------------------------------ reading

    /** The one batch that the bytes are, checked as a broker checks it. */
    static DefaultRecordBatch parse(byte[] bytes) {
        Iterator<MutableRecordBatch> batches =
            MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches().iterator();
        if (!batches.hasNext()) throw new IllegalArgumentException("no batch");
        DefaultRecordBatch batch = (DefaultRecordBatch) batches.next();
        if (batch.sizeInBytes() != bytes.length) throw new IllegalArgumentException("more than a batch");
        batch.ensureValid();
        return batch;
    }

    static ObjectNode describe(byte[] bytes) throws IOException {
        DefaultRecordBatch batch = parse(bytes);
        ObjectNode json = NODES.objectNode();
        json.put("baseOffset", batch.baseOffset());
        json.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
        json.put("magic", batch.magic());
        json.put("crc", batch.checksum());
        json.put("attributes", ByteBuffer.wrap(bytes).getShort(21));
        json.put("lastOffsetDelta", (int) (batch.lastOffset() - batch.baseOffset()));
        json.put("baseTimestamp", batch.baseTimestamp());
        json.put("maxTimestamp", batch.maxTimestamp());
        json.put("producerId", batch.producerId());
        json.put("producerEpoch", batch.producerEpoch());
        json.put("baseSequence", batch.baseSequence());
        ArrayNode records = json.putArray("records");
        for (DefaultRecord record : recordsOf(batch)) {
            ObjectNode one = records.addObject();
            one.put("offsetDelta", (int) (record.offset() - batch.baseOffset()));
            one.put("timestampDelta", record.timestamp() - batch.baseTimestamp());
            put(one, "key", record.key());
            put(one, "value", record.value());
            ArrayNode headers = one.putArray("headers");
            for (Header header : record.headers()) {
                byte[] value = header.value();
                ObjectNode held = headers.addObject();
                held.put("key", header.key());
                put(held, "value", value == null ? null : ByteBuffer.wrap(value));
            }
        }
        return json;
    }

    /** The batch's own iterator would give the time of appending for that of each record. */
    private static List<DefaultRecord> recordsOf(DefaultRecordBatch batch) throws IOException {
        List<DefaultRecord> records = new ArrayList<>();
        int count = batch.countOrNull();
        try (InputStream stream = batch.recordInputStream(BufferSupplier.NO_CACHING)) {
            for (int i = 0; i < count; i++) {
                records.add(DefaultRecord.readFrom(
                    stream, batch.baseOffset(), batch.baseTimestamp(), batch.baseSequence(), null));
            }
            if (stream.read() >= 0) throw new IllegalArgumentException("bytes after the last record");
        }
        return records;
    }

    private static void put(ObjectNode json, String key, ByteBuffer buffer) {
        if (buffer == null) {
            json.putNull(key);
            return;
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        json.put(key, Base64.getEncoder().encodeToString(bytes));
    }
}
