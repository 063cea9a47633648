package io.croft.benchmarks.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.croft.content.Document;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Descriptions of software packages with their vectors.
 *
 * @param documents one for each package
 * @param vectors   their vectors, in the same order
 */
public record PackageCatalogue(List<Document> documents, List<float[]> vectors) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MADE_TITLE_WORDS = 2;
    private static final int MADE_LEAST_WORDS = 5;
    private static final int MADE_MOST_WORDS = 40;
    private static final int MADE_SECTIONS = 20;

    public PackageCatalogue {
        documents = List.copyOf(documents);
        vectors = List.copyOf(vectors);
    }

    /** Reads it, if it is there. */
    public static Optional<PackageCatalogue> find() {
        Path folder = SharedFolder.collections().resolve("packages");
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        List<Document> documents = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(folder.resolve("packages.jsonl.gz"))),
                StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                JsonNode node = JSON.readTree(line);
                String title = node.path("title").asText();
                String text = node.path("text").asText();
                documents.add(Document.text(node.path("id").asText(), text.isBlank() ? title : text).withTitle(title)
                        .withField("section", node.path("section").asText()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the catalogue in " + folder + " could not be read", e);
        }
        return Optional.of(new PackageCatalogue(documents,
                HalfFloats.read(folder.resolve("packages.f16"), JudgedCollection.DIMENSIONS)));
    }

    /**
     * Makes one up, for what must run where the real one is missing and measures nothing: texts drawn from a few
     * hundred words, with vectors that follow from the words' hashes and have as many dimensions as the real ones. The
     * same one every time.
     *
     * @param count of packages
     */
    public static PackageCatalogue made(int count) {
        SplittableRandom random = new SplittableRandom(29);
        List<Document> documents = new ArrayList<>(count);
        List<float[]> vectors = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String title = words(random, MADE_TITLE_WORDS);
            String text = words(random, random.nextInt(MADE_LEAST_WORDS, MADE_MOST_WORDS + 1));
            documents.add(Document.text("made-" + i, text).withTitle(title)
                    .withField("section", History.word(random.nextInt(MADE_SECTIONS))));
            vectors.add(HashEmbedder.vector(title + ' ' + text, JudgedCollection.DIMENSIONS));
        }
        return new PackageCatalogue(documents, vectors);
    }

    private static String words(SplittableRandom random, int count) {
        return Stream.generate(() -> History.word(random)).limit(count).collect(Collectors.joining(" "));
    }

    /** Vectors to search with: each lies between two packages'. The same ones every time. */
    public List<float[]> queries(int count) {
        SplittableRandom random = new SplittableRandom(17);
        List<float[]> queries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            float[] one = vectors.get(random.nextInt(vectors.size()));
            float[] other = vectors.get(random.nextInt(vectors.size()));
            float[] between = new float[one.length];
            double sum = 0;
            for (int d = 0; d < between.length; d++) {
                between[d] = one[d] + other[d];
                sum += (double) between[d] * between[d];
            }
            for (int d = 0; d < between.length; d++) {
                between[d] = (float) (between[d] / Math.sqrt(sum));
            }
            queries.add(between);
        }
        return queries;
    }
}
