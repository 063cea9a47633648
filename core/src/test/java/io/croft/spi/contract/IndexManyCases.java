package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.croft.OrgId;
import io.croft.search.SearchMode;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.TextStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many documents, many organisations, many threads. */
interface IndexManyCases extends IndexFixture {

    List<String> WORDS =
            List.of("saddle", "bridle", "horse", "pony", "stable", "hay", "oat", "mare", "foal", "hoof", "farrier",
                    "leather", "paddock", "tail", "mane", "groom", "stirrup", "rein", "jump", "race");

    /** Scores are the same whether all documents lie in one index or in two that share their statistics. */
    @Test
    default void split_scoresAsOneIndexWould() {
        Random random = Seed.random("split_scoresAsOneIndexWould");
        IndexScope.PrivateIndex own = newScope();
        IndexScope.PrivateIndex whole = new IndexScope.PrivateIndex(own.org(), UUID.randomUUID());
        List<ContentChunks> documents = documents(random, own.org(), 400);
        build(own, documents.subList(0, 60).toArray(ContentChunks[]::new));
        build(MARKET, documents.subList(60, 400).toArray(ContentChunks[]::new));
        build(whole, documents.toArray(ContentChunks[]::new));

        try (IndexSession inOwn = index().session(own, Long.MAX_VALUE);
                IndexSession inMarket = index().session(MARKET, Long.MAX_VALUE);
                IndexSession inWhole = index().session(whole, Long.MAX_VALUE)) {
            for (int i = 0; i < 20; i++) {
                String text = words(random, 1 + random.nextInt(4));
                float[] vector = unit(random);
                TextStatistics shared = statistics(inOwn, text).plus(statistics(inMarket, text));
                TextStatistics all = statistics(inWhole, text);
                assertThat(shared).isEqualTo(all);

                Map<ContentKey, Candidate> parts = new HashMap<>();
                for (IndexSession session : List.of(inOwn, inMarket)) {
                    session.candidates(query(SearchMode.HYBRID, text, vector, shared, 1000))
                            .forEach(candidate -> parts.put(candidate.key(), candidate));
                }
                List<Candidate> expected = inWhole.candidates(query(SearchMode.HYBRID, text, vector, all, 1000));

                assertThat(parts).hasSameSizeAs(expected).hasSize(400);
                for (Candidate candidate : expected) {
                    Candidate part = parts.getOrDefault(candidate.key(),
                            new Candidate(0, candidate.key(), 0, -9, -9, Traits.NONE));
                    assertThat(part.bm25()).isEqualTo(candidate.bm25(), within(1e-4f));
                    assertThat(part.cosine()).isEqualTo(candidate.cosine(), within(1e-5f));
                }
            }
        }
    }

