package io.croft.ingest.embed;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.croft.ingest.embed.EndpointException.Meaning;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is sent to an endpoint and comes back from it. */
final class EmbeddingJson {

    private static final JsonFactory JSON = new JsonFactory();

    private EmbeddingJson() {
    }

    static byte[] request(String model, List<String> texts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("model", model);
            json.writeStringField("encoding_format", "float");
            json.writeArrayFieldStart("input");
            for (String text : texts) {
                json.writeString(text);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory was not written to", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The vectors of an answer, scaled to unit length, in the order of the texts.
     *
     * @throws EndpointException if it breaks off, or is not that of so many texts and dimensions
     */
    static List<float[]> vectors(byte[] answer, int texts, int dimensions) throws EndpointException {
        SortedMap<Integer, float[]> vectors = new TreeMap<>();
        try (JsonParser json = JSON.createParser(answer)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw unusable("is no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean data = json.currentName().equals("data");
                if (json.nextToken() == JsonToken.START_ARRAY && data) {
                    for (int place = 0; json.nextToken() == JsonToken.START_OBJECT; place++) {
                        one(json, place, texts, dimensions, vectors);
                    }
                } else {
                    json.skipChildren();
                }
            }
        } catch (IOException e) {
            // Its message and its cause would repeat what was answered.
            throw new EndpointException(Meaning.PASSING, "gave an answer that is no JSON or breaks off", null);
        }
        if (vectors.size() != texts) {
            throw unusable("has vectors for " + vectors.size() + " of " + texts + " texts");
        }
        return List.copyOf(vectors.values());
    }

    private static void one(JsonParser json, int place, int texts, int dimensions, SortedMap<Integer, float[]> vectors)
            throws IOException, EndpointException {
        int index = place;
        Optional<float[]> vector = Optional.empty();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            JsonToken value = json.nextToken();
            if (field.equals("index") && value == JsonToken.VALUE_NUMBER_INT) {
                index = json.getIntValue();
            } else if (field.equals("embedding") && value == JsonToken.START_ARRAY) {
                vector = Optional.of(vector(json, dimensions));
            } else {
                json.skipChildren();
            }
        }
        if (vector.isEmpty() || index < 0 || index >= texts || vectors.putIfAbsent(index, vector.get()) != null) {
            throw unusable("has vectors that are not of the texts, one each");
        }
    }

    private static float[] vector(JsonParser json, int dimensions) throws IOException, EndpointException {
        double[] values = new double[dimensions];
        double squares = 0;
        int length = 0;
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (token == null || !token.isNumeric() || length == dimensions) {
                throw unusable("has vectors that are not " + dimensions + " numbers");
            }
            values[length] = json.getDoubleValue();
            squares += values[length] * values[length];
            length++;
        }
        double norm = Math.sqrt(squares);
        if (length < dimensions || !(norm > 1e-9) || !Double.isFinite(norm)) {
            throw unusable("has vectors that are not " + dimensions + " finite numbers, not all zero");
        }
        float[] unit = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            unit[i] = (float) (values[i] / norm);
        }
        return unit;
    }

    private static EndpointException unusable(String what) {
        return new EndpointException(Meaning.UNUSABLE, "gave an answer that " + what, null);
    }
}
