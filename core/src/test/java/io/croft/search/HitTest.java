package io.croft.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.search.Hit.Range;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.ChunkText;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.QueryText;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HitTest {

    @Test
    void snippetHtml_marksMatchesAndEscapesTheRest() {
        assertThat(hit("calm horse", new Range(5, 10)).snippetHtml()).isEqualTo("calm <mark>horse</mark>");
        assertThat(hit("calm", new Range(0, 4)).snippetHtml()).isEqualTo("<mark>calm</mark>");
        assertThat(hit("ab", new Range(0, 1), new Range(1, 2)).snippetHtml())
                .isEqualTo("<mark>a</mark><mark>b</mark>");
        assertThat(hit("").snippetHtml()).isEmpty();
        assertThat(hit("<script>alert('x')</script>", new Range(1, 7)).snippetHtml())
                .isEqualTo("&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)&lt;/script&gt;");
        assertThat(hit("a&amp;b <mark>\"", new Range(2, 5)).snippetHtml())
                .isEqualTo("a&amp;<mark>amp</mark>;b &lt;mark&gt;&quot;");
        assertThat(hit("a<b>&\"'", new Range(0, 7)).snippetHtml())
                .isEqualTo("<mark>a&lt;b&gt;&amp;&quot;&#39;</mark>");
    }

    @Test
    void snippetHtml_leavesEveryScriptAsItIs() {
        String text = "\uD83D\uDC34 \u0633\u0631\u062c \u200f\u05d0\u200e \uD840\uDC00";

        assertThat(hit(text, new Range(0, 2), new Range(3, 6)).snippetHtml())
                .isEqualTo("<mark>\uD83D\uDC34</mark> <mark>\u0633\u0631\u062c</mark> \u200f\u05d0\u200e \uD840\uDC00");
    }

    @Test
    void snippetHtml_leavesOutWhatTurnsTheDirectionOfThePage() {
        String hebrew = "\u05e1\u05d5\u05e1";
        String text = "pay \u202e001\u202c \u2067" + hebrew + " \u202dabc\u2069 \u202a\u202b\u2066\u2068";
        int match = text.indexOf(hebrew);

        String html = hit(text, new Range(4, 9), new Range(match - 1, match + 3)).snippetHtml();

        assertThat(html).isEqualTo("pay <mark>001</mark> <mark>" + hebrew + "</mark> abc ");
        assertThat(hit(text).snippet()).isEqualTo(text);
    }

    @Test
    void matches_thatAreOutOfOrderOrOutsideAreRefused() {
        assertThatThrownBy(() -> hit("abc", new Range(1, 4))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> hit("abc", new Range(1, 2), new Range(0, 1)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> hit("abc", new Range(0, 2), new Range(1, 3)))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Range(1, 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> new Range(-1, 1)).isInstanceOf(InvalidInputException.class);
    }

    private static Hit hit(String snippet, Range... matches) {
        return new Hit(Source.PRIVATE, OrgId.named("acme"), "a", "", Score.of(List.of()),
                new Signals(Source.PRIVATE, 0, 0), snippet, List.of(matches), 0, Map.of());
    }

    @Test
    void toString_isShortAndShowsNoText() {
        Hit hit = hit("secret".repeat(1000));
        Score score = Score.of(List.of(new Score.Part("x", 1)));
        List<Object> all = List.of(hit,
                new SearchResults(new UUID(1, 1), Collections.nCopies(1000, hit), List.of(), List.of(),
                        List.of("secret"),
                        Map.of("secret", List.of("secret")), Duration.ZERO, List.of(), SearchResults.Reranking.NONE,
                        Optional.of("secret")),
                new Reranker.Passage(Source.PRIVATE, "secret", "secret", score),
                new Reranker.Request("secret", List.of(new Reranker.Passage(Source.PRIVATE, "", "secret", score))),
                new Content("d", "secret", "secret", Map.of("f", "secret")),
                new Chunk(0, 0, 6, "secret", new float[]{0.125f}),
                new ContentChunks(new ContentKey(OrgId.named("acme"), "d"), 1, "m", Instant.EPOCH, "secret",
                        Map.of("f", "secret"), List.of(new Chunk(0, 0, 6, "secret", new float[]{0.125f}))),
                new ChunkText("secret", "secret"), new Passage("secret", "secret", List.of(), Map.of("f", "secret")),
                QueryText.of("secret \"secret secret\""),
                JobRequest.of(JobKind.of("k", "q"), "\"secret\"").withKey("secret"),
                JobResult.completed("\"secret\""), Filter.in("f", List.of("secret")));

        assertThat(all).allSatisfy(one -> assertThat(one.toString()).doesNotContain("secret").doesNotContain("0.125")
                .hasSizeLessThan(250));
    }
}
