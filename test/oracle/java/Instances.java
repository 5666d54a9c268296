// Random instances of one message at one version: edge values as often as all others, arrays and
// strings whose lengths need a second and a third byte, tags present, absent and unknown, nulls.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;

final class Instances {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** Lengths around which a length's varint grows, and the longest that an int16 holds. */
    private static final int[] LENGTHS = {126, 127, 128, 300};
    private static final int[] GREAT_LENGTHS = {16382, 16383, 16384, 32767};
    private static final String[] PIECES =
        {"a", "Z", "9", "-", "é", "ß", "漢", "€", "\uD83D\uDE00", "\u0000", "\"", "\\", "\u2028"};
    private static final int[] TAGS = {64, 127, 128, 500, 16383, 16384, 1 << 21, Integer.MAX_VALUE - 1};

    /** The first instances of a pair are of one kind each; all later ones are mixed. */
    private enum Kind {
        /** Everything empty, zero or null, no tag. */
        LEAST,
        /** Null wherever that is possible, in tagged fields too. */
        NULLS,
        /** Everything there, tags and all. */
        MOST,
        /** Mixed, with unknown tags where the version is flexible. */
        UNKNOWN_TAGS,
        /** Mixed, with one long array or text. */
        LONG,
        MIXED,
    }

    private final MessageType type;
    private final short version;
    private final Random random;
    private final Kind kind;
    /** How many long arrays, texts or blobs may still be made. */
    private int longLeft;
    private int unknownTags;

    private Instances(MessageType type, short version, Random random, Kind kind) {
        this.type = type;
        this.version = version;
        this.random = random;
        this.kind = kind;
        boolean isLong = kind == Kind.LONG || kind == Kind.MIXED && random.nextInt(6) == 0;
        longLeft = isLong ? 1 : 0;
    }

    /** What the instance is, and whether it holds tags that its JSON does not show. */
    record Instance(Message message, boolean hasUnknownTags) {}

    static Instance make(MessageType type, short version, long seed, int index)
        throws ReflectiveOperationException {
        Kind kind = Kind.values()[Math.min(index, Kind.values().length - 1)];
        long mixed = ((seed * 31 + type.name.hashCode()) * 31 + version) * 1_000_003L + index;
        Instances instances = new Instances(type, version, new Random(mixed), kind);
        ObjectNode json = instances.struct(type.fields, 0);
        Message message = type.fromJson(json, version);
        boolean wanted = kind == Kind.UNKNOWN_TAGS
            || kind == Kind.MIXED && instances.random.nextInt(4) == 0;
        if (wanted && type.isFlexible(version)) {
            instances.addUnknownTags(type.fields, message);
            if (instances.unknownTags == 0) {
                message.unknownTaggedFields().add(new RawTaggedField(TAGS[0], new byte[] {7}));
                instances.unknownTags = 1;
            }
        }
        return new Instance(message, instances.unknownTags > 0);
    }

    // ------------------------------------------------------------ unknown tags

