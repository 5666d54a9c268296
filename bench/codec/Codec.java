// Java's side of the codec benchmark: Kafka's generated classes over the same bytes. Prints one line of
// JSON: per row microseconds of the thread's CPU time and bytes allocated a call. Buffers of records are
// handed on by reference, as the broker does it.
//
//   java -cp 'test/oracle/lib/*' bench/codec/Codec.java 300 < hex lines: produce, fetch, metadata

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Supplier;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.SendBuilder;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

public final class Codec {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int MEMORY_CALLS = 200;
    /** Keeps what was made, so that making it cannot be left out. */
    private static volatile Object kept;

    private interface Decode {
        ApiMessage of(ByteBufferAccessor bytes);
    }

    private static double cpuMicroseconds() {
        return THREADS.getCurrentThreadCpuTime() / 1000.0;
    }

    private static double turn(Supplier<Object> call, int ms) {
        double started = cpuMicroseconds();
        long calls = 0;
        for (int batch = 1; cpuMicroseconds() - started < 1000.0 * ms; batch = Math.min(2 * batch, 256)) {
            for (int i = 0; i < batch; i++) kept = call.get();
            calls += batch;
        }
        return (cpuMicroseconds() - started) / calls;
    }

    private static long bytesOf(Supplier<Object> call) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < MEMORY_CALLS; i++) kept = call.get();
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / MEMORY_CALLS;
    }

    private static String measured(Supplier<Object> call, int ms) {
        turn(call, ms);
        return String.format("{\"us\":%.4f,\"bytes\":%d}", turn(call, ms), bytesOf(call));
    }

    /** With its header, of eleven bytes for a request and five for a response. */
    private static Object sent(ApiMessage value, short version) {
        if (value instanceof ProduceRequestData) {
            RequestHeaderData data = new RequestHeaderData()
                .setRequestApiKey(ApiKeys.PRODUCE.id).setRequestApiVersion(version).setClientId("");
            return SendBuilder.buildRequestSend(new RequestHeader(data, (short) 2), value);
        }
        return SendBuilder.buildResponseSend(new ResponseHeader(new ResponseHeaderData(), (short) 1), value, version);
    }

    private static void rows(Map<String, String> rows, String name, byte[] bytes, short version, int ms, Decode decode) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        ApiMessage value = decode.of(new ByteBufferAccessor(buffer.duplicate()));
        ByteBuffer again = MessageUtil.toByteBufferAccessor(value, version).buffer();
        byte[] back = Arrays.copyOfRange(again.array(), 0, again.limit());
        if (!Arrays.equals(back, bytes)) throw new IllegalStateException(name + ": other bytes");
        rows.put(name + " decode", measured(() -> decode.of(new ByteBufferAccessor(buffer.duplicate())), ms));
        rows.put(name + " encode", measured(() -> sent(value, version), ms));
    }

    public static void main(String[] arguments) throws Exception {
        int ms = Integer.parseInt(arguments[0]);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        HexFormat hex = HexFormat.of();
        Map<String, String> rows = new LinkedHashMap<>();
        rows(rows, "produce", hex.parseHex(lines.readLine()), (short) 9, ms, b -> new ProduceRequestData(b, (short) 9));
        rows(rows, "fetch", hex.parseHex(lines.readLine()), (short) 12, ms, b -> new FetchResponseData(b, (short) 12));
        rows(rows, "metadata", hex.parseHex(lines.readLine()), (short) 12, ms, b -> new MetadataResponseData(b, (short) 12));
        StringJoiner all = new StringJoiner(",", "{", "}");
        rows.forEach((row, text) -> all.add("\"" + row + "\":" + text));
        System.out.println(all);
    }
}
