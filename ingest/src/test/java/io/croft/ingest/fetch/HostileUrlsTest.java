package io.croft.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.contract.Seed;
import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Thousands of URLs that lead, over redirects, to public hosts or to where nobody may be led: spelled oddly, behind
 * names, and by names that change their address between two lookups.
 */
class HostileUrlsTest {

    private static final int CHAINS = 5_200;
    private static final int PUBLIC_NAMES = 100;
    private static final String[] INTERNAL = {"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1",
            "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1",
            "198.18.0.1", "198.51.100.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"};
    private static final String[] PUBLIC = {"1.1.1.1", "8.8.8.8", "93.184.215.14", "151.101.1.69", "172.15.0.1",
            "172.32.0.1", "100.63.0.1", "192.169.0.1", "2606:4700::6810:84e5", "2a00:1450:4001:81b::200e",
            "64:ff9b::808:808", "2002:808:808::1"};
    private static final String[] INTERNAL_V6 = {"::1", "::", "fc00::1", "fd12:3456::1", "fe80::1", "ff02::1",
            "64:ff9b:1::1", "2001:db8::1", "100::1", "fec0::1"};
    private static final String[] NO_HOST = {"http://%31%32%37.0.0.1/", "http://[::1%25lo]/", "http://[fe80::1%251]/",
            "http://127.0.0.1:22/", "http://8.8.8.8:6379/", "file:///etc/passwd", "ftp://127.0.0.1/",
            "gopher://127.0.0.1:6379/_FLUSHALL", "jar:http://127.0.0.1/a!/", "dict://127.0.0.1/",
            "http://good.example@127.0.0.1/", "http://127.0.0.1%2f@8.8.8.8/", "http://good.example%00.127.0.0.1/",
            "http://user:pass@8.8.8.8/", "http://256.256.256.256/", "http://127.0.0.1.1/", "http://0x7f.0.0.0.1/",
            "netdoc:///etc/passwd", "http:127.0.0.1", "http:///127.0.0.1/", "javascript:1", "data:text/plain,a"};

    private final Random random = Seed.random("HostileUrlsTest");
    private int names;

    @Test
    void fetch_reachesPublicHostsAndNoOther() throws IOException {
        int hostile = 0;
        try (TestWeb web = new TestWeb(); Fetcher fetcher = web.fetcher().build()) {
            for (int i = 0; i < PUBLIC_NAMES; i++) {
                web.name("p" + i + ".example", List.of(addresses(PUBLIC)));
            }
            for (int i = 0; i < CHAINS; i++) {
                boolean bad = random.nextBoolean();
                String last = bad ? hostile(web, i) : open(web, i);
                String first = chain(web, i, last);

                String outcome = outcome(fetcher, first);

                assertThat(outcome).as("%s … %s", first, last).isEqualTo(bad ? "refused" : "200");
                hostile += bad ? 1 : 0;
            }
            assertThat(web.internalConnections()).as("connections to internal addresses").isZero();
            assertThat(hostile).isBetween(CHAINS / 3, CHAINS * 2 / 3);
        }
    }

    /** Up to two public hosts, each of which redirects to the next. */
    private String chain(TestWeb web, int number, String last) {
        String next = last;
        for (int hop = random.nextInt(3); hop > 0; hop--) {
            String path = "/" + number + "/" + hop;
            web.redirect(path, next);
            next = "http://p" + random.nextInt(PUBLIC_NAMES) + ".example" + path;
        }
        return next;
    }

    private static String outcome(Fetcher fetcher, String url) {
        try {
            return Integer.toString(fetcher.fetch(FetchRequest.of(url)).status());
        } catch (FetchException e) {
            return switch (e.reason()) {
                case INVALID_URL, FORBIDDEN_ADDRESS, FORBIDDEN_PORT -> "refused";
                case UNKNOWN_HOST, UNREACHABLE, TIMEOUT, INTERRUPTED, TOO_MANY_REDIRECTS, TOO_LARGE, UNREADABLE ->
                        e.toString();
            };
        }
    }

    private String hostile(TestWeb web, int number) {
        return switch (random.nextInt(7)) {
            case 0 -> "http://" + port(spelled(one(INTERNAL))) + "/";
            case 1 -> "http://" + port("[" + one(INTERNAL_V6) + "]") + "/";
            case 2 -> "http://[" + carrying(one(INTERNAL)) + "]/";
            case 3 -> "http://" + name(web, List.of(addresses(INTERNAL))) + "/";
            case 4 -> "http://" + name(web, List.of(List.of(address(PUBLIC), address(INTERNAL)))) + "/";
            case 5 -> rebinding(web, number);
            default -> one(NO_HOST);
        };
    }

