package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.ingest.fetch.Fetched;
import io.croft.ingest.fetch.WebUrl;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageReaderTest {

    @Test
    void content_isTheMainPartWithoutWhatStandsAroundIt() throws IOException {
        String html = read("<html><body><header>Top</header><nav><a href='/a'>Menu</a></nav><div class=x><aside>Beside"
                + "</aside></div><main><header>Heading of it</header><h1>Saddles</h1><p>Are oiled every spring.</p>"
                + "<script>alert(1)</script><form>Search</form></main><footer>Imprint</footer></body></html>")
                .content();

        assertThat(html).contains("<h1>Saddles</h1>").contains("oiled every spring").contains("Heading of it")
                .doesNotContain("Top").doesNotContain("Menu").doesNotContain("Beside").doesNotContain("alert")
                .doesNotContain("Search").doesNotContain("Imprint");
    }

    @Test
    void content_isTheBodyWhereNoMainPartIsMarked() throws IOException {
        String html = read("<body><header>Top</header><p>Saddles are oiled every spring, with a soft cloth.</p><ul>"
                + "<li><a href=1>One</a><li><a href=2>Two</a><li><a href=3>Three</a><li><a href=4>Four</a></ul>"
                + "<ul><li>Soap, as <a href=5>here</a><li>Oil</ul><article>Ad</article><footer>End</footer>").content();

        assertThat(html).contains("soft cloth").contains("Soap").contains("Ad").doesNotContain("Three")
                .doesNotContain("Top").doesNotContain("End");
    }

    @Test
    void links_areThoseOfTheSiteEachOnce() throws IOException {
        Read page = read("<head><base href='/docs/'></head><a href='a'>1</a><a href='A/../a#x'>2</a><a href='/b'>3</a>"
                + "<a href='http://other.example/'>4</a><a href='javascript:x()'>5</a><a rel='external nofollow' href=c>6</a>");

        assertThat(page.page().links()).extracting(WebUrl::pathAndQuery).containsExactly("/docs/a", "/b");
        assertThat(page.page().mayBeKept()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"noindex, nofollow", "NONE", "max-snippet:3,noindex ,NoFollow"})
    void wishes_areRead(String wish) throws IOException {
        PageReader.Page page = read("<head><meta name=ROBOTS content='" + wish + "'></head><a href='/a'>1</a>").page();

        assertThat(page.mayBeKept()).isFalse();
        assertThat(page.links()).isEmpty();
    }

    @Test
    void canonical_isOfTheSite() throws IOException {
        assertThat(read("<link rel='canonical' href='/one'>").page().canonical().map(WebUrl::pathAndQuery))
                .contains("/one");
        assertThat(read("<link rel=canonical href='https://other.example/one'>").page().canonical()).isEmpty();
        assertThat(read("<link rel=canonical href='ftp://a'>").page().canonical()).isEmpty();
    }

    @Test
    void text_isReadInItsCharset() throws IOException {
        assertThat(read("<p>Größe", StandardCharsets.ISO_8859_1, "text/html; charset=\"iso-8859-1\"").content())
                .contains("Größe");
        assertThat(read("<meta charset=windows-1252><p>Größe", Charset.forName("windows-1252"), "text/html").content())
                .contains("Größe");
        assertThat(read("<p>Größe", StandardCharsets.UTF_8, "text/html; charset=no-such").content()).contains("Größe");
    }

    @Test
    void nesting_mayBeDeep() throws IOException {
        assertThat(read("<div>".repeat(40_000) + "text").page().links()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"<br>", "<p>a</p>", "<b x=1>", "<!>", "<table>"})
    void pages_ofTooManyPartsAreLeftOut(String part) throws IOException {
        Fetched many = Answers.of("text/html", origin -> part.repeat(600_000).getBytes(StandardCharsets.UTF_8));
        Fetched more = Answers.of("text/html", origin -> part.repeat(60_000).getBytes(StandardCharsets.UTF_8));

        assertThat(PageReader.read(many, new SiteBounds(many.url()))).isEmpty();
        assertThat(PageReader.read(more, new SiteBounds(more.url()))).isEmpty();
    }

    @Test
    void content_ofManyPartsIsWhatIsNotRemoved() throws IOException {
        assertThat(read("<main>" + "<i>a</i><link>".repeat(15_000) + "<p>the end</p></main>").content())
                .contains("<i>a</i>", "the end").doesNotContain("<link>");
    }

    private static Read read(String html) throws IOException {
        return read(html, StandardCharsets.UTF_8, "text/html");
    }

    private static Read read(String html, Charset charset, String type) throws IOException {
        Fetched answer = Answers.of(type, origin -> html.getBytes(charset));
        return new Read(PageReader.read(answer, new SiteBounds(answer.url())).orElseThrow());
    }

    private record Read(PageReader.Page page) {

        String content() {
            return new String(page.content().bytes(), StandardCharsets.UTF_8);
        }
    }
}
