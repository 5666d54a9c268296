// Prints random instances of every message of Kafka's protocol, at every version, as Kafka's own
// generated classes write them. One line each: {"message", "version", "json", "hex"}.

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.RawTaggedField;

public final class Vectors {
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message.",
        "org.apache.kafka.common.metadata.",
        "org.apache.kafka.coordinator.group.generated.",
        "org.apache.kafka.coordinator.transaction.generated.",
        "org.apache.kafka.coordinator.share.generated.",
    };
    private static final ObjectMapper MAPPER =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Random random;
    /** Whether 64-bit values may pass 2^53. */
    private final boolean wide;
    private final Map<String, JsonNode> structs = new HashMap<>();

    private Vectors(long seed, boolean wide) {
        this.random = new Random(seed);
        this.wide = wide;
    }

    public static void main(String[] args) throws Exception {
        int perVersion = Integer.parseInt(args[0]);
        Map<String, JsonNode> schemas = new TreeMap<>();
        for (int i = 1; i < args.length; i++) {
            try (JarFile jar = new JarFile(args[i])) {
                for (var entry : (Iterable<java.util.jar.JarEntry>) jar.stream()::iterator) {
                    if (!entry.getName().matches("common/(message|metadata)/.*\\.json")) continue;
                    JsonNode schema = MAPPER.readTree(jar.getInputStream(entry));
                    if (schema.has("validVersions")) schemas.put(schema.get("name").asText(), schema);
                }
            }
        }
        for (JsonNode schema : schemas.values()) emitAll(schema, perVersion);
    }

    private static void emitAll(JsonNode schema, int perVersion) throws Exception {
        String name = schema.get("name").asText();
        String type = schema.get("type").asText();
        int[] valid = range(schema.get("validVersions").asText());
        if (valid == null) return;
        boolean isRpc = type.equals("request") || type.equals("response") || type.equals("header");
        Class<?> data = find(isRpc ? name + "Data" : name);
        if (data == null) return;
        Class<?> converter = Class.forName(data.getName() + "JsonConverter");
        for (int version = valid[0]; version <= valid[1]; version++) {
            for (int instance = 0; instance < perVersion; instance++) {
                long seed = 31L * (31L * name.hashCode() + version) + instance;
                Vectors vectors = new Vectors(seed, instance == perVersion - 1);
                vectors.emit(schema, data, converter, name, (short) version);
            }
        }
    }

    private static Class<?> find(String name) {
        for (String prefix : PACKAGES) {
            try {
                return Class.forName(prefix + name);
            } catch (ClassNotFoundException ignored) {
                continue;
            }
        }
        return null;
    }

    private void emit(
        JsonNode schema, Class<?> data, Class<?> converter, String name, short version
    ) throws Exception {
        collect(schema);
        ObjectNode json = struct(schema.get("fields"), version, 0);
        Message message = (Message) converter
            .getMethod("read", JsonNode.class, short.class)
            .invoke(null, json, version);
        int[] flexible = range(schema.path("flexibleVersions").asText("none"));
        if (flexible != null && version >= flexible[0] && random.nextInt(3) == 0) {
            ArrayNode unknown = json.putArray("unknownTags");
            for (int tag = 500; tag < 502; tag++) {
                byte[] bytes = bytes(random.nextInt(4));
                message.unknownTaggedFields().add(new RawTaggedField(tag, bytes));
                unknown.addObject()
                    .put("tag", tag)
                    .put("bytes", Base64.getEncoder().encodeToString(bytes));
            }
        }
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        ObjectNode line = NODES.objectNode();
        line.put("message", name).put("version", version).set("json", json);
        line.put("hex", HexFormat.of().formatHex(buffer.array()));
        System.out.println(MAPPER.writeValueAsString(line));
    }

    /** Structs are declared where they are used first, or apart, and then named. */
    private void collect(JsonNode node) {
        if (node.isObject() && node.has("fields") && !node.has("validVersions")) {
            String type = node.path("type").asText(node.path("name").asText());
            structs.put(type.replace("[]", ""), node.get("fields"));
        }
        for (JsonNode child : node) collect(child);
    }

    private ObjectNode struct(JsonNode fields, short version, int depth) {
        ObjectNode object = NODES.objectNode();
        for (JsonNode field : fields) {
            String tagged = field.path("taggedVersions").asText("0+");
            if (!holds(field.path("versions").asText(tagged), version)) continue;
            if (field.has("tag") && random.nextBoolean()) continue;
            String name = field.get("name").asText();
            String key = Character.toLowerCase(name.charAt(0)) + name.substring(1);
            boolean nullable = holds(field.path("nullableVersions").asText("none"), version);
            boolean isNull = nullable && random.nextInt(4) == 0;
            object.set(
                key, isNull ? NullNode.instance : value(field.get("type").asText(), version, depth)
            );
        }
        return object;
    }

    private JsonNode value(String type, short version, int depth) {
        if (type.startsWith("[]")) {
            ArrayNode array = NODES.arrayNode();
            int count = random.nextInt(depth > 1 ? 2 : 3);
            // Now and then a length that needs a second varint byte.
            if (random.nextInt(60) == 0 && type.matches("\\[\\]u?int.*")) count = 130;
            for (int i = 0; i < count; i++) array.add(value(type.substring(2), version, depth + 1));
            return array;
        }
        switch (type) {
            case "bool": return NODES.booleanNode(random.nextBoolean());
            case "int8": return NODES.numberNode((byte) integer(8));
            case "int16": return NODES.numberNode((short) integer(16));
            case "uint16": return NODES.numberNode(random.nextInt(65536));
            case "int32": return NODES.numberNode((int) integer(32));
            case "uint32": return NODES.numberNode(random.nextLong() & 0xffffffffL);
            case "int64": return NODES.numberNode(wide ? integer(64) : integer(53));
            case "float64": return NODES.numberNode(random.nextDouble() * 1e6 - 5e5);
            case "uuid": return NODES.textNode(
                random.nextInt(8) == 0 ? Uuid.ZERO_UUID.toString()
                    : new Uuid(random.nextLong(), random.nextLong()).toString()
            );
            case "string": return NODES.textNode(string());
            case "bytes":
            case "records":
                return NODES.textNode(Base64.getEncoder().encodeToString(bytes(random.nextInt(12))));
            default: return struct(structs.get(type), version, depth + 1);
        }
    }

    /** Of at most `bits` bits; the bounds, zero and -1 are as likely as all others together. */
    private long integer(int bits) {
        long max = bits == 64 ? Long.MAX_VALUE : (1L << (bits == 53 ? 53 : bits - 1)) - 1;
        switch (random.nextInt(8)) {
            case 0: return max;
            case 1: return bits == 53 ? -max : -max - 1;
            case 2: return -1;
            case 3: return 0;
            default: return random.nextLong() % max;
        }
    }

    private String string() {
        String[] pieces = {"a", "Z", "9", "-", "é", "ß", "漢", "€", "\uD83D\uDE00", "\u0000", "\""};
        int length = random.nextInt(40) == 0 ? 140 : random.nextInt(7);
        boolean plain = random.nextInt(4) > 0;
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) text.append(pieces[random.nextInt(plain ? 4 : pieces.length)]);
        return text.toString();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** "3-7", "4+", "2" or "none". */
    private static int[] range(String text) {
        if (text.equals("none")) return null;
        if (text.endsWith("+")) {
            return new int[] {Integer.parseInt(text.replace("+", "")), Integer.MAX_VALUE};
        }
        List<Integer> bounds = new ArrayList<>();
        for (String part : text.split("-")) bounds.add(Integer.parseInt(part));
        return new int[] {bounds.get(0), bounds.get(bounds.size() - 1)};
    }

    private static boolean holds(String versions, int version) {
        int[] range = range(versions);
        return range != null && range[0] <= version && version <= range[1];
    }
}
