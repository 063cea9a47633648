package io.croft.lucene;

import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.ids;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.seed;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import io.croft.spi.memory.InMemoryChunkIndex;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What English analysis does to phrases, corrections and matches. */
class WordsTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final String FILLER = "Nothing of note happened on that day in the yard. ".repeat(30);

    @TempDir
    Path root;

    @Test
    void phrases_letAnyWordStandForACommonOne() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"),
                    List.of(content(ACME.org(), "exact", 1, "The state of the art in saddles"),
                            content(ACME.org(), "other", 1, "state in fine arts"),
                            content(ACME.org(), "next", 1, "state art"),
                            content(ACME.org(), "one", 1, "state of art"),
                            content(ACME.org(), "title", 1, "A state", Map.of(), "of the art")));

            assertThat(having(index, ACME, "\"state of the art\"")).containsExactly("exact", "other");
            assertThat(having(index, ACME, "\"the State of\"")).hasSize(5);
            assertThat(having(index, ACME, "\"of the\" art")).hasSize(5);
            assertThat(having(index, ACME, "\"arts in saddle\"")).containsExactly("exact");
            assertThat(having(index, ACME, "\"a state art\"")).containsExactly("next");
        }
    }

    @Test
    void phrases_inThousandsAreAnswered() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ACME.org(), "a", 1, "ab cd ".repeat(300)),
                    content(ACME.org(), "b", 1, "ab ab cd")));
            String many = "\"" + "ab cd ".repeat(600).strip() + "\"";

            assertThat(having(index, ACME, many)).isEmpty();
            assertThat(having(index, ACME, "\"" + "ab cd ".repeat(300).strip() + "\"")).containsExactly("a");
            assertThat(having(index, ACME, "\"ab ab\" ".repeat(500))).containsExactly("b");
        }
    }

    @Test
    void near_comparesWordsAsTheyAreWritten() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ACME.org(), "a", 1, "The rider's relevance and"
                    + " necessary information, developments about saddling their saddles")));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                String typos = "relevanse necesary informaton development saddlong saddless ridder theit abouk";
                QueryText text = QueryText.of(typos);

                List<NearWord> near = near(session, text, session.statistics(text));
                assertThat(near).extracting(one -> one.word() + " " + one.known() + " " + one.term())
                        .containsExactly("relevanse relevance relev", "necesary necessary necessari",
                                "informaton information inform", "saddlong saddling saddl", "saddless saddles saddl",
                                "ridder rider rider", "abouk about about");
            }
        }
    }

    /** The one in memory looks at every word and measures how far it is. */
    @Test
    void near_isWhatLookingAtEveryWordFinds() {
        Random random = new Random(seed());
        List<ContentChunks> contents = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            contents.add(content(ACME.org(), "" + i, 1, word(random) + " " + word(random) + " " + word(random)));
        }
        try (LuceneIndex index = started(root); InMemoryChunkIndex plain = new InMemoryChunkIndex()) {
            plain.start(new IndexSchema(Texts.MODEL, Fields.undeclared()), event -> {
            });
            for (ChunkIndex each : List.of(index, plain)) {
                try (var rebuild = each.rebuild(ACME)) {
                    rebuild.add(contents.subList(0, 200));
                    rebuild.finish(checkpoint("0"));
                }
                each.apply(ACME, contents.subList(200, 300), checkpoint("1"));
            }
            int found = 0;
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE);
                    IndexSession expected = plain.session(ACME, Long.MAX_VALUE)) {
                for (int i = 0; i < 300; i++) {
                    QueryText text = QueryText.of(word(random) + " " + word(random));
                    List<NearWord> near = near(session, text, TextStatistics.NONE);

                    assertThat(sorted(near)).as(text.words())
                            .isEqualTo(sorted(near(expected, text, TextStatistics.NONE)));
                    found += near.size();
                }
            }
            assertThat(found).isGreaterThan(100);
        }
    }

    private static String word(Random random) {
        String letters = "bcx\uD801\uDC28";
        StringBuilder word = new StringBuilder("b");
        int length = 2 + random.nextInt(10);
        for (int i = 0; i < length; i++) {
            word.appendCodePoint(letters.codePoints().skip(random.nextInt(4)).findFirst().orElseThrow());
        }
        return word.toString();
    }

    /** Without the terms, which are analysed differently. */
    private static List<NearWord> sorted(List<NearWord> near) {
        return near.stream().map(one -> new NearWord(one.word(), one.known(), "", one.edits(), one.chunks()))
                .sorted(Comparator.comparing(NearWord::word).thenComparing(NearWord::known)).toList();
    }

    private static List<NearWord> near(IndexSession session, QueryText text, TextStatistics shared) {
        return session.near(text, shared, System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    @Test
    void snippet_prefersTheWholePhraseAndMarksItAsOne() {
        String text =
                "A calm horse, a calm yard, a horse so calm. " + FILLER + "The horse of the calm is here. " + FILLER;

        assertThat(marked(text, "\"horse of the calm\"")).startsWith("The [horse of the calm] is here.");
        assertThat(marked(text, "horse of the calm"))
                .startsWith("A [calm] [horse], a [calm] yard, a [horse] so [calm].");
        assertThat(marked("horses  of\n the CALM horses", "\"horse of the calm\""))
                .isEqualTo("[horses of the CALM] [horses]");
        assertThat(marked("calm horse calm horse calm", "\"calm horse calm\""))
                .isEqualTo("[calm horse calm horse calm]");
    }

    @Test
    void matches_areFoundHoweverWordsAreWritten() {
        assertThat(marked("The RIDER's rider’s (riders) half-rider 3.5 rider_s rider.", "rider 3.5"))
                .isEqualTo("The [RIDER's] [rider’s] ([riders]) half-[rider] [3.5] rider_s [rider].");
        assertThat(marked("馬犬abc犬", "犬 abc")).isEqualTo("馬[犬][abc][犬]");
        assertThat(marked("e\u0301te\u0301 हिन्दी", "e\u0301te\u0301 हिन्दी")).isEqualTo("[e\u0301te\u0301] [हिन्दी]");
        assertThat(marked("nothing here", "horse")).isEqualTo("nothing here");
    }

    private String marked(String text, String query) {
        Path folder = root.resolve("i" + System.nanoTime());
        try (LuceneIndex index = started(folder)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ACME.org(), "a", 1, text)));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(ids(find(session, SearchMode.VECTOR, "x"))).hasSize(1);
                Passage passage =
                        session.passages(find(session, SearchMode.VECTOR, "x"), QueryText.of(query), Long.MAX_VALUE)
                                .getFirst();
                StringBuilder marked = new StringBuilder(passage.snippet());
                for (Hit.Range range : passage.matches().reversed()) {
                    marked.insert(range.end(), ']').insert(range.start(), '[');
                }
                return marked.toString();
            }
        }
    }
}
