package io.croft.pg.content;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.search.Source;
import java.util.Map;

/** The JSON that the content store keeps: fields, and the payloads of its jobs. */
final class Json {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<Map<String, String>> FIELDS = new TypeReference<>() {
    };

    private Json() {
    }

    static String write(Map<String, String> fields) {
        return text(fields);
    }

    static Map<String, String> readFields(String json) {
        try {
            return MAPPER.readValue(json, FIELDS);
        } catch (JsonProcessingException e) {
            throw new CroftException("stored fields are no map of names to values: " + e.getClass().getSimpleName());
        }
    }

    static String write(Revision revision) {
        return text(revision);
    }

    /** Reads a payload that {@link #write(Revision)} wrote. */
    static Revision readRevision(String payload) {
        try {
            return MAPPER.readValue(payload, Revision.class);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new InvalidInputException("the payload is not of a job that storing a document or listing enqueued");
        }
    }

    static String writeCrawl(String name) {
        return text(new CrawlName(name));
    }

    /** Reads a payload that {@link #writeCrawl} wrote. */
    static String readCrawl(String payload) {
        try {
            return MAPPER.readValue(payload, CrawlName.class).crawl();
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new InvalidInputException("the payload is not of a job that asking for a crawl enqueued");
        }
    }

    private static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new CroftException("cannot write " + value.getClass().getSimpleName() + " as JSON");
        }
    }

    /**
     * The payload of a job that crawls.
     *
     * @param crawl its name
     */
    record CrawlName(String crawl) {

        CrawlName {
            if (crawl == null || crawl.isEmpty()) {
                throw new IllegalArgumentException("the name of a crawl");
            }
        }
    }

    /**
     * The payload of a job that makes a revision searchable.
     *
     * @param source   the source
     * @param id       the document or listing
     * @param revision which revision of it
     */
    record Revision(Source source, String id, long revision) {

        Revision {
            if (source == null || id == null || id.isEmpty() || revision < 1) {
                throw new IllegalArgumentException("source, id and revision from 1");
            }
        }
    }
}
