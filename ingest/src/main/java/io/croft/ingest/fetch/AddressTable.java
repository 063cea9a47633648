package io.croft.ingest.fetch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses belong to the public internet. Java's own predicates know about half of what does not.
 *
 * <p>Of IPv4, everything is public but the ranges that IANA's registry of special-purpose addresses sets aside, and
 * one address of a provider's, where its machines find services of their own. Of IPv6 it is the other way round: only
 * global unicast, 2000::/3, is public, less what is set aside in it. An IPv6 address that carries an IPv4 address,
 * where a translator or a tunnel would send the packets on to, is public if that one is: the well-known prefix of
 * NAT64, 6to4, Teredo (server and client), ISATAP, and mapped addresses. Those of a network's own NAT64 prefix,
 * 64:ff9b:1::/48, are its own matter, and never public.
 */
final class AddressTable {

    private static final List<Range> SPECIAL_V4 = List.of(range("0.0.0.0", 8, "this network"),
            range("10.0.0.0", 8, "private"), range("100.64.0.0", 10, "shared by a provider's customers"),
            range("127.0.0.0", 8, "loopback"), range("168.63.129.16", 32, "a provider's own services"),
            range("169.254.0.0", 16, "link-local"),
            range("172.16.0.0", 12, "private"), range("192.0.0.0", 24, "protocol assignments"),
            range("192.0.2.0", 24, "documentation"), range("192.88.99.0", 24, "6to4 relays"),
            range("192.168.0.0", 16, "private"), range("198.18.0.0", 15, "benchmarking"),
            range("198.51.100.0", 24, "documentation"), range("203.0.113.0", 24, "documentation"),
            range("224.0.0.0", 4, "multicast"), range("240.0.0.0", 4, "reserved"));

    private static final Range TEREDO = range("2001::", 32, "Teredo");
    private static final Range SIX_TO_FOUR = range("2002::", 16, "6to4");
    private static final Range NAT64 = range("64:ff9b::", 96, "NAT64");
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};
    private static final Range GLOBAL_UNICAST = range("2000::", 3, "global unicast");

    /** Beyond global unicast these only name what is refused anyway. */
    private static final List<Range> SPECIAL_V6 = List.of(range("::1", 128, "loopback"),
            range("::", 128, "unspecified"), range("fc00::", 7, "private"), range("fe80::", 10, "link-local"),
            range("ff00::", 8, "multicast"), range("64:ff9b:1::", 48, "a network's own NAT64"),
            range("2001::", 23, "protocol assignments"), range("2001:db8::", 32, "documentation"),
            range("3fff::", 20, "documentation"));

    private AddressTable() {
    }

    /** What keeps an address from being public; empty if it is. */
    static Optional<String> special(InetAddress address) {
        return special(address.getAddress());
    }

    private static Optional<String> special(byte[] address) {
        return address.length == 4 ? first(SPECIAL_V4, address) : specialV6(address);
    }

    private static Optional<String> specialV6(byte[] address) {
        if (NAT64.holds(address) || Arrays.equals(address, 0, 12, MAPPED, 0, 12)) {
            return special(Arrays.copyOfRange(address, 12, 16));
        }
        if (SIX_TO_FOUR.holds(address)) {
            return special(Arrays.copyOfRange(address, 2, 6)).or(() -> specialIsatap(address));
        }
        if (TEREDO.holds(address)) {
            return special(Arrays.copyOfRange(address, 4, 8)).or(() -> special(teredoClient(address)));
        }
        Optional<String> named = first(SPECIAL_V6, address);
        if (named.isPresent()) {
            return named;
        }
        return GLOBAL_UNICAST.holds(address) ? specialIsatap(address) : Optional.of("not global unicast");
    }

    /** An interface identifier of ISATAP is 0000:5efe or 0200:5efe, then an IPv4 address. */
    private static Optional<String> specialIsatap(byte[] address) {
        boolean isatap = (address[8] & ~2) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == (byte) 0xfe;
        return isatap ? special(Arrays.copyOfRange(address, 12, 16)) : Optional.empty();
    }

    private static byte[] teredoClient(byte[] address) {
        byte[] client = Arrays.copyOfRange(address, 12, 16);
        for (int i = 0; i < client.length; i++) {
            client[i] = (byte) ~client[i];
        }
        return client;
    }

    private static Optional<String> first(List<Range> ranges, byte[] address) {
        return ranges.stream().filter(range -> range.holds(address)).map(Range::name).findFirst();
    }

    private static Range range(String address, int bits, String name) {
        return new Range(address, bits, name);
    }

    private static final class Range {

        private final byte[] start;
        private final int bits;
        private final String name;

        /** The text must be an address, which is never looked up. */
        Range(String address, int bits, String name) {
            try {
                this.start = InetAddress.getByName(address).getAddress();
            } catch (UnknownHostException e) {
                throw new IllegalStateException(address + " is no address", e);
            }
            this.bits = bits;
            this.name = name;
        }

        String name() {
            return name;
        }

        boolean holds(byte[] address) {
            int whole = bits / Byte.SIZE;
            if (address.length != start.length || !Arrays.equals(address, 0, whole, start, 0, whole)) {
                return false;
            }
            int rest = bits % Byte.SIZE;
            return rest == 0 || ((address[whole] ^ start[whole]) & 0xff) >> (Byte.SIZE - rest) == 0;
        }
    }
}
