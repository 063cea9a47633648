package io.croft.benchmarks.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Passages, queries and people's judgements of which passage answers which query.
 *
 * @param name     the collection's
 * @param passages every passage; a few may have no text
 * @param queries  the judged queries
 * @param grades   by query id, then by passage id: how well it answers, from 1
 */
public record JudgedCollection(String name, List<Passage> passages, List<Query> queries,
        Map<String, Map<String, Integer>> grades) {

    /** Of the vectors that collections come with. */
    public static final int DIMENSIONS = 384;

    private static final ObjectMapper JSON = new ObjectMapper();

    public JudgedCollection {
        passages = List.copyOf(passages);
        queries = List.copyOf(queries);
        grades = Map.copyOf(grades);
    }

    /**
     * Reads a collection, if it is there.
     *
     * @param name of a folder among the shared collections, or the path of one
     */
    public static Optional<JudgedCollection> find(String name) {
        Path folder = SharedFolder.collections().resolve(name);
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        return Optional.of(read(folder));
    }

    private static JudgedCollection read(Path folder) {
        Map<String, Map<String, Integer>> grades = grades(folder.resolve("qrels/test.tsv"));
        List<JsonNode> lines = lines(folder.resolve("corpus.jsonl"));
        List<float[]> vectors = vectors(folder.resolve("corpus.f16"), lines.size());
        List<Passage> passages = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            passages.add(new Passage(lines.get(i).path("_id").asText(), lines.get(i).path("title").asText(),
                    lines.get(i).path("text").asText(), vectors.get(i)));
        }
        return new JudgedCollection(folder.getFileName().toString(), passages, queries(folder, grades.keySet()),
                grades);
    }

    private static List<Query> queries(Path folder, Set<String> judged) {
        List<JsonNode> lines = lines(folder.resolve("queries.jsonl"));
        List<float[]> vectors = vectors(folder.resolve("queries.f16"), lines.size());
        List<Query> queries = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String id = lines.get(i).path("_id").asText();
            if (judged.contains(id)) {
                queries.add(new Query(id, lines.get(i).path("text").asText(), vectors.get(i)));
            }
        }
        return queries;
    }

    /** One vector for each line; empty ones where the collection comes without. */
    private static List<float[]> vectors(Path file, int lines) {
        if (!Files.exists(file)) {
            return Collections.nCopies(lines, new float[0]);
        }
        List<float[]> vectors = HalfFloats.read(file, DIMENSIONS);
        if (vectors.size() != lines) {
            throw new IllegalStateException(file + " has " + vectors.size() + " vectors for " + lines + " lines");
        }
        return vectors;
    }

    /** Whether it comes with vectors. */
    public boolean hasVectors() {
        return passages.stream().noneMatch(passage -> passage.vector().length == 0);
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
     * @param vector of title and text; empty where the collection comes without
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Passage(String id, String title, String text, float[] vector) {

        /** What is stored as the text: a passage that is nothing but a title is found by that. */
        public String body() {
            return text.isBlank() ? title : text;
        }
    }

    /**
     * A judged query.
     *
     * @param id     its id
     * @param text   its words
     * @param vector of its words; empty where the collection comes without
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Query(String id, String text, float[] vector) {
    }
}
