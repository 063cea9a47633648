package io.croft.ingest.crawl;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.ingest.fetch.WebUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SiteBoundsTest {

    private static final SiteBounds BOUNDS = new SiteBounds(WebUrl.parse("https://a.example/start"));

    @ParameterizedTest
    @ValueSource(strings = {"https://a.example/", "http://a.example/x", "https://A.example:443/x?y=z",
            "https://a.example/a/b/a/c/a", "https://a.example/?1&2&3&4&5&6&7&8&9&10"})
    void hold_whatIsOfTheHost(String url) {
        assertThat(BOUNDS.hold(WebUrl.parse(url))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://b.example/", "https://www.a.example/", "https://a.example:8443/",
            "https://a.example/a/b/a/b/a/b/a/b",
            "https://a.example/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21",
            "https://a.example/?1&2&3&4&5&6&7&8&9&10&11"})
    void hold_noneOfOthersAndNoTrap(String url) {
        assertThat(BOUNDS.hold(WebUrl.parse(url))).isFalse();
    }

    @Test
    void hold_noLongUrls() {
        assertThat(BOUNDS.hold(WebUrl.parse("https://a.example/" + "a".repeat(982)))).isTrue();
        assertThat(BOUNDS.hold(WebUrl.parse("https://a.example/" + "a".repeat(983)))).isFalse();
    }

    @Test
    void id_isShortAndOfOneUrlAlone() {
        String url = "https://a.example/" + "a".repeat(237);

        assertThat(PageVisit.id(url)).isEqualTo(url);
        assertThat(PageVisit.id(url + "b")).hasSizeLessThanOrEqualTo(PageVisit.MAX_ID_BYTES)
                .startsWith(url.substring(0, 180))
                .isNotEqualTo(PageVisit.id(url + "c"));
    }
}
