package io.croft.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.intake.Ingestion;
import io.croft.search.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings texts from lines of JSON, an object each: {@code {"id": "a", "title": "…", "text": "…", "fields": {"year":
 * "2026"}, "groups": ["board"], "vector": [0.1, …]}}. Only {@code id} and {@code text} must be there; a vector is of
 * the present embedding model. Others are not looked at, nor are blank lines. An import that broke off is run again:
 * lines that are stored already cost a look each.
 */
public final class JsonLines {

    /** The longest line, in characters. */
    public static final int MAX_LINE_CHARS = 16 << 20;

    private static final JsonFactory JSON = new JsonFactory();

    private JsonLines() {
    }

    /**
     * Imports all lines, or those before the thread is interrupted. A line that is none is counted, and passed over.
     *
     * @param lines read to their end, and left open
     * @return what became of them
     * @throws IOException what the reader throws, and for a line that is too long; what was imported stays
     */
    public static ImportReport run(Ingestion ingestion, TenantContext context, Source source, Reader lines)
            throws IOException {
        try {
            return ingestion.importAll(context, new Items(source, new BufferedReader(lines)));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    static Imported item(Source source, String line) {
        String id = "";
        String title = "";
        String text = "";
        Map<String, String> fields = new LinkedHashMap<>();
        Set<String> groups = Set.of();
        Optional<float[]> vector = Optional.empty();
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw none();
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                switch (name) {
                    case "id" -> id = string(json, value);
                    case "title" -> title = string(json, value);
                    case "text" -> text = string(json, value);
                    case "fields" -> fields.putAll(fields(json, value));
                    case "groups" -> groups = groups(json, value);
                    case "vector" -> vector = vector(json, value);
                    default -> json.skipChildren();
                }
            }
            if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
                throw none();
            }
        } catch (IOException e) {
            throw none(); // its message would repeat the line
        }
        return new Imported(source, id, title, text, fields, groups, vector);
    }

    private static String string(JsonParser json, JsonToken value) throws IOException {
        return switch (value) {
            case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE -> json.getText();
            case VALUE_NULL -> "";
            default -> throw none();
        };
    }

    private static Map<String, String> fields(JsonParser json, JsonToken value) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        if (value == JsonToken.VALUE_NULL) {
            return fields;
        }
        if (value != JsonToken.START_OBJECT) {
            throw none();
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken token = json.nextToken();
            if (token != JsonToken.VALUE_NULL) {
                fields.put(name, string(json, token));
            }
        }
        return fields;
    }

    private static Set<String> groups(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return Set.of();
        }
        if (value != JsonToken.START_ARRAY) {
            throw none();
        }
        Set<String> groups = new TreeSet<>();
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (token != JsonToken.VALUE_STRING || groups.size() > Document.MAX_GROUPS) {
                throw none();
            }
            groups.add(json.getText());
        }
        return groups;
    }

    private static Optional<float[]> vector(JsonParser json, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return Optional.empty();
        }
        if (value != JsonToken.START_ARRAY) {
            throw none();
        }
        float[] vector = new float[EmbeddingModel.MAX_DIMENSIONS];
        int length = 0;
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            if (token == null || !token.isNumeric() || length == vector.length) {
                throw none();
            }
            vector[length++] = json.getFloatValue();
        }
        return Optional.of(Arrays.copyOf(vector, length));
    }

    private static InvalidInputException none() {
        return new InvalidInputException("this is no line with an object of id, title, text, fields, groups and"
                + " vector");
    }

    /** The lines as items. Used by one thread. */
    private static final class Items implements Iterator<Imported> {

        private final Source source;
        private final BufferedReader lines;
        private @Nullable String next;

        Items(Source source, BufferedReader lines) {
            this.source = source;
            this.lines = lines;
        }

        @Override
        public boolean hasNext() {
            try {
                while (next == null || next.isBlank()) {
                    next = line();
                    if (next == null) {
                        return false;
                    }
                }
                return true;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private @Nullable String line() throws IOException {
            StringBuilder line = new StringBuilder();
            int c = lines.read();
            if (c < 0) {
                return null;
            }
            for (; c >= 0 && c != '\n'; c = lines.read()) {
                if (line.length() == MAX_LINE_CHARS) {
                    throw new IOException("a line to import has more than " + MAX_LINE_CHARS + " characters");
                }
                line.append((char) c);
            }
            return line.toString();
        }

        @Override
        public Imported next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no more lines");
            }
            String line = String.valueOf(next);
            next = null;
            return item(source, line);
        }
    }
}