    @Test
    default void vectors_findTheNearestWithExactCosines() {
        Random random = Seed.random("vectors_findTheNearestWithExactCosines");
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = documents(random, scope.org(), 600);
        build(scope, documents.subList(0, 300).toArray(ContentChunks[]::new));
        apply(scope, documents.subList(300, 600).toArray(ContentChunks[]::new));
        int hits = 0;

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (int i = 0; i < 50; i++) {
                float[] vector = unit(random);
                List<Candidate> found = session.candidates(
                        query(SearchMode.VECTOR, "", vector, TextStatistics.NONE, 10));
                assertThat(found).hasSizeLessThanOrEqualTo(10);
                List<ContentKey> nearest = documents.stream()
                        .sorted(Comparator.comparingDouble(
                                document -> -dot(vector, document.chunks().getFirst().vector())))
                        .limit(10).map(ContentChunks::key).toList();
                hits += (int) found.stream().filter(candidate -> nearest.contains(candidate.key())).count();
                for (Candidate candidate : found) {
                    int number = Integer.parseInt(candidate.key().id());
                    assertThat((double) candidate.cosine()).isEqualTo(
                            dot(vector, documents.get(number).chunks().getFirst().vector()), within(1e-4));
                }
            }
        }
        assertThat(hits).as("of the 500 nearest").isGreaterThanOrEqualTo(475);
    }

    @ParameterizedTest
    @EnumSource
    default void candidates_ofADocumentOfManyChunksDoNotCrowdOutTheOthers(SearchMode mode) {
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Chunk[] chunks = new Chunk[400];
            Arrays.setAll(chunks, ordinal -> new Chunk(ordinal, 0, 13, ordinal == 217 ? "saddle saddle" : "saddle pony",
                    ordinal == 217 ? x() : at(0.1)));
            documents.add(document(scope.org(), "many-" + i, 1, chunks));
        }
        for (int i = 0; i < 30; i++) {
            String text = "saddle" + " leather".repeat(2 + i);
            documents.add(document(scope.org(), "one-" + i, text, at(0.2 + i * 0.02)));
        }
        build(scope, documents.subList(0, 20).toArray(ContentChunks[]::new));
        apply(scope, documents.subList(20, 33).toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = session.candidates(query(mode, mode == SearchMode.VECTOR ? "" : "saddle",
                    mode == SearchMode.TEXT ? null : x(), statistics(session, "saddle"), 25));
            List<Candidate> all = session.candidates(query(mode, mode == SearchMode.VECTOR ? "" : "saddle",
                    mode == SearchMode.TEXT ? null : x(), statistics(session, "saddle"), 10_000));

            int legs = mode == SearchMode.HYBRID ? 2 : 1;
            for (int i = 0; i < 3; i++) {
                String id = "many-" + i;
                List<Candidate> own = found.stream().filter(one -> one.key().id().equals(id)).toList();
                assertThat(own).hasSizeBetween(3, legs * IndexSession.MAX_CHUNKS_OF_A_DOCUMENT);
                assertThat(own).extracting(Candidate::ordinal).contains(217);
            }
            for (int i = 0; i < 30; i++) {
                String id = "one-" + i;
                assertThat(found.stream().anyMatch(one -> one.key().id().equals(id))).as(id)
                        .isEqualTo(i < 25 - 3 * IndexSession.MAX_CHUNKS_OF_A_DOCUMENT);
            }
            assertThat(all).extracting(one -> one.key().id()).filteredOn(id -> id.startsWith("one-")).hasSize(30);
            assertThat(all).hasSizeLessThanOrEqualTo(30 + 3 * legs * IndexSession.MAX_CHUNKS_OF_A_DOCUMENT);
        }
    }

    /** Each leg's best of documents of one to many chunks, against taking them one after the other. */
    @Test
    default void vectors_ofDocumentsOfManyChunksAreTheBestFewOfEach() {
        Random random = Seed.random("vectors_ofDocumentsOfManyChunksAreTheBestFewOfEach");
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Chunk[] chunks = new Chunk[1 + random.nextInt(1 + random.nextInt(20))];
            Arrays.setAll(chunks, ordinal -> new Chunk(ordinal, 0, 6, "saddle", unit(random)));
            documents.add(document(scope.org(), "" + i, 1, chunks));
        }
        build(scope, documents.subList(0, 30).toArray(ContentChunks[]::new));
        apply(scope, documents.subList(30, 60).toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (int round = 0; round < 20; round++) {
                float[] vector = unit(random);
                List<Double> expected = documents.stream()
                        .flatMap(document -> document.chunks().stream().map(chunk -> dot(vector, chunk.vector()))
                                .sorted(Comparator.reverseOrder()).limit(IndexSession.MAX_CHUNKS_OF_A_DOCUMENT))
                        .sorted(Comparator.reverseOrder()).limit(40).toList();

                List<Double> found = session.candidates(query(SearchMode.VECTOR, "", vector, TextStatistics.NONE, 40))
                        .stream().map(candidate -> (double) candidate.cosine()).sorted(Comparator.reverseOrder())
                        .toList();

                assertThat(found).hasSameSizeAs(expected);
                for (int i = 0; i < found.size(); i++) {
                    assertThat(found.get(i)).isEqualTo(expected.get(i), within(1e-5));
                }
            }
        }
    }

    @Test
    default void orgs_withTheSameIdsNeverMix() {
        Random random = Seed.random("orgs_withTheSameIdsNeverMix");
        List<IndexScope.PrivateIndex> scopes = new ArrayList<>();
        List<ContentChunks> listings = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            IndexScope.PrivateIndex scope = newScope();
            scopes.add(scope);
            build(scope, documents(random, scope.org(), 10).toArray(ContentChunks[]::new));
            listings.addAll(documents(random, scope.org(), 10));
        }
        build(MARKET, listings.toArray(ContentChunks[]::new));
        apply(MARKET, ContentChunks.none(new ContentKey(scopes.getFirst().org(), "3")));
        apply(scopes.get(1), ContentChunks.none(new ContentKey(scopes.get(1).org(), "3")));

        for (int i = 0; i < 400; i++) {
            IndexScope.PrivateIndex scope = scopes.get(random.nextInt(20));
            SearchMode mode = List.of(SearchMode.values()).get(random.nextInt(3));
            try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                String text = mode == SearchMode.VECTOR ? "" : words(random, 2);
                List<Candidate> found = session.candidates(query(mode, text,
                        mode == SearchMode.TEXT ? null : unit(random), statistics(session, text), 100));
                assertThat(found).allSatisfy(candidate -> assertThat(candidate.key().org()).isEqualTo(scope.org()));
                assertThat(passages(session, found, text)).allSatisfy(
                        passage -> assertThat(passage.fields()).containsEntry("owner", scope.org().toString()));
                OrgId foreign = scopes.get((scopes.indexOf(scope) + 1) % 20).org();
                assertThat(session.revision(new ContentKey(foreign, "1"))).isEmpty();
            }
        }
        assertThat(size(scopes.get(1))).isEqualTo(9);
        assertThat(size(scopes.getFirst())).isEqualTo(10);
        try (IndexSession market = index().session(MARKET, Long.MAX_VALUE)) {
            assertThat(market.size()).isEqualTo(199);
            assertThat(byVector(market, x())).extracting(Candidate::key).doesNotHaveDuplicates().hasSize(199);
            assertThat(market.revision(new ContentKey(scopes.getFirst().org(), "3"))).isEmpty();
            assertThat(market.revision(new ContentKey(scopes.get(1).org(), "3"))).hasValue(1);
        }
    }

    @Test
    default void sessions_areConsistentWhileChangesAreApplied() {
        IndexScope.PrivateIndex scope = newScope();
        ContentKey key = new ContentKey(scope.org(), "a");
        build(scope, revision(scope.org(), 1));
        AtomicBoolean applying = new AtomicBoolean(true);

        Race.of(3, number -> {
            if (number == 0) {
                for (long revision = 2; revision <= 30; revision++) {
                    apply(scope, revision(scope.org(), revision));
                    if (revision % 10 == 0) {
                        index().commit(scope);
                    }
                }
                applying.set(false);
                return 0L;
            }
            long last = 0;
            do {
                try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                    long revision = session.revision(key).orElseThrow();
                    assertThat(revision).isGreaterThanOrEqualTo(last);
                    assertThat(session.size()).isEqualTo(3);
                    List<Candidate> found = byText(session, "saddle");
                    assertThat(found).hasSize(3);
                    assertThat(passages(session, found, "saddle")).allSatisfy(
                            passage -> assertThat(passage.snippet()).contains("number " + revision + "."));
                    last = revision;
                }
            } while (applying.get());
            return last;
        });

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.revision(key)).hasValue(30);
        }
    }

    private ContentChunks revision(OrgId org, long revision) {
        String text = "The saddle number " + revision + ".";
        return document(org, "a", revision, chunks(text, text, text));
    }

    /** Documents with their number for an id, of one chunk each. */
    private List<ContentChunks> documents(Random random, OrgId org, int count) {
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = words(random, 1 + random.nextInt(60));
            documents.add(document(org, String.valueOf(i), 1, new Chunk(0, 0, text.length(), text, unit(random))));
        }
        return documents;
    }

    private static String words(Random random, int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(WORDS.get((int) (WORDS.size() * random.nextDouble() * random.nextDouble())));
        }
        return String.join(" ", words);
    }

    private static float[] unit(Random random) {
        float[] vector = new float[MODEL.dimensions()];
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian();
            sum += vector[i] * vector[i];
        }
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= (float) Math.sqrt(sum);
        }
        return vector;
    }

    /** A vector at this angle from x. */
    private static float[] at(double angle) {
        return new float[]{(float) Math.cos(angle), (float) Math.sin(angle), 0, 0};
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
