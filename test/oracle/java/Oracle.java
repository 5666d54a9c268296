// The oracle: `generate SEED PER_PAIR PER_CODEC` prints random instances of every message of Kafka at
// every version, and record batches in every codec, one line of JSON each; `read` takes such lines
// from standard input, decodes their hex with Kafka's classes and says where that is not their JSON.

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.record.internal.CompressionType;

public final class Oracle {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final HexFormat HEX = HexFormat.of();
    private static final int DIFFERENCES_SHOWN = 20;

    private final Map<String, MessageType> types = MessageType.all();
    private final PrintWriter out = new PrintWriter(
        new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16));

    private Oracle() throws IOException, ReflectiveOperationException {}

    public static void main(String[] arguments) throws Exception {
        Oracle oracle = new Oracle();
        if (arguments[0].equals("read")) oracle.read();
        else {
            long seed = Long.parseLong(arguments[1]);
            oracle.generateMessages(seed, Integer.parseInt(arguments[2]));
            oracle.generateBatches(seed, Integer.parseInt(arguments[3]));
        }
        oracle.out.flush();
    }

    // ------------------------------------------------------------ generating

    private void generateMessages(long seed, int perPair) throws Exception {
        for (MessageType type : types.values()) {
            for (short version = type.lowest; version <= type.highest; version++) {
                for (int i = 0; i < perPair; i++) {
                    Instances.Instance made = Instances.make(type, version, seed, i);
                    ObjectNode line = JsonNodeFactory.instance.objectNode();
                    line.put("message", type.name).put("version", version);
                    if (made.hasUnknownTags()) line.put("unknownTags", true);
                    line.set("json", type.toJson(made.message(), version));
                    line.put("hex", HEX.formatHex(MessageType.toBytes(made.message(), version)));
                    print(line);
                }
            }
        }
    }

    private void generateBatches(long seed, int perCodec) throws IOException {
        for (CompressionType codec : CompressionType.values()) {
            for (int i = 0; i < perCodec; i++) {
                byte[] batch = Batches.make(codec, seed, i);
                ObjectNode line = JsonNodeFactory.instance.objectNode();
                line.set("json", Batches.describe(batch));
                line.put("hex", HEX.formatHex(batch));
                print(line);
            }
        }
    }

    private void print(JsonNode line) throws JsonProcessingException {
        out.println(MAPPER.writeValueAsString(line));
    }

    // ------------------------------------------------------------ reading

    private static final class Count {
        final Set<String> pairs = new HashSet<>();
        int instances;
        int differ;
    }

    private void read() throws IOException {
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Count messages = new Count();
        Map<Integer, Count> batches = new TreeMap<>();
        for (String text = lines.readLine(); text != null; text = lines.readLine()) {
            JsonNode line = MAPPER.readTree(text);
            boolean isMessage = line.has("message");
            int codec = line.get("json").path("attributes").asInt() & 7;
            Count count = isMessage ? messages : batches.computeIfAbsent(codec, key -> new Count());
            count.instances++;
            String name = line.path("message").asText("batch") + " v" + line.path("version").asInt();
            count.pairs.add(name);
            String difference;
            try {
                difference = isMessage ? messageDifference(line) : batchDifference(line);
            } catch (IOException | ReflectiveOperationException | RuntimeException error) {
                difference = error.toString();
            }
            if (difference == null) continue;
            count.differ++;
            if (count.differ <= DIFFERENCES_SHOWN) out.println(name + ": " + difference);
        }
        if (messages.instances > 0) {
            out.printf("Kafka reads ours: pairs %d, instances %d, differ %d%n",
                messages.pairs.size(), messages.instances, messages.differ);
        }
        batches.forEach((codec, count) -> out.printf("Kafka reads our batches, %s: instances %d, differ %d%n",
            CompressionType.forId(codec).name, count.instances, count.differ));
        out.flush();
        boolean isEqual = messages.differ == 0 && batches.values().stream().allMatch(count -> count.differ == 0);
        System.exit(isEqual ? 0 : 2);
    }

    /** Null when there is none. */
    private String messageDifference(JsonNode line) throws IOException, ReflectiveOperationException {
        MessageType type = types.get(line.get("message").asText());
        short version = (short) line.get("version").asInt();
        byte[] bytes = HEX.parseHex(line.get("hex").asText());
        Message message = type.fromBytes(bytes, version);
        String difference = difference("", line.get("json"), type.toJson(message, version));
        if (difference != null) return difference;
        String written = HEX.formatHex(MessageType.toBytes(message, version));
        return written.equals(line.get("hex").asText()) ? null : "Kafka writes " + written;
    }

    private String batchDifference(JsonNode line) throws IOException {
        ObjectNode expected = (ObjectNode) line.get("json");
        ObjectNode found = Batches.describe(HEX.parseHex(line.get("hex").asText()));
        // Nobody's compressor gives another's bytes; that the checksum is right has been checked.
        if ((expected.path("attributes").asInt() & 7) != 0) found.set("crc", expected.get("crc"));
        return difference("", expected, found);
    }

    /** The first difference, with its path; null when there is none. */
    private static String difference(String path, JsonNode expected, JsonNode written) throws IOException {
        // What the text of a number says counts, not which of Java's types carries it.
        JsonNode found = MAPPER.readTree(MAPPER.writeValueAsBytes(written));
        return firstDifference(path, expected, found);
    }

    private static final Comparator<JsonNode> NUMBERS = (one, other) ->
        one.isFloatingPointNumber() || other.isFloatingPointNumber()
            ? Double.compare(one.doubleValue(), other.doubleValue())
            : one.bigIntegerValue().compareTo(other.bigIntegerValue());

    private static String firstDifference(String path, JsonNode expected, JsonNode found) {
        if (expected.isNumber() && found.isNumber()) {
            return NUMBERS.compare(expected, found) == 0 ? null : shown(path, expected, found);
        }
        boolean isSameKind = expected.getNodeType() == found.getNodeType() && expected.size() == found.size();
        if (!isSameKind) return shown(path, expected, found);
        if (expected.isObject()) {
            for (Map.Entry<String, JsonNode> entry : expected.properties()) {
                JsonNode other = found.get(entry.getKey());
                String inner = path + "." + entry.getKey();
                if (other == null) return inner + " is not there";
                String difference = firstDifference(inner, entry.getValue(), other);
                if (difference != null) return difference;
            }
            return null;
        }
        if (expected.isArray()) {
            for (int i = 0; i < expected.size(); i++) {
                String difference = firstDifference(path + "[" + i + "]", expected.get(i), found.get(i));
                if (difference != null) return difference;
            }
            return null;
        }
        return expected.equals(found) ? null : shown(path, expected, found);
    }

    private static String shown(String path, JsonNode expected, JsonNode found) {
        return path + " is " + found + ", not " + expected;
    }
}
