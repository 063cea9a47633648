package io.croft.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Passages, queries and people's judgements of which passage answers which query.
 *
 * @param name     the collection's
 * @param passages every passage; a few may have no text
 * @param queries  the judged queries
 * @param grades   by query id, then by passage id: how well it answers, from 1
 */
record JudgedCollection(String name, List<Passage> passages, List<Query> queries,
        Map<String, Map<String, Integer>> grades) {

    static final int DIMENSIONS = 384;

    private static final ObjectMapper JSON = new ObjectMapper();

    JudgedCollection {
        passages = List.copyOf(passages);
        queries = List.copyOf(queries);
        grades = Map.copyOf(grades);
    }

    /** Reads a collection, if the folder that holds the collections is there. */
    static Optional<JudgedCollection> find(String name) {
        Path folder = SharedFolder.collections().resolve(name);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        Map<String, Map<String, Integer>> grades = grades(folder.resolve("qrels/test.tsv"));
        List<Passage> passages = new ArrayList<>();
        List<float[]> passageVectors = HalfFloats.read(folder.resolve("corpus.f16"), DIMENSIONS);
        for (JsonNode line : lines(folder.resolve("corpus.jsonl"))) {
            passages.add(new Passage(line.path("_id").asText(), line.path("title").asText(), line.path("text").asText(),
                    passageVectors.get(passages.size())));
        }
        List<Query> queries = new ArrayList<>();
        List<float[]> queryVectors = HalfFloats.read(folder.resolve("queries.f16"), DIMENSIONS);
        List<JsonNode> lines = lines(folder.resolve("queries.jsonl"));
        for (int i = 0; i < lines.size(); i++) {
            String id = lines.get(i).path("_id").asText();
            if (grades.containsKey(id)) {
                queries.add(new Query(id, lines.get(i).path("text").asText(), queryVectors.get(i)));
            }
        }
        return Optional.of(new JudgedCollection(name, passages, queries, grades));
    }

    private static List<JsonNode> lines(Path file) {
        try {
            List<JsonNode> nodes = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank()) {
                    nodes.add(JSON.readTree(line));
                }
            }
            return nodes;
        } catch (IOException e) {
            throw new UncheckedIOException("the collection's file " + file + " could not be read", e);
        }
    }

    private static Map<String, Map<String, Integer>> grades(Path file) {
        try {
            Map<String, Map<String, Integer>> grades = new HashMap<>();
            List<String> lines = Files.readAllLines(file);
            for (String line : lines.subList(1, lines.size())) {
                String[] columns = line.split("\t", -1);
                if (columns.length == 3) {
                    grades.computeIfAbsent(columns[0], query -> new HashMap<>()).put(columns[1],
                            Integer.parseInt(columns[2].strip()));
                }
            }
            return grades;
        } catch (IOException e) {
            throw new UncheckedIOException("the judgements " + file + " could not be read", e);
        }
    }

    /**
     * What may be found.
     *
     * @param id     its id
     * @param title  its title, may be empty
     * @param text   its text, may be empty
     * @param vector of title and text
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Passage(String id, String title, String text, float[] vector) {
    }

    /**
     * A judged query.
     *
     * @param id     its id
     * @param text   its words
     * @param vector of its words
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Query(String id, String text, float[] vector) {
    }
}
