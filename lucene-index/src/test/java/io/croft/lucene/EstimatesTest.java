package io.croft.lucene;

import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static io.croft.lucene.VectorSearchTest.NO_GRAPH;
import static io.croft.lucene.VectorSearchTest.NUMBER;
import static io.croft.lucene.VectorSearchTest.add;
import static io.croft.lucene.VectorSearchTest.config;
import static io.croft.lucene.VectorSearchTest.search;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many of the best estimates are measured, and that those of one encoding say nothing about another's. */
class EstimatesTest {

    private static final int DIMENSIONS = 384;
    private static final int WANTED = 100;

    @TempDir
    Path folder;

    @Test
    void measuring_goesOn_asFarAsThreeTimesTheUsualErrorBelowTheWorst() {
        int measured = measured(3000, EstimatesTest::falling, document -> document % 2 == 0 ? 0.01f : -0.01f, 0.85f);

        // Down to .82.
        assertThat(measured).isBetween(800, 802);
    }

    @Test
    void measuring_endsAfterTheFirst_whereNothingWasOff() {
        assertThat(measured(3000, EstimatesTest::falling, document -> 0, 0.895f)).isEqualTo(200);
    }

    @Test
    void measuring_goesOnToTheEnd_untilThereIsEnough() {
        assertThat(measured(3000, EstimatesTest::falling, document -> 0, Float.NEGATIVE_INFINITY))
                .isEqualTo(4 * WANTED + 1600);
    }

    @Test
    void copies_sayNoMoreThanOneOfThem() {
        int copies = 300;

        int measured = measured(1000, document -> document < copies ? 0.92f : falling(document),
                document -> document < copies ? 1e-5f : 0.03f, 0.92f);

        // Down to .83, after the copies.
        assertThat(measured).isBetween(690, 702);
    }

    /** The other part of what is searched was measured and never estimated: that says nothing about estimates. */
    @Test
    void theNearest_isFound_whenAllThatSeemNearerWereMeasuredAtOnce() throws IOException {
        Random random = new Random(seed());
        float[] query = unit(random, DIMENSIONS);
        VectorSettings settings = new VectorSettings(VectorEncoding.BITS_1, NO_GRAPH);
        int near = 40;
        int old = 5000 + near;
        List<float[]> vectors = new ArrayList<>();
        IntStream.range(0, near).forEach(i -> vectors.add(CrowdTest.at(random, query, 0.72)));
        IntStream.range(near, old).forEach(i -> vectors.add(unit(random, DIMENSIONS)));
        IntStream.range(0, 300)
                .forEach(i -> vectors.add(CrowdTest.at(random, query, 0.714 + 0.001 * random.nextDouble())));
        try (Directory directory = new MMapDirectory(folder)) {
            add(directory, settings, vectors, 0, old);
            int nearest = lowestEstimate(directory, query, near);
            try (IndexWriter writer = new IndexWriter(directory, config(settings))) {
                for (int i = 0; i < near; i++) {
                    if (i != nearest) {
                        writer.deleteDocuments(new Term(NUMBER, Integer.toString(i)));
                    }
                }
            }
            add(directory, settings, vectors, old, vectors.size());
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(reader.leaves()).hasSize(2);

                assertThat(search(reader, query).nearest(WANTED).documents()).contains(nearest);
            }
        }
    }

    /** The one of the first so many whose estimate is worst. */
    private static int lowestEstimate(Directory directory, float[] query, int count) throws IOException {
        try (DirectoryReader reader = DirectoryReader.open(directory)) {
            QuantizedScan scan = Objects.requireNonNull(QuantizedScan.of(VectorSearchTest.reader(reader), query));
            float[] estimates = new float[count];
            for (int i = 0; i < count; i++) {
                estimates[i] = scan.one(i);
            }
            int lowest =
                    IntStream.range(0, count).boxed().min(Comparator.comparingDouble(i -> estimates[i])).orElseThrow();
            assertThat(estimates[lowest]).isLessThan(0.71f);
            return lowest;
        }
    }

    @Test
    void nearest_ofTwoEncodings_missesNoMoreOfTheOneWhoseErrorsAreLarge() throws IOException {
        Random random = new Random(seed());
        List<float[]> queries = IntStream.range(0, 10).mapToObj(i -> unit(random, DIMENSIONS)).toList();
        int coarse = 1500;
        int fine = 9000;
        List<float[]> vectors = IntStream.range(0, fine + coarse)
                .mapToObj(i -> CrowdTest.at(random, queries.get(i % queries.size()), 0.55 + 0.05 * random.nextDouble()))
                .toList();
        try (Directory directory = new MMapDirectory(folder)) {
            add(directory, new VectorSettings(VectorEncoding.BITS_8, NO_GRAPH), vectors, 0, fine);
            add(directory, new VectorSettings(VectorEncoding.BITS_1, NO_GRAPH), vectors, fine, fine + coarse);
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                assertThat(reader.leaves()).hasSize(2);
                int missed = 0;
                int ofCoarse = 0;
                for (float[] query : queries) {
                    Found found = search(reader, query).nearest(WANTED);

                    List<Integer> truth = VectorSearchTest.truth(query, vectors, WANTED, number -> true);
                    ofCoarse += (int) truth.stream().filter(number -> number >= fine).count();
                    missed += VectorSearchTest.missed(found, query, vectors, WANTED, number -> true);
                }

                assertThat(ofCoarse).isGreaterThan(50);
                assertThat(missed).isLessThanOrEqualTo(VectorSearchTest.mayBeMissed(ofCoarse));
            }
        }
    }

    @FunctionalInterface
    private interface OfDocument {
        float of(int document);
    }

    private static float falling(int document) {
        return 0.9f - document * 1e-4f;
    }

    /** Has so many estimated and measured as long as any is to be, and counts those; the first are the best. */
    private static int measured(int count, OfDocument estimate, OfDocument error, float worst) {
        Estimates estimates = new Estimates(VectorEncoding.BITS_1, WANTED);
        IntStream.range(0, count).forEach(document -> estimates.best().offer(document, estimate.of(document)));
        estimates.end();
        TreeSet<Integer> all = new TreeSet<>();
        int[] documents = estimates.next(Float.NEGATIVE_INFINITY);
        while (documents.length > 0) {
            assertThat(documents).isSorted();
            float[] cosines = new float[documents.length];
            for (int i = 0; i < documents.length; i++) {
                assertThat(all.add(documents[i])).isTrue();
                cosines[i] = estimate.of(documents[i]) + error.of(documents[i]);
            }
            estimates.measured(cosines);
            documents = estimates.next(worst);
        }
        assertThat(all.first()).isZero();
        assertThat(all.last()).isEqualTo(all.size() - 1);
        return all.size();
    }
}