    /** Public when it is looked up first, where it redirects to itself, and internal from then on. */
    private String rebinding(TestWeb web, int number) {
        String host = name(web, List.of(addresses(PUBLIC), addresses(INTERNAL)));
        web.redirect("/rebinding/" + number, random.nextBoolean() ? "/inside" : "http://" + host + ":80/inside");
        return "http://" + host + "/rebinding/" + number;
    }

    private String open(TestWeb web, int number) {
        String path = "/open/" + number + (random.nextBoolean() ? "?to=http://127.0.0.1/" : "#@127.0.0.1/");
        return switch (random.nextInt(5)) {
            case 0 -> "http://p" + random.nextInt(PUBLIC_NAMES) + ".EXAMPLE." + path;
            case 1 -> "http://" + port(name(web, List.of(addresses(PUBLIC), addresses(INTERNAL)))) + path;
            case 2 -> "http://" + port(spelled(PUBLIC[random.nextInt(8)])) + path;
            case 3 -> "http://[" + PUBLIC[8 + random.nextInt(PUBLIC.length - 8)] + "]" + path;
            default -> {
                String label = "b\u00fccher" + number;
                web.name(IDN.toASCII(label) + ".example", List.of(addresses(PUBLIC)));
                yield "http://"
                        + (random.nextBoolean() ? label + ".example" : label.toUpperCase(Locale.ROOT) + "\u3002example")
                        + path;
            }
        };
    }

    private String name(TestWeb web, List<List<InetAddress>> answers) {
        String host = "n" + names++ + ".example";
        web.name(host, answers);
        return host;
    }

    private List<InetAddress> addresses(String[] of) {
        return List.of(address(of));
    }

    private InetAddress address(String[] of) {
        return TestWeb.address(one(of));
    }

    private String one(String[] of) {
        return of[random.nextInt(of.length)];
    }

    private String port(String host) {
        return host + one(new String[]{"", ":80", ":443", ":"});
    }

    /** An address of IPv4 in one of the ways in which inet_aton reads it. */
    private String spelled(String address) {
        byte[] bytes = TestWeb.address(address).getAddress();
        int kept = random.nextInt(4);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < kept; i++) {
            text.append(number(bytes[i] & 0xffL)).append('.');
        }
        long rest = 0;
        for (int i = kept; i < bytes.length; i++) {
            rest = (rest << 8) | (bytes[i] & 0xffL);
        }
        text.append(number(rest)).append(random.nextInt(4) == 0 ? "." : "");
        return random.nextInt(4) == 0 ? wide(text.toString()) : text.toString();
    }

    private String number(long value) {
        return switch (random.nextInt(4)) {
            case 0 -> "0" + Long.toOctalString(value);
            case 1 -> "0x" + Long.toHexString(value);
            case 2 -> "0X000" + Long.toHexString(value).toUpperCase(Locale.ROOT);
            default -> Long.toString(value);
        };
    }

    /** In the full-width forms of its digits, letters and dots. */
    private static String wide(String text) {
        StringBuilder wide = new StringBuilder();
        text.chars().forEach(c -> wide.append((char) (c - 0x20 + 0xff00)));
        return wide.toString();
    }

    /** An address of IPv6 that carries one of IPv4 to a translator or through a tunnel. */
    private String carrying(String address) {
        byte[] b = TestWeb.address(address).getAddress();
        int first = ((b[0] & 0xff) << 8) | (b[1] & 0xff);
        int second = ((b[2] & 0xff) << 8) | (b[3] & 0xff);
        String high = Integer.toHexString(first);
        String low = Integer.toHexString(second);
        String notHigh = Integer.toHexString(~first & 0xffff);
        String notLow = Integer.toHexString(~second & 0xffff);
        return switch (random.nextInt(10)) {
            case 0 -> "::ffff:" + address;
            case 1 -> "::FFFF:" + high + ":" + low;
            case 2 -> "::" + address;
            case 3 -> "64:ff9b::" + address;
            case 4 -> "64:ff9b:1:" + high + ":0:" + low + "::";
            case 5 -> "2002:" + high + ":" + low + "::1";
            case 6 -> "2001:0:" + high + ":" + low + "::f7f7:f7f7";
            case 7 -> "2001:0:808:808:0:0:" + notHigh + ":" + notLow;
            case 8 -> "2606:4700::5efe:" + high + ":" + low;
            default -> "2606:4700::200:5efe:" + high + ":" + low;
        };
    }
}
