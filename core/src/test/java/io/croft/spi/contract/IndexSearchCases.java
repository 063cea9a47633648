package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.OrgId;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.ChunkText;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The three steps of a search in one index. */
interface IndexSearchCases extends IndexFixture {

    @Test
    default void statistics_countChunksAndTerms() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", 1, chunks("saddle leather", "saddle saddle horse pony")),
                document(scope.org(), "b", "horse tail", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            TextStatistics one = statistics(session, "saddle");
            TextStatistics two = statistics(session, "pony unicorn");

            assertThat(one.chunks()).isEqualTo(3);
            assertThat(one.totalLength()).isEqualTo(8);
            assertThat(one.terms().values()).containsExactly(new TermCount(2, 3));
            assertThat(two.terms().values()).filteredOn(count -> count.chunks() > 0)
                    .containsExactly(new TermCount(1, 1));
            assertThat(statistics(session, "unicorn").idfSum()).isZero();
        }
    }

    @Test
    default void candidates_haveTheExactCosine() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "same", "saddle", x()),
                document(scope.org(), "near", "saddle", 0.6f, 0.8f, 0, 0),
                document(scope.org(), "across", "saddle", y()),
                document(scope.org(), "against", "saddle", -0.6f, 0, 0.8f, 0));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (List<Candidate> candidates : List.of(byVector(session, x()), hybrid(session, "saddle", x()))) {
                assertThat(candidates).hasSize(4);
                assertThat(only(candidates, "same").cosine()).isEqualTo(1f, within(1e-5f));
                assertThat(only(candidates, "near").cosine()).isEqualTo(0.6f, within(1e-5f));
                assertThat(only(candidates, "across").cosine()).isEqualTo(0f, within(1e-5f));
                assertThat(only(candidates, "against").cosine()).isEqualTo(-0.6f, within(1e-5f));
            }
        }
    }

    @Test
    default void candidates_haveTheExactBm25() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle leather", x()),
                document(scope.org(), "b", "saddle saddle bridle horse", y()),
                document(scope.org(), "c", "horse tail", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> candidates = byText(session, "saddle horse");

            double idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5));
            assertThat(candidates).hasSize(3);
            assertThat(only(candidates, "a").bm25()).isEqualTo((float) (idf * tf(1, 2)), within(1e-4f));
            assertThat(only(candidates, "b").bm25()).isEqualTo((float) (idf * (tf(2, 4) + tf(1, 4))), within(1e-4f));
            assertThat(only(candidates, "c").bm25()).isEqualTo((float) (idf * tf(1, 2)), within(1e-4f));
            assertThat(candidates).extracting(Candidate::cosine).containsOnly(0f);
        }
    }

    /**
     * The weight of a term that occurs so often in a chunk of that length, where the chunks have 8 / 3 terms on
     * average.
     */
    private static double tf(double occurrences, double length) {
        return occurrences / (occurrences + IndexSession.BM25_K1
                * (1 - IndexSession.BM25_B + IndexSession.BM25_B * length / (8.0 / 3)));
    }

    @Test
    default void candidates_useTheSharedStatistics() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle leather", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            TextStatistics own = statistics(session, "saddle");
            String term = own.terms().keySet().iterator().next();
            TextStatistics shared = new TextStatistics(1000, 2000, Map.of(term, new TermCount(10, 12)));

            List<Candidate> candidates = session.candidates(query(SearchMode.TEXT, "saddle", null, shared, 10));

            double idf = Math.log(1 + (1000 - 10 + 0.5) / (10 + 0.5));
            assertThat(only(candidates, "a").bm25()).isEqualTo((float) (idf / (1 + IndexSession.BM25_K1)),
                    within(1e-3f));
        }
    }

    @Test
    default void candidates_ofEitherLegHaveBothSignals() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "words", "saddle saddle", y()),
                document(scope.org(), "meaning", "pony", x()),
                document(scope.org(), "both", "saddle leather horse tail", 0.8f, 0.6f, 0, 0),
                document(scope.org(), "neither", "stable", 0, 0, 0, 1));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> candidates = session.candidates(
                    query(SearchMode.HYBRID, "saddle", x(), statistics(session, "saddle"), 2));

            assertThat(only(candidates, "words").cosine()).isEqualTo(0f, within(1e-5f));
            assertThat(only(candidates, "words").bm25()).isPositive();
            assertThat(only(candidates, "meaning").cosine()).isEqualTo(1f, within(1e-5f));
            assertThat(only(candidates, "meaning").bm25()).isZero();
            assertThat(only(candidates, "both").cosine()).isEqualTo(0.8f, within(1e-5f));
            assertThat(only(candidates, "both").bm25()).isPositive();
            assertThat(candidates).hasSizeLessThanOrEqualTo(4);
        }
    }

    @Test
    default void candidates_areTheBestOfEachLeg() {
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            double angle = i * 0.05;
            documents.add(document(scope.org(), "d-" + i, "saddle" + " leather".repeat(i), (float) Math.cos(angle),
                    (float) Math.sin(angle), 0, 0));
        }
        Collections.shuffle(documents, Seed.random("candidates_areTheBestOfEachLeg"));
        build(scope, documents.toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            TextStatistics statistics = statistics(session, "saddle");
            List<Candidate> text = session.candidates(query(SearchMode.TEXT, "saddle", null, statistics, 5));
            List<Candidate> vector = session.candidates(query(SearchMode.VECTOR, "saddle", x(), statistics, 5));

            String[] best = {"d-0", "d-1", "d-2", "d-3", "d-4"};
            assertThat(text).extracting(candidate -> candidate.key().id()).containsExactlyInAnyOrder(best);
            assertThat(vector).extracting(candidate -> candidate.key().id()).containsExactlyInAnyOrder(best);
            assertThat(vector).extracting(Candidate::bm25).containsOnly(0f);
        }
    }

    @Test
    default void candidates_holdTheBestChunkOfADocument() {
        IndexScope.PrivateIndex scope = newScope();
        OrgId org = scope.org();
        build(scope, document(org, "a", 1, new Chunk(0, 0, 5, "horse", y()), new Chunk(1, 5, 11, "saddle", x()),
                new Chunk(2, 11, 15, "pony", new float[]{0, 0, 1, 0})));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.size()).isEqualTo(3);
            assertThat(byText(session, "saddle")).extracting(Candidate::ordinal).containsExactly(1);
            assertThat(byVector(session, x())).anySatisfy(candidate -> {
                assertThat(candidate.ordinal()).isEqualTo(1);
                assertThat(candidate.cosine()).isEqualTo(1f, within(1e-5f));
            });
            assertThat(hybrid(session, "pony", y())).extracting(Candidate::ordinal).contains(0, 2);
        }
    }

    @Test
    default void candidates_ofWordsThatNobodyUsesComeByMeaningAlone() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(byText(session, "unicorn")).isEmpty();
            assertThat(byText(session, "  ,. ")).isEmpty();
            assertThat(byText(session, "AND OR NOT +\"( saddle* ~ : /")).isNotNull();
            List<Candidate> candidates = hybrid(session, "unicorn", x());
            assertThat(only(candidates, "a").cosine()).isEqualTo(1f, within(1e-5f));
            assertThat(only(candidates, "a").bm25()).isZero();
        }
    }

    @Test
    default void candidates_areFoundByTheTitle() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, new ContentChunks(new ContentKey(scope.org(), "a"), 1, MODEL.id(), Instant.EPOCH, "The unicorn",
                Map.of(), List.of(chunks("saddle", "horse"))), document(scope.org(), "b", "pony", x()));

        assertThat(found(scope, "unicorn")).containsExactly("a");
        assertThat(found(scope, "saddle")).containsExactly("a");
    }

    @Test
    default void candidates_countATitleOnceWhereTheTextBeginsWithIt() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, titled(scope, "alone", "", "unicorn"), titled(scope, "title", "unicorn", "unicorn"),
                titled(scope, "longer", "unicorn", "unicorns"), titled(scope, "later", "unicorn", "saddle unicorn"),
                titled(scope, "both", "", "unicorn saddle unicorn"));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byText(session, "unicorn");

            assertThat(only(found, "title").bm25()).isEqualTo(only(found, "alone").bm25());
            assertThat(only(found, "later").bm25()).isEqualTo(only(found, "both").bm25());
            assertThat(found).extracting(candidate -> candidate.key().id()).contains("longer");
        }
    }

    private static ContentChunks titled(IndexScope.PrivateIndex scope, String id, String title, String text) {
        return new ContentChunks(new ContentKey(scope.org(), id), 1, MODEL.id(), Instant.EPOCH, title, Map.of(),
                List.of(new Chunk(0, 0, text.length(), text, new float[]{1, 0, 0, 0})));
    }

    @Test
    default void candidates_ofAnotherModelAreFoundByTheirTextAlone() {
        IndexScope.PrivateIndex scope = newScope();
        ContentChunks other = new ContentChunks(new ContentKey(scope.org(), "other"), 1, "other-model", Instant.EPOCH,
                "",
                Map.of(), List.of(new Chunk(0, 0, 6, "saddle", new float[]{1, 0}), new Chunk(1, 6, 11, "horse", x())));
        build(scope, other, document(scope.org(), "own", "saddle", x()));

        apply(scope, document(scope.org(), "more", "saddle", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> candidates = hybrid(session, "saddle", x());
            assertThat(only(candidates, "other").cosine()).isZero();
            assertThat(only(candidates, "other").bm25()).isPositive();
            assertThat(only(candidates, "own").cosine()).isEqualTo(1f, within(1e-5f));
            assertThat(byVector(session, x())).extracting(candidate -> candidate.key().id())
                    .containsExactlyInAnyOrder("own", "more");
            assertThat(session.size()).isEqualTo(4);
            assertThat(session.revision(other.key())).hasValue(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    default void candidates_endAtTheDeadline(SearchMode mode) {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            CandidateQuery late = new CandidateQuery(mode,
                    QueryText.of(mode == SearchMode.VECTOR ? "" : "saddle"),
                    mode == SearchMode.TEXT ? null : x(), statistics(session, "saddle"), 10,
                    System.nanoTime() - 1_000_000);

            assertThatThrownBy(() -> session.candidates(late)).isInstanceOf(SearchTimeoutException.class);
        }
    }

    @Test
    default void candidates_bringWhenTheirDocumentWasWrittenAndItsSignature() {
        IndexScope.PrivateIndex scope = newScope();
        Instant written = Instant.parse("2026-05-17T10:00:00.123Z");
        String text = "a calm saddle horse of seven years that likes children and never kicked nor bit anybody";
        ContentChunks one = new ContentChunks(new ContentKey(scope.org(), "a"), 1, MODEL.id(), written, "Bella",
                Map.of(), List.of(chunks(text)));
        build(scope, one, document(scope.org(), "b", "saddle", y()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byText(session, "saddle");

            assertThat(only(found, "a").traits()).isEqualTo(new Traits(written, one.signature()));
            assertThat(one.signature()).isNotZero();
            assertThat(only(found, "b").traits().signature()).isZero();
        }
    }

    @Test
    default void textsAndVectors_areThoseOfTheCandidates() {
        IndexScope.PrivateIndex scope = newScope();
        ContentChunks other = new ContentChunks(new ContentKey(scope.org(), "other"), 1, "other-model", Instant.EPOCH,
                "Title", Map.of(), List.of(new Chunk(0, 0, 6, "saddle", new float[]{1, 0})));
        build(scope, document(scope.org(), "a", "saddle horse", x()), document(scope.org(), "b", "saddle pony", y()),
                other);
        apply(scope, document(scope.org(), "c", "saddle", 0.6f, 0.8f, 0, 0));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byText(session, "saddle");
            List<Candidate> asked = List.of(only(found, "c"), only(found, "b"), only(found, "other"),
                    only(found, "a"), only(found, "b"));

            assertThat(session.texts(asked, Long.MAX_VALUE)).containsExactly(new ChunkText("", "saddle"),
                    new ChunkText("", "saddle pony"), new ChunkText("Title", "saddle"),
                    new ChunkText("", "saddle horse"), new ChunkText("", "saddle pony"));
            List<float[]> vectors = session.vectors(asked);
            assertThat(vectors).hasSize(5);
            assertThat(vectors.get(0)).containsExactly(new float[]{0.6f, 0.8f, 0, 0}, within(1e-6f));
            assertThat(vectors.get(1)).containsExactly(y(), within(1e-6f));
            assertThat(vectors.get(2)).isEmpty();
            assertThat(vectors.get(3)).containsExactly(x(), within(1e-6f));
            assertThat(session.texts(List.of(), Long.MAX_VALUE)).isEmpty();
            assertThat(session.vectors(List.of())).isEmpty();
        }
    }

    @Test
    default void passages_showWhatWasFound() {
        IndexScope.PrivateIndex scope = newScope();
        String text = "stable ".repeat(300) + "a <b>saddle</b> & more " + "stable ".repeat(300);
        build(scope, new ContentChunks(new ContentKey(scope.org(), "a"), 1, MODEL.id(), Instant.EPOCH, "Tack & more",
                Map.of("price", "5 €", "empty", ""), List.of(chunks(text))), document(scope.org(), "b", "saddle", y()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byText(session, "saddle");
            List<Candidate> candidates = List.of(only(found, "b"), only(found, "a"), only(found, "b"));
            List<Passage> passages = passages(session, candidates, "saddle");

            assertThat(passages).hasSize(3);
            assertThat(passages.get(0)).isEqualTo(
                    new Passage("", "saddle", List.of(new Hit.Range(0, 6)), Map.of("owner", scope.org().toString())))
                    .isEqualTo(passages.get(2));
            assertThat(passages.get(1).title()).isEqualTo("Tack & more");
            assertThat(passages.get(1).fields()).isEqualTo(Map.of("price", "5 €", "empty", ""));
            assertThat(passages.get(1).snippet()).contains("<b>saddle</b> & more").hasSizeBetween(20, 300);
            assertThat(passages(session, List.of(), "saddle")).isEmpty();
        }
    }

    @Test
    default void passagesAndTexts_areReadUntilTheDeadline() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byText(session, "saddle");

            long late = System.nanoTime() - 1_000_000;
            long soon = System.nanoTime() + Duration.ofMinutes(1).toNanos();
            assertThat(session.passages(found, QueryText.of("saddle"), late)).isEmpty();
            assertThat(session.texts(found, late)).isEmpty();
            assertThat(session.passages(found, QueryText.of("saddle"), soon)).hasSize(1);
            assertThat(session.texts(found, soon)).hasSize(1);
        }
    }

    @Test
    default void passages_ofAQueryByAVectorShowThePlainText() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "stable ".repeat(300), x()),
                document(scope.org(), "b", "short text", y()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = byVector(session, x());
            List<Passage> passages = passages(session, List.of(only(found, "a"), only(found, "b")), "");

            assertThat(passages.get(0).snippet()).startsWith("stable stable").hasSizeLessThanOrEqualTo(300);
            assertThat(passages.get(1).snippet()).isEqualTo("short text");
        }
    }
}
