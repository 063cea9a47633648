package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.ingest.fetch.Fetched;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SitemapsTest {

    private static final int MOST = 50_000;
    private static final int TOO_MANY = MOST + 10_000;

    private static Sitemaps.Listed read(String type, UnaryOperator<String> content) throws IOException {
        Fetched answer = Answers.of(type, origin -> content.apply(origin).getBytes(StandardCharsets.UTF_8));
        return Sitemaps.read(answer, new SiteBounds(answer.url()));
    }

    private static String xml(String kind, String entry, String origin, int urls) {
        return IntStream.range(0, urls)
                .mapToObj(i -> "<" + entry + "><loc>" + origin + "/" + i + "</loc></" + entry + ">")
                .collect(Collectors.joining("", "<?xml version='1.0' encoding='UTF-8'?><" + kind
                        + " xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>", "</" + kind + ">"));
    }

    @Test
    void read_listsPagesAndSitemaps() throws IOException {
        assertThat(read("application/xml", origin -> xml("urlset", "url", origin, 3)).pages()).hasSize(3);
        assertThat(read("application/xml", origin -> xml("sitemapindex", "sitemap", origin, 60)).sitemaps())
                .hasSize(50);
        assertThat(read("application/xml", origin -> "<urlset")).isEqualTo(Sitemaps.Listed.NOTHING);
    }

    @Test
    void read_keepsNoMoreThanASitemapMayHave() throws IOException {
        assertThat(read("application/xml", origin -> xml("urlset", "url", origin, TOO_MANY)).pages()).hasSize(MOST);
        assertThat(read("text/plain", origin -> IntStream.range(0, TOO_MANY).mapToObj(i -> origin + "/" + i)
                .collect(Collectors.joining("\n"))).pages()).hasSize(MOST);
    }
}
