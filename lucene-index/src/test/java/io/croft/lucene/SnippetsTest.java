package io.croft.lucene;

import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;

import io.croft.lucene.text.Snippets;
import io.croft.search.SearchMode;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.QueryText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnippetsTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final String FILLER = "Nothing of note happened on that day in the yard. ".repeat(30);

    @TempDir
    Path root;

    @Test
    void snippet_isThePartWithTheWords_fromTheBeginningOfItsSentence() {
        String snippet = snippet(FILLER + "The vet came for the ponies. " + FILLER, "pony vets");

        assertThat(snippet).startsWith("The vet came for the ponies. Nothing")
                .hasSizeBetween(200, Snippets.LENGTH);
    }

    @Test
    void snippet_prefersThePartWithMoreAndRarerWords() {
        String text = "A horse, a horse, a horse! " + FILLER + "The farrier shod a horse. " + FILLER;

        assertThat(snippet(text, "horse farrier")).contains("The farrier shod a horse.");
    }

    @Test
    void snippet_withoutWords_isTheBeginningCutAtAWord() {
        String text = "Beginning of the text. " + FILLER;

        for (String query : List.of("", "unicorn", "the of")) {
            String snippet = snippet(text, query);

            assertThat(snippet).startsWith("Beginning of the text.").hasSizeLessThanOrEqualTo(Snippets.LENGTH)
                    .hasSizeGreaterThan(Snippets.LENGTH - 30);
            assertThat(text).startsWith(snippet);
            assertThat(text.charAt(snippet.length())).isEqualTo(' ');
        }
    }

    @Test
    void snippet_isOneLineOfPlainText() {
        assertThat(snippet("  A\n\n<b>calm</b>\t horse &amp;\u2028 more ", "calm"))
                .isEqualTo("A <b>calm</b> horse &amp; more");
        assertThat(snippet("short", "")).isEqualTo("short");
    }

    @Test
    void snippet_atTheEndOfTheText_showsWhatIsBefore() {
        String snippet = snippet(FILLER + "At last the unicorn", "unicorn");

        assertThat(snippet).endsWith("At last the unicorn").hasSizeBetween(200, Snippets.LENGTH);
    }

    @Test
    void snippet_beginsAndEndsBetweenWords_whereverTheWordIs() {
        String words = "lorem ipsum-dolor (sit) amet, consectetur adipiscing ".repeat(12);
        List<String> texts = new ArrayList<>();
        for (String found : List.of("unicorn", "(unicorn)", "half-unicorn")) {
            for (int at = 0; at < words.length(); at += 13) {
                int gap = words.lastIndexOf(' ', at) + 1;
                texts.add(words.substring(0, gap) + found + " " + words.substring(gap).strip());
            }
        }
        // Two words so far from each other that there is hardly room before the first.
        for (int apart = 90; apart < 144; apart++) {
            texts.add(words + "unicorn " + "a ".repeat(apart) + "pony " + words.strip());
        }
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), IntStream.range(0, texts.size())
                    .mapToObj(i -> content(ACME.org(), "" + i, 1, texts.get(i))).toList());
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                List<Candidate> all = find(session, SearchMode.TEXT, "unicorn", texts.size());
                assertThat(all).hasSameSizeAs(texts);
                List<Passage> passages = session.passages(all, QueryText.of("unicorn pony"), Long.MAX_VALUE);
                for (int i = 0; i < all.size(); i++) {
                    String text = texts.get(Integer.parseInt(all.get(i).key().id()));
                    String snippet = passages.get(i).snippet();

                    assertThat(" " + text + " ").contains(" " + snippet + " ");
                    assertThat(snippet).contains("unicorn").hasSizeBetween(150, Snippets.LENGTH);
                }
            }
        }
    }

    @Test
    void snippet_ofTextWithoutSpaces_isCutBetweenCharacters() {
        String faces = "😀".repeat(1000);
        String word = "x".repeat(2000);

        assertThat(snippet(faces, "")).hasSize(Snippets.LENGTH).matches("(😀)+");
        assertThat(snippet("a" + faces, "")).hasSize(Snippets.LENGTH - 1).matches("a(😀)+");
        assertThat(snippet(word, "x")).hasSize(Snippets.LENGTH);
        assertThat(snippet("馬".repeat(500) + "犬" + "馬".repeat(500), "犬")).contains("犬");
    }

    @Test
    void snippet_findsWordsHoweverTheyAreWritten() {
        for (String written : List.of("RIDERS", "rider's", "riders,", "(rider)", "rider-friendly", "Rider’s")) {
            assertThat(snippet(FILLER + "Mark " + written + " mark. " + FILLER, "riders"))
                    .as(written).contains(written);
        }
    }

    private String snippet(String text, String query) {
        Path folder = root.resolve("i" + System.nanoTime());
        try (LuceneIndex index = started(folder)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ACME.org(), "a", 1, text)));
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                return session.passages(find(session, SearchMode.VECTOR, "x"), QueryText.of(query), Long.MAX_VALUE)
                        .getFirst()
                        .snippet();
            }
        }
    }
}
