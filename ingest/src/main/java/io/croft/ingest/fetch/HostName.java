package io.croft.ingest.fetch;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The host of a URL in its one spelling: a name in lower case and ASCII, without a dot at its end, or an address as
 * Java writes it. IPv4 is read as browsers read it, so that {@code 0177.1}, {@code 0x7f000001} and {@code 2130706433}
 * are all 127.0.0.1: what is read otherwise here than by whoever connects is the way past every check.
 *
 * @param text    as in the {@code Host} header, but that brackets of IPv6 are left out
 * @param address the address that the text is; null if it is a name
 */
record HostName(String text, @Nullable InetAddress address) {

    private static final int MOST_CHARS = 253;
    private static final int MOST_LABEL_CHARS = 63;
    private static final int V4_PARTS = 4;
    private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?");
    private static final Pattern NUMBER = Pattern.compile("\\d+|0x[0-9a-f]*");
    private static final Pattern V6 = Pattern.compile("[0-9a-f:.]*:[0-9a-f:.]*");

    /** The host that a URL names, brackets included; empty if no such host can be. */
    static Optional<HostName> parse(String host) {
        if (host.startsWith("[") && host.endsWith("]")) {
            return v6(host.substring(1, host.length() - 1).toLowerCase(Locale.ROOT));
        }
        return ascii(host).map(name -> name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
                .flatMap(HostName::nameOrV4);
    }

    /** As it stands in a URL. */
    String inUrl() {
        return text.indexOf(':') >= 0 ? "[" + text + "]" : text;
    }

    private static Optional<String> ascii(String host) {
        try {
            return Optional.of(IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<HostName> nameOrV4(String name) {
        String[] labels = name.split("\\.", -1);
        if (NUMBER.matcher(labels[labels.length - 1]).matches()) {
            return v4(labels);
        }
        if (name.length() > MOST_CHARS) {
            return Optional.empty();
        }
        for (String label : labels) {
            if (label.length() > MOST_LABEL_CHARS || !LABEL.matcher(label).matches()) {
                return Optional.empty();
            }
        }
        return Optional.of(new HostName(name, null));
    }

    /** One to four numbers, each decimal, octal or hexadecimal; the last fills all bytes that are left. */
    private static Optional<HostName> v4(String[] labels) {
        List<Long> numbers = new ArrayList<>();
        for (String label : labels) {
            Optional<Long> number = number(label);
            if (number.isEmpty() || numbers.size() == V4_PARTS) {
                return Optional.empty();
            }
            numbers.add(number.get());
        }
        long address = 0;
        for (int i = 0; i < numbers.size(); i++) {
            boolean last = i == numbers.size() - 1;
            int bits = last ? Byte.SIZE * (V4_PARTS - i) : Byte.SIZE;
            if (numbers.get(i) >= 1L << bits) {
                return Optional.empty();
            }
            address |= numbers.get(i) << (last ? 0 : Byte.SIZE * (V4_PARTS - 1 - i));
        }
        byte[] bytes = {(byte) (address >> 24), (byte) (address >> 16), (byte) (address >> 8), (byte) address};
        return literal(() -> InetAddress.getByAddress(bytes));
    }

    private static Optional<Long> number(String label) {
        if (!NUMBER.matcher(label).matches()) {
            return Optional.empty();
        }
        try {
            if (label.startsWith("0x")) {
                return Optional.of(label.length() == 2 ? 0 : Long.parseLong(label.substring(2), 16));
            }
            return Optional.of(Long.parseLong(label, label.startsWith("0") ? 8 : 10));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Without a zone: that would name an interface of this machine. */
    private static Optional<HostName> v6(String text) {
        return V6.matcher(text).matches() ? literal(() -> InetAddress.getByName(text)) : Optional.empty();
    }

    private static Optional<HostName> literal(Literal literal) {
        try {
            InetAddress address = literal.read();
            return Optional.of(new HostName(address.getHostAddress(), address));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private interface Literal {

        InetAddress read() throws UnknownHostException;
    }
}
