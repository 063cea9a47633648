package io.croft.benchmarks.tenancy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The forms in which bytes get out of a program. */
final class Disguises {

    private static final int BITS = 6;

    private Disguises() {
    }

    /**
     * These bytes in each form, by its name, as far as it is long enough to be looked for. What stands before and
     * after them in a text that is put into base64 as a whole does not matter.
     */
    static Map<String, byte[]> of(byte[] plain) {
        Map<String, byte[]> forms = new LinkedHashMap<>();
        forms.put("as it is", plain);
        forms.put("UTF-16", wide(plain));
        for (int before = 0; before < 3; before++) {
            String base64 = base64(plain, before);
            forms.put("base64, " + before, ascii(base64));
            forms.put("base64 for URLs, " + before, ascii(base64.replace('+', '-').replace('/', '_')));
        }
        forms.put("hexadecimal", ascii(HexFormat.of().formatHex(plain)));
        forms.put("as numbers", ascii(numbers(plain)));
        forms.put("every byte escaped", ascii(escaped(plain)));
        forms.put("as in a URL", ascii(URLEncoder.encode(new String(plain, StandardCharsets.ISO_8859_1),
                StandardCharsets.ISO_8859_1)));
        forms.put("reversed", reversed(plain));
        forms.values().removeIf(form -> form.length < PatternScan.MIN_BYTES);
        return forms;
    }

    /** As UTF-16 has it in either order, without the zero at one end. */
    private static byte[] wide(byte[] plain) {
        byte[] wide = new byte[2 * plain.length - 1];
        for (int i = 0; i < plain.length; i++) {
            wide[2 * i] = plain[i];
        }
        return wide;
    }

    /** The characters that these bytes alone decide when so many others stand before them. */
    private static String base64(byte[] plain, int before) {
        byte[] shifted = new byte[before + plain.length];
        System.arraycopy(plain, 0, shifted, before, plain.length);
        String all = Base64.getEncoder().withoutPadding().encodeToString(shifted);
        return all.substring((before * Byte.SIZE + BITS - 1) / BITS, shifted.length * Byte.SIZE / BITS);
    }

    private static String numbers(byte[] plain) {
        String list = Arrays.toString(plain);
        return list.substring(1, list.length() - 1);
    }

    private static String escaped(byte[] plain) {
        StringBuilder text = new StringBuilder();
        for (byte b : plain) {
            text.append(String.format(Locale.ROOT, "%%%02x", b));
        }
        return text.toString();
    }

    private static byte[] reversed(byte[] plain) {
        byte[] reversed = new byte[plain.length];
        for (int i = 0; i < plain.length; i++) {
            reversed[i] = plain[plain.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
