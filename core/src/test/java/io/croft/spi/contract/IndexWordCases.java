package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.InvalidInputException;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Except;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Phrases, near words, matches, and documents as examples, in one index. */
interface IndexWordCases extends IndexFixture {

    @Test
    default void phrases_mustOccurInOrder_inTheTitleOrTheTextOfOneChunk() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "text", "pony saddle horse tail", x()),
                document(scope.org(), "reversed", "horse saddle", x()),
                document(scope.org(), "apart", "saddle pony horse", x()),
                document(scope.org(), "chunks", 1, chunks("pony saddle", "horse tail")),
                titled(scope, "title", "Saddle, horse!", "pony"),
                titled(scope, "across", "pony saddle", "horse tail"));

        assertThat(found(scope, "\"saddle horse\"")).containsExactly("text", "title");
        assertThat(found(scope, "tail \"SADDLE - horse\"")).containsExactly("text", "title");
        assertThat(found(scope, "\"saddle horse\" \u201chorse tail\u201d")).containsExactly("text");
        assertThat(found(scope, "\"horse saddle horse\"")).isEmpty();
        assertThat(found(scope, "\"saddle unicorn\"")).isEmpty();
    }

    @Test
    default void phrases_ofLessThanTwoWordsAreNoCondition() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()), document(scope.org(), "b", "horse", x()));

        for (String text : List.of("\"saddle\" horse", "\"\" saddle horse", "\" ,\" saddle horse", "\"saddle horse",
                "saddle\" horse\"")) {
            assertThat(found(scope, text)).as(text).containsExactly("a", "b");
        }
    }

    @Test
    default void phrases_holdForBothLegsInEveryMode() {
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            documents.add(document(scope.org(), "near-" + i, "horse saddle", x()));
        }
        documents.add(document(scope.org(), "far", "saddle horse", 0, 0.6f, 0.8f, 0));
        documents.add(document(scope.org(), "farther", "a saddle horse and a pony", 0, 1, 0, 0));
        build(scope, documents.toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            String text = "\"saddle horse\"";
            for (SearchMode mode : SearchMode.values()) {
                List<Candidate> candidates = session.candidates(query(mode, text,
                        mode == SearchMode.TEXT ? null : x(), statistics(session, text), 2));

                assertThat(candidates).as(mode.toString()).extracting(candidate -> candidate.key().id())
                        .containsExactlyInAnyOrder("far", "farther");
            }
        }
    }

    @Test
    default void phrases_countAsTheirWords() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle horse tail", x()), document(scope.org(), "b", "pony", y()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(statistics(session, "tail \"saddle horse\""))
                    .isEqualTo(statistics(session, "tail saddle horse"));
            assertThat(only(byText(session, "tail \"saddle horse\" saddle"), "a").bm25())
                    .isEqualTo(only(byText(session, "tail saddle horse saddle"), "a").bm25(), within(1e-5f));
        }
    }

    @Test
    default void phrases_findWhatReadingEveryTextFinds() {
        Random random = Seed.random("phrases_findWhatReadingEveryTextFinds");
        List<String> words = List.of("saddle", "horse", "pony", "tail");
        IndexScope.PrivateIndex scope = newScope();
        List<String> texts = IntStream.range(0, 200).mapToObj(i -> words(random, words, 1 + random.nextInt(12)))
                .toList();
        List<ContentChunks> documents = IntStream.range(0, texts.size())
                .mapToObj(i -> document(scope.org(), "" + i, texts.get(i), x())).toList();
        build(scope, documents.subList(0, 120).toArray(ContentChunks[]::new));
        apply(scope, documents.subList(120, 200).toArray(ContentChunks[]::new));

        for (int i = 0; i < 100; i++) {
            String phrase = words(random, words, 2 + random.nextInt(3));

            assertThat(found(scope, "pony \"" + phrase + "\"")).as(phrase)
                    .isEqualTo(IntStream.range(0, texts.size())
                            .filter(text -> (" " + texts.get(text) + " ").contains(" " + phrase + " "))
                            .mapToObj(String::valueOf).sorted().toList());
        }
    }

    private static String words(Random random, List<String> words, int count) {
        return IntStream.range(0, count).mapToObj(i -> words.get(random.nextInt(words.size())))
                .collect(Collectors.joining(" "));
    }

    @Test
    default void terms_overTheLimitAreRefusedWithTheirNumber() {
        IndexScope.PrivateIndex scope = ofOne("w7");
        String most = IntStream.range(0, QueryText.MAX_TERMS).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(statistics(session, most).terms()).hasSize(1024);
            assertThat(byText(session, most)).hasSize(1);
            assertThatThrownBy(() -> statistics(session, most + " w1024")).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("1025").hasMessageContaining("1024");
            assertThatThrownBy(() -> statistics(session, most + " \"w1 w2\""))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> session.candidates(query(SearchMode.VECTOR, '"' + most + " w1024\"", x(),
                    TextStatistics.NONE, 10))).isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    default void near_namesTheNearestKnownWords() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle horse paddock bridle pony gelding farrier", x()),
                document(scope.org(), "b", "Saddle paddle", x()));

        assertThat(near(scope, "sadle")).containsExactly("sadle saddle 1 2");
        assertThat(near(scope, "SADDDLE")).containsExactly("sadddle saddle 1 2");
        assertThat(near(scope, "satdle")).containsExactly("satdle saddle 1 2");
        assertThat(near(scope, "sadlde")).containsExactly("sadlde saddle 1 2");
        assertThat(near(scope, "paddoc pxddle")).containsExactly("paddoc paddock 1 1", "pxddle paddle 1 1");
        assertThat(near(scope, "gxldxing fxrrxier")).as("two edits from eight letters on")
                .containsExactly("fxrrxier farrier 2 1", "gxldxing gelding 2 1");
        assertThat(near(scope, "gxldxng hrosee ddle qaddle pon hor 4orse hors3")).as("too far, too short, no letters")
                .isEmpty();
        assertThat(near(scope, "horse pony unicorn")).isEmpty();
    }

    @Test
    default void near_prefersOneEditToTwo() {
        IndexScope.PrivateIndex scope = ofOne("paddocks paddockers paddokkets");

        assertThat(near(scope, "paddocket")).containsExactly("paddocket paddockers 2 1",
                "paddocket paddocks 2 1", "paddocket paddokkets 2 1");
        assertThat(near(scope, "paddockets")).containsExactly("paddockets paddockers 1 1",
                "paddockets paddokkets 1 1");
    }

    @Test
    default void near_leavesPhrasesAndWhatAnyIndexKnows() {
        IndexScope.PrivateIndex scope = ofOne("saddle");

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            QueryText text = QueryText.of("sadle \"sadlle horse\"");
            Map<String, TermCount> terms = session.statistics(QueryText.of("sadle")).terms();
            assertThat(terms).hasSize(1).containsValue(new TermCount(0, 0));
            TextStatistics known = new TextStatistics(10, 100,
                    Map.of(terms.keySet().iterator().next(), new TermCount(1, 1)));

            assertThat(near(session, text, session.statistics(text))).containsExactly("sadle saddle 1 1");
            assertThat(near(session, text, known)).isEmpty();
        }
    }

    @Test
    default void near_isLimited() {
        IndexScope.PrivateIndex scope = newScope();
        List<String> known = new ArrayList<>();
        String alphabet = "bcfghjkmnprtvwyz";
        for (int letter = 0; letter < alphabet.length(); letter++) {
            String c = alphabet.substring(letter, letter + 1);
            for (String rest : List.of("xqqq", "qxqq", "qqxq", "qqqx")) {
                known.add("q" + rest.replace("x", c));
            }
        }
        String frequent = known.getLast();
        build(scope, document(scope.org(), "a", String.join(" ", known), x()),
                document(scope.org(), "b", frequent, x()));

        List<String> near = near(scope, "qqqqq");
        assertThat(near).hasSize(NearWord.MAX_NEAR).contains("qqqqq " + frequent + " 1 2");
        String twelve = IntStream.range(0, 12).mapToObj(i -> "" + alphabet.charAt(i)).map(c -> "saddlle" + c)
                .collect(Collectors.joining(" "));
        IndexScope.PrivateIndex other = ofOne("saddlle");
        assertThat(near(other, twelve)).hasSize(NearWord.MAX_WORDS).allMatch(one -> one.contains(" saddlle 1 "))
                .noneMatch(one -> one.startsWith("saddlle" + alphabet.charAt(10)));
        assertThat(near(other, "s" + "a".repeat(5000))).isEmpty();
    }

    @Test
    default void near_namesNoWordOfWhatWasRemoved() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle", x()), document(scope.org(), "b", "horse", x()));
        apply(scope, ContentChunks.none(new ContentKey(scope.org(), "a")));

        assertThat(near(scope, "sadddle horrse")).containsExactly("horrse horse 1 1");
    }

    @Test
    default void near_endsAtTheDeadline() {
        IndexScope.PrivateIndex scope = ofOne("saddle");

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            QueryText text = QueryText.of("sadle");
            assertThatThrownBy(() -> session.near(text, session.statistics(text), System.nanoTime() - 1_000_000))
                    .isInstanceOf(SearchTimeoutException.class);
        }
    }

    @Test
    default void corrections_countByTheirWeight() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", "saddle horse", x()), document(scope.org(), "b", "horse pony", y()));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            QueryText corrected = QueryText.of("sadle").with(List.of(new Correction("sadle", "saddle", 0.5f)));
            TextStatistics statistics = session.statistics(corrected);
            List<Candidate> found = session.candidates(new CandidateQuery(SearchMode.TEXT, corrected, null, statistics,
                    10, System.nanoTime() + Duration.ofSeconds(30).toNanos()));

            assertThat(statistics.terms()).hasSize(2).containsValue(new TermCount(1, 1));
            assertThat(found).hasSize(1);
            assertThat(only(found, "a").bm25())
                    .isEqualTo(only(byText(session, "saddle"), "a").bm25() / 2, within(1e-5f));
            Passage passage = session.passages(found, corrected, Long.MAX_VALUE).getFirst();
            assertThat(marked(passage)).isEqualTo("[saddle] horse");
        }
    }

    @Test
    default void passages_markTheWordsOfTheQuery() {
        IndexScope.PrivateIndex scope = newScope();
        Map<String, String> marked = Map.of(
                "<b>Saddle</b> & 'horse' \"saddle\"", "<b>[Saddle]</b> & 'horse' \"[saddle]\"",
                "\uD83D\uDE00saddle\uD83D\uDE00 \uD83D\uDC34", "\uD83D\uDE00[saddle]\uD83D\uDE00 \uD83D\uDC34",
                "\u0633\u0631\u062c \u062d\u0635\u0627\u0646", "[\u0633\u0631\u062c] \u062d\u0635\u0627\u0646",
                "\u05d0\u05d5\u05db\u05e3 (\u05e1\u05d5\u05e1)", "[\u05d0\u05d5\u05db\u05e3] (\u05e1\u05d5\u05e1)",
                "\uD801\uDC28\uD801\uDC29\uD801\uDC2A horse", "[\uD801\uDC28\uD801\uDC29\uD801\uDC2A] horse",
                "horse", "horse");
        List<String> texts = List.copyOf(marked.keySet());
        build(scope, IntStream.range(0, texts.size())
                .mapToObj(i -> document(scope.org(), "" + i, texts.get(i), x())).toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<Candidate> all = byVector(session, x());
            List<Passage> passages = passages(session, all, "saddle \u0633\u0631\u062c \u05d0\u05d5\u05db\u05e3"
                    + " \uD801\uDC28\uD801\uDC29\uD801\uDC2A");

            assertThat(all).hasSize(6);
            for (int i = 0; i < 6; i++) {
                String text = texts.get(Integer.parseInt(all.get(i).key().id()));
                assertThat(passages.get(i).snippet()).isEqualTo(text);
                assertThat(marked(passages.get(i))).isEqualTo(marked.get(text));
            }
            assertThat(passages(session, all, "")).allMatch(passage -> passage.matches().isEmpty());
        }
    }

    @Test
    default void passages_markWhereverTheSnippetIsCut() {
        Random random = Seed.random("passages_markWhereverTheSnippetIsCut");
        IndexScope.PrivateIndex scope = newScope();
        List<String> parts = List.of("saddle", "horse", " ", " ", " ", "\n", "\uD83D\uDC34", "-", "\u0301", "\u200f",
                "\u0633\u0631\u062c", "\u99ac", "\uD840\uDC00", "&", "<i>");
        build(scope, IntStream.range(0, 100).mapToObj(i -> document(scope.org(), "" + i,
                words(random, parts, 400).replace(" ", ""), x())).toArray(ContentChunks[]::new));
        apply(scope, IntStream.range(100, 200).mapToObj(i -> document(scope.org(), "" + i,
                "saddle " + words(random, parts, 400), x())).toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (Passage passage : passages(session, byVector(session, x()), "saddle \u99ac \"horse saddle\"")) {
                String snippet = passage.snippet();
                assertThat(snippet.codePoints().filter(c -> c >= 0xd800 && c <= 0xdfff)).as("halves").isEmpty();
                int end = 0;
                for (Hit.Range range : passage.matches()) {
                    assertThat(range.start()).isGreaterThanOrEqualTo(end);
                    end = range.end();
                    assertThat(snippet.substring(range.start(), end).toLowerCase(Locale.ROOT))
                            .matches("(?s).*(saddle|horse|\u99ac).*");
                }
                assertThat(end).isLessThanOrEqualTo(snippet.length());
            }
        }
    }

    @Test
    default void words_ofTenMegabytesAndOfAnyScriptAreTaken() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "long", "x".repeat(10 << 20) + " saddle", x()),
                document(scope.org(), "four", "\uD801\uDC28\uD801\uDC29 \uD801\uDC2A\uD801\uDC2B saddle", x()),
                document(scope.org(), "right", "\u0633\u0631\u062c \u0627\u0644\u062d\u0635\u0627\u0646 saddle", x()));

        assertThat(found(scope, "saddle")).containsExactly("four", "long", "right");
        assertThat(found(scope, "\"\uD801\uDC28\uD801\uDC29 \uD801\uDC2A\uD801\uDC2B\"")).containsExactly("four");
        assertThat(found(scope, "\"\u0633\u0631\u062c \u0627\u0644\u062d\u0635\u0627\u0646\""))
                .containsExactly("right");
        assertThat(near(scope, "\u0627\u0644\u062d\u0635\u0627\u0646\u0646")).hasSize(1);
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(passages(session, byText(session, "saddle"), "saddle"))
                    .allMatch(passage -> passage.snippet().length() <= 300);
        }
    }

    @Test
    default void meanVector_isThatOfAllChunksAtUnitLength() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", 1, new Chunk(0, 0, 5, "horse", x()), new Chunk(1, 5, 9, "pony", y()),
                new Chunk(2, 9, 13, "tail", y())), document(scope.org(), "b", "saddle", 0, 0, 0.6f, 0.8f),
                document(scope.org(), "none", 1, new Chunk(0, 0, 5, "horse", x()),
                        new Chunk(1, 5, 9, "pony", new float[]{-1, 0, 0, 0})),
                new ContentChunks(new ContentKey(scope.org(), "other"), 1, "other-model", Instant.EPOCH, "", Map.of(),
                        List.of(new Chunk(0, 0, 5, "horse", new float[]{1, 0}))));
        apply(scope, document(scope.org(), "b", "saddle", 0, 0, 1, 0), document(scope.org(), "c", "saddle", x()));
        apply(scope, ContentChunks.none(new ContentKey(scope.org(), "c")));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            float[] mean = session.meanVector(new ContentKey(scope.org(), "a")).orElseThrow();
            assertThat(mean).containsExactly(new float[]{(float) (1 / Math.sqrt(5)), (float) (2 / Math.sqrt(5)), 0, 0},
                    within(1e-6f));
            assertThat(session.meanVector(new ContentKey(scope.org(), "b")).orElseThrow())
                    .containsExactly(new float[]{0, 0, 1, 0}, within(1e-6f));
            for (String id : List.of("c", "none", "other", "unknown")) {
                assertThat(session.meanVector(new ContentKey(scope.org(), id))).as(id).isEmpty();
            }
            assertThat(session.meanVector(new ContentKey(newScope().org(), "a"))).isEmpty();
        }
    }

    /** A new scope of one document. */
    private IndexScope.PrivateIndex ofOne(String text) {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", text, x()));
        return scope;
    }

    @Test
    default void except_leavesADocumentOutOfOneSource() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, document(scope.org(), "a", 1, chunks("saddle horse", "saddle pony")),
                document(scope.org(), "b", "saddle horse", x()));
        ContentKey key = new ContentKey(scope.org(), "a");

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (String text : List.of("saddle", "\"saddle horse\"")) {
                for (SearchMode mode : SearchMode.values()) {
                    CandidateQuery query = query(mode, text, mode == SearchMode.TEXT ? null : x(),
                            statistics(session, text), 1);
                    assertThat(session.candidates(query.except(new Except(Source.PRIVATE, key))))
                            .extracting(candidate -> candidate.key().id()).containsExactly("b");
                    assertThat(session.candidates(query.perLeg(9).except(new Except(Source.MARKETPLACE, key))))
                            .extracting(Candidate::key).contains(key);
                }
            }
        }
    }

    private ContentChunks titled(IndexScope.PrivateIndex scope, String id, String title, String text) {
        return new ContentChunks(new ContentKey(scope.org(), id), 1, MODEL.id(), Instant.EPOCH, title, Map.of(),
                List.of(chunks(text)));
    }

    /** The near words of a text of which the index knows some, sorted. */
    private List<String> near(IndexScope scope, String text) {
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            QueryText words = QueryText.of(text);
            return near(session, words, session.statistics(words));
        }
    }

    private static List<String> near(IndexSession session, QueryText text, TextStatistics shared) {
        return List.copyOf(session.near(text, shared, System.nanoTime() + Duration.ofSeconds(30).toNanos()).stream()
                .map(near -> near.word() + " " + near.known() + " " + near.edits() + " " + near.chunks())
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The snippet with its matches in brackets. */
    private static String marked(Passage passage) {
        StringBuilder marked = new StringBuilder(passage.snippet());
        for (Hit.Range range : passage.matches().reversed()) {
            marked.insert(range.end(), ']').insert(range.start(), '[');
        }
        return marked.toString();
    }
}
