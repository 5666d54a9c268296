// One message of Kafka: its definition as its jar carries it and the classes generated from it, all
// by reflection, so that this program names no message.

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Readable;
import org.apache.kafka.common.record.internal.MemoryRecords;

final class MessageType {
    private static final ObjectMapper DEFINITIONS =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();

    final String name;
    final JsonNode fields;
    final short lowest;
    final short highest;
    private final Versions flexible;
    private final Map<String, JsonNode> structs = new HashMap<>();
    private final boolean hasRecords;
    private final Constructor<?> constructor;
    private final Method fromJson;
    private final Method toJson;

    private MessageType(JsonNode definition, Class<?> data) throws ReflectiveOperationException {
        name = definition.get("name").asText();
        fields = definition.get("fields");
        flexible = Versions.of(definition.path("flexibleVersions").asText("none"));
        collectStructs(definition);
        hasRecords = definition.findValuesAsText("type").contains("records");
        lowest = data.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
        highest = data.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
        constructor = data.getConstructor(Readable.class, short.class);
        Class<?> converter = Class.forName(data.getName() + "JsonConverter");
        fromJson = converter.getMethod("read", JsonNode.class, short.class);
        toJson = converter.getMethod("write", data, short.class);
    }

    /** Every message that has a JSON converter, out of all jars of Kafka on the class path. */
    static Map<String, MessageType> all() throws IOException, ReflectiveOperationException {
        Map<String, JsonNode> definitions = new HashMap<>();
        Map<String, Class<?>> classes = new TreeMap<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!new File(path).getName().matches("kafka-.*\\.jar")) continue;
            try (JarFile jar = new JarFile(path)) {
                for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                    String file = entry.getName();
                    if (file.matches("(common/)?(message|metadata)/.*\\.json")) {
                        JsonNode definition = DEFINITIONS.readTree(jar.getInputStream(entry));
                        definitions.put(definition.get("name").asText(), definition);
                    } else if (file.matches("[^$]*JsonConverter\\.class")) {
                        String type = file.replace('/', '.').replace("JsonConverter.class", "");
                        classes.put(type.substring(type.lastIndexOf('.') + 1), Class.forName(type));
                    }
                }
            }
        }
        Map<String, MessageType> types = new TreeMap<>();
        for (Map.Entry<String, Class<?>> entry : classes.entrySet()) {
            // The classes of requests, responses and headers are named `...Data`.
            String name = entry.getKey();
            JsonNode definition = definitions.get(name);
            if (definition == null) definition = definitions.get(name.replaceFirst("Data$", ""));
            if (definition == null) throw new IllegalStateException(name + " has no definition");
            MessageType type = new MessageType(definition, entry.getValue());
            types.put(type.name, type);
        }
        return types;
    }

    /** Structs are declared where they are used first, or apart, and then named. */
    private void collectStructs(JsonNode node) {
        if (node.isObject() && node.has("fields") && !node.has("validVersions")) {
            String type = node.path("type").asText(node.path("name").asText());
            structs.put(elementOf(type), node.get("fields"));
        }
        for (JsonNode child : node) collectStructs(child);
    }

    static String elementOf(String type) {
        return type.startsWith("[]") ? type.substring(2) : type;
    }

    static String keyOf(JsonNode field) {
        String name = field.get("name").asText();
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    /** A few fields are tagged in some versions and declare no others. */
    static boolean isIn(JsonNode field, short version) {
        String tagged = field.path("taggedVersions").asText("0+");
        return Versions.of(field.path("versions").asText(tagged)).hold(version);
    }

    boolean isFlexible(short version) {
        return flexible.hold(version);
    }

    /** Null when it is no struct. */
    JsonNode structFields(String type) {
        return structs.get(elementOf(type));
    }

    // ------------------------------------------------------------ values

    Message fromJson(JsonNode json, short version) throws ReflectiveOperationException {
        return (Message) invoke(fromJson, json, version);
    }

    Message fromBytes(byte[] bytes, short version) throws ReflectiveOperationException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        Message message;
        try {
            message = (Message) constructor.newInstance(new ByteBufferAccessor(buffer), version);
        } catch (InvocationTargetException error) {
            throw new IllegalArgumentException(error.getCause());
        }
        if (buffer.hasRemaining()) {
            throw new IllegalArgumentException(buffer.remaining() + " bytes are left over");
        }
        return message;
    }

    /** What Kafka's converter prints, with the bytes of records, which it leaves out. */
    JsonNode toJson(Message message, short version) throws ReflectiveOperationException {
        JsonNode json = (JsonNode) invoke(toJson, message, version);
        if (hasRecords) addRecords(fields, json, message);
        return json;
    }

    static byte[] toBytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        if (buffer.hasRemaining()) throw new IllegalStateException("shorter than its size");
        return buffer.array();
    }

    private void addRecords(JsonNode in, JsonNode json, Object value)
        throws ReflectiveOperationException {
        for (JsonNode field : in) {
            String key = keyOf(field);
            String type = field.get("type").asText();
            JsonNode held = json.get(key);
            if (held == null || held.isNull()) continue;
            if (type.equals("records")) {
                ByteBuffer buffer = ((MemoryRecords) get(value, key)).buffer().duplicate();
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                ((ObjectNode) json).put(key, Base64.getEncoder().encodeToString(bytes));
            }
            JsonNode inner = structFields(type);
            if (inner == null) continue;
            if (!type.startsWith("[]")) {
                addRecords(inner, held, get(value, key));
                continue;
            }
            int index = 0;
            for (Object element : (Iterable<?>) get(value, key)) {
                addRecords(inner, held.get(index++), element);
            }
        }
    }

    /** A field of a generated class. */
    static Object get(Object value, String key) throws ReflectiveOperationException {
        return value.getClass().getMethod(key).invoke(value);
    }

    private static Object invoke(Method method, Object... arguments)
        throws ReflectiveOperationException {
        try {
            return method.invoke(null, arguments);
        } catch (InvocationTargetException error) {
            throw new IllegalArgumentException(error.getCause());
        }
    }
}