    private void addUnknownTags(JsonNode fields, Object value)
        throws ReflectiveOperationException {
        int first = 0;
        for (JsonNode field : fields) first = Math.max(first, field.path("tag").asInt(-1) + 1);
        int count = random.nextInt(3);
        if (unknownTags < 12) {
            List<RawTaggedField> tags = unknownOf(value);
            int place = random.nextInt(TAGS.length);
            for (int i = 0; i < count && place + i < TAGS.length; i++, unknownTags++) {
                boolean isNext = i == 0 && random.nextBoolean();
                int tag = isNext ? first : TAGS[place + i];
                int length = random.nextInt(20) == 0 ? 130 : random.nextInt(4);
                tags.add(new RawTaggedField(tag, bytes(length)));
            }
        }
        for (JsonNode field : fields) {
            JsonNode inner = type.structFields(field.get("type").asText());
            if (inner == null || !MessageType.isIn(field, version)) continue;
            Object held = MessageType.get(value, MessageType.keyOf(field));
            if (held instanceof Iterable<?> elements) {
                for (Object element : elements) addUnknownTags(inner, element);
            } else if (held != null) {
                addUnknownTags(inner, held);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static List<RawTaggedField> unknownOf(Object value) throws ReflectiveOperationException {
        return (List<RawTaggedField>) MessageType.get(value, "unknownTaggedFields");
    }

    // ------------------------------------------------------------ values

    private ObjectNode struct(JsonNode fields, int depth) {
        ObjectNode object = NODES.objectNode();
        for (JsonNode field : fields) {
            if (!MessageType.isIn(field, version)) continue;
            boolean isTagged = field.has("tag")
                && Versions.of(field.path("taggedVersions").asText("none")).hold(version);
            if (isTagged && isLeftOut()) continue;
            object.set(MessageType.keyOf(field), fieldValue(field, depth));
        }
        return object;
    }

    private boolean isLeftOut() {
        return kind == Kind.LEAST || !isWhole() && random.nextBoolean();
    }

    private boolean isWhole() {
        return kind == Kind.MOST || kind == Kind.NULLS;
    }

    private JsonNode fieldValue(JsonNode field, int depth) {
        String nullable = field.path("nullableVersions").asText("none");
        if (Versions.of(nullable).hold(version) && isNull()) return NullNode.instance;
        String type = field.get("type").asText();
        if (!isWhole() && field.has("default") && random.nextInt(6) == 0) {
            JsonNode value = defaultOf(type, field.get("default").asText());
            if (value != null) return value;
        }
        return value(type, depth);
    }

    private boolean isNull() {
        if (isWhole()) return kind == Kind.NULLS;
        return kind == Kind.LEAST || random.nextInt(4) == 0;
    }

    /** Null for what is no plain value. */
    private static JsonNode defaultOf(String type, String text) {
        switch (type) {
            case "bool": return NODES.booleanNode(Boolean.parseBoolean(text));
            case "int8", "int16", "uint16", "int32", "uint32", "int64":
                return NODES.numberNode(Long.decode(text));
            default: return null;
        }
    }

    private JsonNode value(String type, int depth) {
        if (type.startsWith("[]")) return array(type.substring(2), depth);
        boolean isLeast = kind == Kind.LEAST;
        switch (type) {
            case "bool": return NODES.booleanNode(!isLeast && random.nextBoolean());
            case "int8": return NODES.numberNode((byte) integer(8));
            case "int16": return NODES.numberNode((short) integer(16));
            case "uint16": return NODES.numberNode((int) integer(16) & 0xffff);
            case "int32": return NODES.numberNode((int) integer(32));
            case "uint32": return NODES.numberNode(integer(32) & 0xffffffffL);
            case "int64": return NODES.numberNode(integer(64));
            case "float64": return NODES.numberNode(float64());
            case "uuid": return NODES.textNode(uuid().toString());
            case "string": return NODES.textNode(string());
            case "bytes", "records": return NODES.textNode(base64());
            default: return struct(type(type), depth + 1);
        }
    }

    private JsonNode type(String name) {
        return type.structFields(name);
    }

    private ArrayNode array(String element, int depth) {
        ArrayNode array = NODES.arrayNode();
        boolean isLong = isLong(type(element) == null ? 2 : 3);
        int most = depth > 1 ? 2 : 3;
        int count = isWhole() ? 1 + random.nextInt(2) : random.nextInt(most);
        if (kind == Kind.LEAST) count = 0;
        for (int i = 0; i < (isLong ? 3 : count); i++) array.add(value(element, depth + 1));
        // A count of two bytes does not need as many different elements.
        for (int i = 3; isLong && i < 130; i++) array.add(array.get(i % 3).deepCopy());
        return array;
    }

    private boolean isLong(int rarity) {
        if (longLeft == 0 || random.nextInt(rarity) > 0) return false;
        longLeft--;
        return true;
    }

    /** Of `bits` bits; the bounds, zero and -1 are as likely as all others together. */
    private long integer(int bits) {
        if (kind == Kind.LEAST) return 0;
        long max = bits == 64 ? Long.MAX_VALUE : (1L << (bits - 1)) - 1;
        switch (random.nextInt(12)) {
            case 0: return max;
            case 1: return -max - 1;
            case 2: return -1;
            case 3: return 0;
            case 4: return 1;
            case 5: return bits < 64 ? max - 1 : (1L << 53) + random.nextInt(3) - 1;
            // What fits in half the bits, so that numbers of every size come up.
            case 6, 7, 8: return random.nextLong() >> (64 - bits / 2);
            // Of 64 bits, mostly what a number holds.
            case 9, 10: return random.nextLong() >> (64 - Math.min(bits, 53));
            default: return random.nextLong() >> (64 - bits);
        }
    }

    private double float64() {
        double[] edges = {0.0, -0.0, 1.0, -1.5, Double.MIN_VALUE, -Double.MAX_VALUE, 1e21, 1.0e-7, 123456789012345680.0,
            Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        if (kind == Kind.LEAST) return 0.0;
        return random.nextBoolean() ? edges[random.nextInt(edges.length)] : random.nextDouble() * 1e6 - 5e5;
    }

    private Uuid uuid() {
        if (kind == Kind.LEAST || random.nextInt(8) == 0) return Uuid.ZERO_UUID;
        if (random.nextInt(16) == 0) return new Uuid(-1L, -1L);
        return new Uuid(random.nextLong(), random.nextLong());
    }

    private String string() {
        if (kind == Kind.LEAST) return "";
        if (isLong(3)) return "0123456789abcdef".repeat(2048).substring(0, longLength());
        boolean plain = random.nextInt(4) > 0;
        StringBuilder text = new StringBuilder();
        // Some texts whose bytes are more than 127 and whose characters are fewer.
        int length = random.nextInt(40) == 0 ? 50 : random.nextInt(7);
        for (int i = 0; i < length; i++) text.append(PIECES[random.nextInt(plain ? 4 : PIECES.length)]);
        return text.toString();
    }

    private String base64() {
        int length = kind == Kind.LEAST ? 0 : random.nextInt(12);
        byte[] bytes = isLong(3) ? new byte[longLength()] : bytes(length);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private int longLength() {
        int[] lengths = random.nextInt(4) == 0 ? GREAT_LENGTHS : LENGTHS;
        return lengths[random.nextInt(lengths.length)];
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
