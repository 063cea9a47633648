package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.benchmarks.run.Seed;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PatternScanTest {

    private final Random random = new Random(Seed.choose("PatternScanTest"));

    private static List<Integer> found(List<byte[]> patterns, byte[] bytes) {
        List<Integer> found = new ArrayList<>();
        new PatternScan(patterns).find(bytes, (pattern, at) -> found.add(pattern));
        return found;
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void find_tellsOfEachPatternWhereverItIs() {
        List<byte[]> patterns = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            patterns.add(bytes(8 + random.nextInt(20)));
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] pattern : patterns) {
            all.writeBytes(bytes(random.nextInt(3)));
            all.writeBytes(pattern);
        }

        assertThat(new TreeSet<>(found(patterns, all.toByteArray()))).hasSize(500);
    }

    @Test
    void find_knowsPatternsThatBeginAlikeAndBothCasesOfLetters() {
        List<byte[]> patterns = List.of(ascii("beginning-one"), ascii("beginning-two"), ascii("beginning"),
                ascii("beginning-one"));

        assertThat(found(patterns, ascii("a BEGINNING-One"))).containsExactlyInAnyOrder(0, 2, 3);
        assertThat(found(patterns, ascii("beginnin"))).isEmpty();
        assertThat(found(patterns, ascii("beginning-on"))).containsExactly(2);
    }

    @Test
    void pattern_isOfEightBytesAtLeast() {
        assertThatThrownBy(() -> new PatternScan(List.of(ascii("1234567"))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void disguises_areFoundInWhateverIsAroundThem() {
        byte[] plain = bytes(12);
        List<byte[]> patterns = List.copyOf(Disguises.of(plain).values());
        for (int before = 0; before < 7; before++) {
            ByteArrayOutputStream around = new ByteArrayOutputStream();
            around.writeBytes(bytes(before));
            around.writeBytes(plain);
            around.writeBytes(bytes(before % 4));
            byte[] whole = around.toByteArray();
            byte[] backwards = new byte[whole.length];
            for (int i = 0; i < whole.length; i++) {
                backwards[i] = whole[whole.length - 1 - i];
            }
            String text = new String(whole, StandardCharsets.ISO_8859_1);

            assertThat(List.of(whole, backwards, ascii(Base64.getEncoder().encodeToString(whole)),
                    ascii(Base64.getUrlEncoder().withoutPadding().encodeToString(whole)),
                    ascii(HexFormat.of().formatHex(whole)), ascii(HexFormat.of().withUpperCase().formatHex(whole)),
                    ascii(Arrays.toString(whole)),
                    ascii(URLEncoder.encode(text, StandardCharsets.ISO_8859_1)),
                    ascii(HexFormat.of().withPrefix("%").formatHex(whole).toUpperCase(Locale.ROOT))))
                    .allSatisfy(form -> assertThat(found(patterns, form)).isNotEmpty());
        }
    }

    @Test
    void textInUtf16_isFoundInEitherOrder() {
        List<byte[]> patterns = List.copyOf(Disguises.of(ascii("canaryqx")).values());

        assertThat(found(patterns, "a canaryqx".getBytes(StandardCharsets.UTF_16BE))).isNotEmpty();
        assertThat(found(patterns, "a canaryqx b".getBytes(StandardCharsets.UTF_16LE))).isNotEmpty();
    }
}
