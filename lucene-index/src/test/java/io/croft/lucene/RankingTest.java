package io.croft.lucene;

import static io.croft.lucene.Texts.MARKET;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.dot;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.ids;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.started;
import static io.croft.lucene.Texts.unit;
import static io.croft.lucene.Texts.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.QueryBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found and how it scores, against Lucene itself and against arithmetic. */
class RankingTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final OrgId ORG = ACME.org();
    private static final String[] WORDS = ("horse horses saddle bridle riding rider calm tall gentle mare gelding vet"
            + " stable the and of hay feeding feeds fed hoof").split(" ");

    @TempDir
    Path root;

    @Test
    void bm25_ofTwoIndexesWithSharedStatistics_isThatOfOneLuceneIndexOfBoth() throws IOException {
        Random random = new Random(seed());
        List<ContentChunks> mine = texts(random, "p", 70);
        List<ContentChunks> theirs = texts(random, "m", 330);
        try (LuceneIndex index = started(root); Directory one = new ByteBuffersDirectory()) {
            Texts.create(index, ACME, checkpoint("0"), mine.subList(0, 40));
            index.apply(ACME, mine.subList(40, 70), checkpoint("1"));
            Texts.create(index, MARKET, checkpoint("0"), theirs);
            write(one, mine, theirs);
            try (DirectoryReader reader = DirectoryReader.open(one);
                    IndexSession own = index.session(ACME, Long.MAX_VALUE);
                    IndexSession market = index.session(MARKET, Long.MAX_VALUE)) {
                for (int i = 0; i < 100; i++) {
                    String text = sentence(random, 1 + random.nextInt(5));
                    Map<String, Float> expected = lucene(reader, text);
                    TextStatistics shared =
                            own.statistics(QueryText.of(text)).plus(market.statistics(QueryText.of(text)));

                    Map<String, Float> found = new HashMap<>();
                    for (IndexSession session : List.of(own, market)) {
                        session.candidates(query(SearchMode.HYBRID, text, vector("x"), shared, 1000)).stream()
                                .filter(candidate -> candidate.bm25() > 0)
                                .forEach(candidate -> found.put(candidate.key().id(), candidate.bm25()));
                    }

                    assertThat(found).as(text).containsOnlyKeys(expected.keySet());
                    found.forEach((id, bm25) -> assertThat(bm25).as(id + " for " + text)
                            .isCloseTo(expected.getOrDefault(id, -1f), within(1e-5f)));
                }
            }
        }
    }

    @Test
    void bm25_isTheSameInEveryModeAndLeg() {
        Random random = new Random(seed());
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), texts(random, "p", 200));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                Map<Integer, Float> byText = new HashMap<>();
                find(session, SearchMode.TEXT, "calm saddle horse", 1000)
                        .forEach(candidate -> byText.put(candidate.ref(), candidate.bm25()));

                for (Candidate candidate : find(session, SearchMode.HYBRID, "calm saddle horse", vector("y"), 15)) {
                    assertThat(candidate.bm25()).isCloseTo(byText.getOrDefault(candidate.ref(), 0f), within(1e-6f));
                }
            }
        }
    }

    @Test
    void organisations_withTheSameIds_neverSeeEachOthersTexts() {
        Random random = new Random(seed());
        int orgs = 50;
        try (LuceneIndex index = started(LuceneIndex.builder(root).openReaders(10))) {
            for (int i = 0; i < orgs; i++) {
                IndexScope.PrivateIndex scope = scope("org-" + i);
                List<ContentChunks> contents = new ArrayList<>();
                for (int j = 0; j < 20; j++) {
                    contents.add(content(scope.org(), "doc-" + j, 1, sentence(random, 20) + " owner" + i));
                }
                Texts.create(index, scope, checkpoint("0"), contents);
            }
            for (int i = 0; i < 2000; i++) {
                int org = random.nextInt(orgs);
                SearchMode mode = List.of(SearchMode.values()).get(random.nextInt(3));
                try (IndexSession session = index.session(scope("org-" + org), Long.MAX_VALUE)) {
                    List<Candidate> found = find(session, mode, sentence(random, 3), unit(random, 8), 10);

                    assertThat(found).allMatch(candidate -> candidate.key().org().equals(scope("org-" + org).org()));
                    assertThat(session.passages(found, QueryText.of(""), Long.MAX_VALUE))
                            .allMatch(passage -> passage.snippet().endsWith("owner" + org));
                }
            }
        }
    }

    @Test
    void hostileTexts_areOnlyWords() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "saddle and bridle")));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                for (String text : List.of("*:*", "text:*", "\"", "((((", "saddle\"", "+saddle -bridle", "saddle~2",
                        "/sad.*/", "sad*", "_exists_:key", "😀", "😀😀 \ud83d", "\u0000", "   ", "\n\t", "馬 العربية",
                        "the and of ".repeat(400), "x".repeat(4096), "saddle ".repeat(600), "../../etc", "%s%n",
                        "key:" + ORG)) {
                    boolean names = text.matches("(?s).*\\bsaddle\\b.*");

                    assertThat(ids(find(session, SearchMode.TEXT, text))).as(text)
                            .isEqualTo(names ? List.of("a") : List.of());
                    List<Candidate> hybrid = find(session, SearchMode.HYBRID, text);
                    assertThat(hybrid).hasSize(1);
                    assertThat(session.passages(hybrid, QueryText.of(text), Long.MAX_VALUE).getFirst().snippet())
                            .isEqualTo("saddle and bridle");
                }
            }
        }
    }

    @Test
    void queryOfTheMostWords_isAnsweredWithPhrasesAndFilters_andOneWordMoreIsRefused() {
        List<String> words = IntStream.range(0, QueryText.MAX_TERMS).mapToObj(i -> "word" + i).toList();
        String most = String.join(" ", words);
        String withPhrase = String.join(" ", words.subList(2, words.size() - 1)) + " \"word0 word1\"";
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "first", 1, "word5"),
                    content(ORG, "all", 1, most), content(ORG, "last", 1, "word1023")));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(ids(find(session, SearchMode.TEXT, most))).containsExactly("all", "first", "last");
                assertThat(ids(find(session, SearchMode.HYBRID, withPhrase))).containsExactly("all");
                assertThat(session.statistics(QueryText.of(most)).terms()).hasSize(1024);
                for (String more : List.of(most + " word1024", withPhrase + " word1023")) {
                    assertThatThrownBy(() -> find(session, SearchMode.TEXT, more))
                            .isInstanceOf(InvalidInputException.class).hasMessageContaining("102")
                            .hasMessageContaining("the most is 1024");
                }
            }
        }
    }

    @Test
    void repeatedWord_countsAsOften() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "saddle bridle")));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                float once = find(session, SearchMode.TEXT, "saddle").getFirst().bm25();
                float twice = find(session, SearchMode.TEXT, "saddle saddle").getFirst().bm25();

                assertThat(twice).isCloseTo(2 * once, within(1e-6f));
            }
        }
    }

    @Test
    void deadline_thatPasses_endsEverySearch() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), texts(new Random(1), "p", 3000));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                String text = String.join(" ", WORDS);
                TextStatistics statistics = session.statistics(QueryText.of(text));
                for (SearchMode mode : SearchMode.values()) {
                    for (long nanos : new long[]{-1, 0, 1_000}) {
                        CandidateQuery late = new CandidateQuery(mode, QueryText.of(text),
                                mode == SearchMode.TEXT ? null : vector(text), statistics, 1000,
                                System.nanoTime() + nanos);

                        assertThatThrownBy(() -> session.candidates(late)).as(mode + " in " + nanos + " ns")
                                .isInstanceOf(SearchTimeoutException.class);
                    }
                }
                assertThat(find(session, SearchMode.HYBRID, text)).isNotEmpty();
            }
        }
    }

    @Test
    void deadline_thatPassesInsideASearch_isNoticedThere() throws IOException {
        Deadline deadline = new Deadline(System.nanoTime() + Duration.ofMillis(1).toNanos());
        long asked = 0;
        while (!deadline.shouldExit()) {
            asked++;
        }

        assertThat(asked).isPositive();
        assertThatThrownBy(() -> deadline.check("testing")).isInstanceOf(SearchTimeoutException.class);
    }

    @Test
    void queryVector_thatIsNoneOfTheModel_isRefused() {
        float[] nan = vector("x");
        nan[0] = Float.NaN;
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                for (float[] bad : List.of(new float[7], nan)) {
                    assertThatThrownBy(() -> find(session, SearchMode.VECTOR, "x", bad, 10))
                            .isInstanceOf(InvalidInputException.class).hasMessageContaining("query");
                }
                assertThat(find(session, SearchMode.VECTOR, "x", new float[8], 10)).isEmpty();
            }
        }
    }

    @Test
    void vectors_ofTheGreatestLength_work() {
        EmbeddingModel wide = new EmbeddingModel("wide", EmbeddingModel.MAX_DIMENSIONS, 0.1);
        Random random = new Random(seed());
        List<ContentChunks> contents = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            contents.add(new ContentChunks(new ContentKey(ORG, "" + i), 1, wide.id(), Texts.WRITTEN, "", Map.of(),
                    List.of(new Chunk(0, 0, 4, "text", unit(random, wide.dimensions())))));
        }
        for (int round = 0; round < 2; round++) {
            try (LuceneIndex index = LuceneIndex.at(root)) {
                index.start(new IndexSchema(wide, Fields.undeclared()), event -> {
                });
                if (round == 0) {
                    Texts.create(index, ACME, checkpoint("0"), contents.subList(0, 20));
                    index.apply(ACME, contents.subList(20, 40), checkpoint("1"));
                }
                float[] query = unit(random, wide.dimensions());
                try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                    List<Candidate> found = find(session, SearchMode.VECTOR, "", query, 40);

                    assertThat(found).hasSize(40);
                    for (Candidate candidate : found) {
                        float[] vector =
                                contents.get(Integer.parseInt(candidate.key().id())).chunks().getFirst().vector();
                        assertThat((double) candidate.cosine()).isCloseTo(dot(query, vector), within(1e-5));
                    }
                }
            }
        }
    }

    private static CandidateQuery query(SearchMode mode, String text, float[] vector, TextStatistics shared,
            int perLeg) {
        return new CandidateQuery(mode, QueryText.of(text), vector, shared, perLeg,
                System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    /** Texts with titles, of several chunks now and then. */
    private static List<ContentChunks> texts(Random random, String prefix, int count) {
        List<ContentChunks> contents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            contents.add(content(ORG, prefix + i, 1, random.nextBoolean() ? "" : sentence(random, 4), Map.of(),
                    sentence(random, 1 + random.nextInt(80))));
        }
        return contents;
    }

    private static String sentence(Random random, int words) {
        StringBuilder sentence = new StringBuilder();
        for (int i = 0; i < words; i++) {
            int word = (int) Math.abs(random.nextGaussian() * WORDS.length / 2) % WORDS.length;
            sentence.append(i == 0 ? "" : " ").append(WORDS[word]);
        }
        return sentence.toString();
    }

    private static void write(Directory directory, List<ContentChunks> mine, List<ContentChunks> theirs)
            throws IOException {
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(new EnglishAnalyzer()))) {
            for (List<ContentChunks> contents : List.of(mine, theirs)) {
                for (ContentChunks content : contents) {
                    Document document = new Document();
                    document.add(new StoredField("id", content.key().id()));
                    document.add(new TextField("text", content.title() + ". " + content.chunks().getFirst().text(),
                            Field.Store.NO));
                    writer.addDocument(document);
                }
            }
        }
    }

    private static Map<String, Float> lucene(DirectoryReader reader, String text) throws IOException {
        var query = new QueryBuilder(new EnglishAnalyzer()).createBooleanQuery("text", text);
        Map<String, Float> scores = new HashMap<>();
        if (query != null) {
            IndexSearcher searcher = new IndexSearcher(reader);
            searcher.setSimilarity(WriterSettings.SIMILARITY);
            for (ScoreDoc hit : searcher.search(query, 1000).scoreDocs) {
                scores.put(reader.storedFields().document(hit.doc).get("id"), hit.score);
            }
        }
        return scores;
    }
}
