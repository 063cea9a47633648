package io.croft.lucene;

import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.unit;
import static io.croft.lucene.VectorSearchTest.NO_GRAPH;
import static io.croft.lucene.VectorSearchTest.NUMBER;
import static io.croft.lucene.VectorSearchTest.add;
import static io.croft.lucene.VectorSearchTest.clustered;
import static io.croft.lucene.VectorSearchTest.config;
import static io.croft.lucene.VectorSearchTest.search;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    @Test
    void measuring_goesOn_asFarAsIsToBeExpected_whereNothingWasOff() {
        int measured = measured(3000, EstimatesTest::falling, document -> 0, 0.85f, 0.01, 0.002);

        // Down to .82.
        assertThat(measured).isBetween(800, 802);
    }

    /** Together with the mean: all that are near may be estimated too low, as the quantised are shorter. */
    @Test
    void measuring_goesOn_asFarAsIsToBeExpected_belowWhatAllWereTooLow() {
        int measured = measured(3000, EstimatesTest::falling, document -> 0.02f, 0.85f, 0.02);

        // Down to .77, where three times what was measured would end at .79.
        assertThat(measured).isBetween(1300, 1302);
    }

    @Test
    void measuring_goesOn_asFarAsIsToBeExpected_thoughTheBestWereTooHigh() {
        int measured = measured(3000, EstimatesTest::falling, document -> -0.01f, 0.85f, 0.02);

        // Down to .79.
        assertThat(measured).isBetween(1100, 1102);
    }

    @ParameterizedTest
    @EnumSource(value = VectorEncoding.class, mode = EnumSource.Mode.EXCLUDE, names = "FLOAT32")
    void usualError_isThatOfAllEstimates(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        for (int dimensions : new int[]{24, DIMENSIONS}) {
            List<float[]> anywhere =
                    IntStream.range(0, 1000).mapToObj(i -> unit(random, dimensions)).toList();
            for (List<float[]> vectors : List.of(anywhere, clustered(random, 1000, dimensions))) {
                assertUsualError(encoding, random, vectors, 0);
            }
        }
    }

    /** What is about the centre has short steps and small errors: such as a document about what all are about. */
    @ParameterizedTest
    @EnumSource(value = VectorEncoding.class, mode = EnumSource.Mode.EXCLUDE, names = "FLOAT32")
    void usualError_isThatOfTheWholeSegment_notOfOneDocument(VectorEncoding encoding) throws IOException {
        Random random = new Random(seed());
        float[] middle = unit(random, DIMENSIONS);
        int document = 100;
        List<float[]> vectors = IntStream.range(0, 2000)
                .mapToObj(i -> CrowdTest.at(random, middle, i < document ? 0.999 : 0.9)).toList();

        assertUsualError(encoding, random, vectors, document);
    }

    /** What is to be expected of estimates, against those of some queries and of the vectors from this one on. */
    private static void assertUsualError(VectorEncoding encoding, Random random, List<float[]> vectors, int from)
            throws IOException {
        int dimensions = vectors.getFirst().length;
        int queries = 8;
        try (Directory directory = new ByteBuffersDirectory()) {
            add(directory, new VectorSettings(encoding, NO_GRAPH), vectors, 0, vectors.size());
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                double squares = 0;
                double expected = 0;
                for (int n = 0; n < queries; n++) {
                    float[] query = unit(random, dimensions);
                    QuantizedScan scan =
                            Objects.requireNonNull(QuantizedScan.of(VectorSearchTest.reader(reader), query));
                    for (int i = from; i < vectors.size(); i++) {
                        squares += Math.pow(Texts.dot(query, vectors.get(i)) - scan.one(i), 2);
                    }
                    expected += Math.pow(scan.usualError(), 2);
                }

                double usual = Math.sqrt(squares / (vectors.size() - from) / queries);
                assertThat(Math.sqrt(expected / queries)).as("of %d dimensions", dimensions)
                        .isBetween(0.8 * usual, 1.25 * usual);
            }
        }
    }

    /** Texts that are alike err alike: that all of them were off by little says nothing about others. */
    @Test
    void theNearest_areFound_besideManyThatAreAlikeAndWereEstimatedWell() throws IOException {
        Random random = new Random(seed());
        float[] query = unit(random, DIMENSIONS);
        VectorSettings settings = new VectorSettings(VectorEncoding.BITS_1, NO_GRAPH);
        List<float[]> vectors = new ArrayList<>();
        IntStream.range(0, 5000).forEach(i -> vectors.add(unit(random, DIMENSIONS)));
        float[] one = estimatedWell(settings, query, 0.7, vectors, random);
        IntStream.range(0, 200).forEach(i -> vectors.add(CrowdTest.at(random, one, 0.9995)));
        int near = vectors.size();
        IntStream.range(0, 60).forEach(i -> vectors.add(CrowdTest.at(random, query, 0.72)));
        try (Directory directory = new MMapDirectory(folder)) {
            add(directory, settings, vectors, 0, vectors.size());
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                int[] found = search(reader, query).nearest(WANTED).documents();

                assertThat(IntStream.range(near, near + 60).filter(i -> Arrays.binarySearch(found, i) < 0).count())
                        .isLessThanOrEqualTo(1);
            }
        }
    }

    /** One with this cosine whose estimate, in a segment with those others, is off by little. */
    private static float[] estimatedWell(VectorSettings settings, float[] query, double cosine, List<float[]> others,
            Random random) throws IOException {
        List<float[]> tried = IntStream.range(0, 200).mapToObj(i -> CrowdTest.at(random, query, cosine)).toList();
        List<float[]> all = Stream.concat(tried.stream(), others.stream()).toList();
        try (Directory directory = new ByteBuffersDirectory()) {
            add(directory, settings, all, 0, all.size());
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                QuantizedScan scan = Objects.requireNonNull(QuantizedScan.of(VectorSearchTest.reader(reader), query));
                float[] off = new float[tried.size()];
                for (int i = 0; i < off.length; i++) {
                    off[i] = (float) Math.abs(cosine - scan.one(i));
                }
                int best = IntStream.range(0, off.length).boxed().min(Comparator.comparingDouble(i -> off[i]))
                        .orElseThrow();
                assertThat(off[best]).isLessThan(0.01f);
                return tried.get(best);
            }
        }
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

    /** Of so many dimensions what is near is estimated too low by more than errors scatter; by how much, differs. */
    @Test
    void nearest_ofTwoEncodings_missesNoMoreOfTheOneWhoseErrorsAreLarge() throws IOException {
        Random random = new Random(seed());
        int dimensions = 1536;
        List<float[]> queries = IntStream.range(0, 10).mapToObj(i -> unit(random, dimensions)).toList();
        int coarse = 1500;
        int fine = 3000;
        List<float[]> vectors = IntStream.range(0, fine + coarse)
                .mapToObj(i -> CrowdTest.at(random, queries.get(i % queries.size()), 0.9 + 0.05 * random.nextDouble()))
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
    private static int measured(int count, OfDocument estimate, OfDocument error, float worst, double... expected) {
        Estimates estimates = new Estimates(VectorEncoding.BITS_1, WANTED);
        Arrays.stream(expected).forEach(estimates::expect);
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
