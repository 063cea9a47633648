package io.croft.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.ingest.fetch.FetchException.Reason;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebUrlTest {

    @ParameterizedTest
    @CsvSource(delimiterString = " > ", value = {"HTTP://Example.COM > http://example.com/",
            "http://example.com:80/a > http://example.com/a", "https://example.com:443 > https://example.com/",
            "https://example.com:80/ > https://example.com:80/", "http://example.com./a#b > http://example.com/a",
            "http://example.com/a/./b/../c > http://example.com/a/c", "http://example.com/../.. > http://example.com/",
            "http://example.com/a/%2e%2E/b > http://example.com/b", "http://example.com//a > http://example.com/a",
            "http://example.com/a//b > http://example.com/a//b", "http://example.com/a/. > http://example.com/a/",
            "http://example.com/a/b/.. > http://example.com/a/", "http://example.com?q=1 > http://example.com/?q=1",
            "http://example.com/a b > http://example.com/a%20b", "http://example.com/%41 > http://example.com/%41",
            "http://example.com/100% > http://example.com/100%25", "http://example.com/ä > http://example.com/%C3%A4",
            "http://bücher.example/ > http://xn--bcher-kva.example/", "http:\\\\example.com\\a > http://example.com/a",
            "http://example.com/a?b\\c > http://example.com/a?b%5Cc", "http://a_b.example/ > http://a_b.example/",
            "http://[::1]:8080/ > http://[0:0:0:0:0:0:0:1]:8080/", "http://[::ffff:8.8.8.8]/ > http://8.8.8.8/",
            "http://good.example\\@127.0.0.1/ > http://good.example/@127.0.0.1/"})
    void parse_givesOneSpelling(String url, String expected) {
        WebUrl parsed = WebUrl.parse(url);

        assertThat(parsed).hasToString(expected);
        assertThat(WebUrl.parse(expected)).as("read again").isEqualTo(parsed).hasSameHashCodeAs(parsed);
        assertThat(URI.create(expected).getHost() != null || expected.contains("_")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://0177.0.0.1/",
            "http://0177.1/", "http://0x7f.1/", "http://0X7F.0x0.0.0x1/", "http://2130706433/", "http://0x7f000001/",
            "http://017700000001/", "http://127.0.0.1./", "http://127.0x1./", "http://１２７.０.０.１/",
            "http://127。0。0。1/", "http://⑫⑦.0.0.①/", "http://[::ffff:7f00:1]/", "http://[::FFFF:127.0.0.1]/",
            " http://127.0.0.1/", "ht\ntp://127.0.0.1/", "http://127.0.0.1\t/"})
    void parse_readsAnAddressInAllItsSpellings(String url) {
        assertThat(WebUrl.parse(url)).hasToString("http://127.0.0.1/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "example.com", "/a", "//example.com/", "ftp://example.com/", "file:///etc/passwd",
            "gopher://example.com/", "jar:http://example.com/a!/", "javascript:alert(1)", "mailto:a@example.com",
            "http:", "http:example.com", "http://", "http:///a", "http://user@example.com/",
            "http://user:secret@example.com/", "http://@example.com/", "http://exa mple.com/", "http://example..com/",
            "http://.example.com/", "http://-a.example/", "http://a-.example/", "http://exa%6dple.com/",
            "http://%31%32%37.0.0.1/", "http://example.com:99999/", "http://example.com:0/", "http://example.com:8a/",
            "http://256.0.0.1/", "http://1.2.3.4.5/", "http://1.2.3.08/", "http://4294967296/",
            "http://127.0.0.0x100/", "http://a.1/", "http://0x7g.1/", "http://[::1/", "http://[::1%25eth0]/",
            "http://[fe80::1%eth0]/", "http://[1.2.3.4]/", "http://[:::1]/", "http://[v1.a]/", "http://::1/",
            "http://a／b.example/", "http://a,b.example/"})
    void parse_refusesWhatNoHostIs(String url) {
        assertThatThrownBy(() -> WebUrl.parse(url)).isInstanceOfSatisfying(FetchException.class,
                e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_URL));
    }

    @Test
    void parse_refusesLongUrlsAndNames() {
        String name = "a".repeat(63) + "." + "b".repeat(63) + "." + "c".repeat(63) + "." + "d".repeat(61);

        assertThat(WebUrl.parse("http://" + name + "/").host()).isEqualTo(name);
        assertThatThrownBy(() -> WebUrl.parse("http://" + name + "d/")).isInstanceOf(FetchException.class);
        assertThatThrownBy(() -> WebUrl.parse("http://" + "a".repeat(64) + "/")).isInstanceOf(FetchException.class);
        assertThatThrownBy(() -> WebUrl.parse("http://a.example/" + "a".repeat(WebUrl.MAX_CHARS)))
                .isInstanceOf(FetchException.class).hasMessageContaining("4017 characters");
    }

    @Test
    void parse_showsNeitherPasswordsNorQueries() {
        assertThatThrownBy(() -> WebUrl.parse("http://user:hunter2@example.com/")).hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> WebUrl.parse("http://a..b/?token=hunter2")).hasMessageNotContaining("hunter2");
    }

    /** The examples of RFC 3986, 5.4, that are of the web. */
    @ParameterizedTest
    @CsvSource(delimiterString = " > ", value = {"g > http://a/b/c/g", "./g > http://a/b/c/g", "g/ > http://a/b/c/g/",
            "/g > http://a/g", "//g > http://g/", "?y > http://a/b/c/d;p?y", "g?y > http://a/b/c/g?y",
            "#s > http://a/b/c/d;p?q", "g#s > http://a/b/c/g", ";x > http://a/b/c/;x", "'' > http://a/b/c/d;p?q",
            ". > http://a/b/c/", ".. > http://a/b/", "../g > http://a/b/g", "../.. > http://a/", "../../g > http://a/g",
            "../../../g > http://a/g", "/./g > http://a/g", "g. > http://a/b/c/g.", "g;x=1/../y > http://a/b/c/y",
            "g?y/../x > http://a/b/c/g?y/../x", "https://B/ > https://b/", "\\\\b\\c > http://b/c"})
    void resolve_readsReferences(String reference, String expected) {
        assertThat(WebUrl.parse("http://a/b/c/d;p?q").resolve(reference)).hasToString(expected);
    }
}
