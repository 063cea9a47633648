package io.croft.ingest.fetch;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The table of addresses once more, made in another way: as first and last numbers. */
final class OtherTable {

    private static final List<BigInteger[]> INTERNAL_V4 = List.of(of("0.0.0.0", "0.255.255.255"),
            of("10.0.0.0", "10.255.255.255"), of("100.64.0.0", "100.127.255.255"), of("127.0.0.0", "127.255.255.255"),
            of("169.254.0.0", "169.254.255.255"), of("172.16.0.0", "172.31.255.255"), of("192.0.0.0", "192.0.0.255"),
            of("192.0.2.0", "192.0.2.255"), of("192.88.99.0", "192.88.99.255"), of("192.168.0.0", "192.168.255.255"),
            of("198.18.0.0", "198.19.255.255"), of("198.51.100.0", "198.51.100.255"),
            of("203.0.113.0", "203.0.113.255"), of("224.0.0.0", "255.255.255.255"));

    private static final List<BigInteger[]> INTERNAL_V6 =
            List.of(of("::", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff"),
                    of("64:ff9b::1:0:0", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                    of("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
                    of("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
                    of("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
                    of("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

    private static final String[] EDGES = {"0.0.0.0", "1.0.0.0", "10.0.0.0", "11.0.0.0", "100.64.0.0", "100.128.0.0",
            "127.0.0.0", "128.0.0.0", "169.254.0.0", "172.16.0.0", "172.32.0.0", "192.0.0.0", "192.0.2.0",
            "192.88.99.0", "192.168.0.0", "198.18.0.0", "198.20.0.0", "198.51.100.0", "203.0.113.0", "224.0.0.0",
            "::", "64:ff9b::", "64:ff9b:1::", "2000::", "2001::", "2001:1::", "2001:200::", "2001:db8::", "2002::",
            "2606:4700::5efe:0:0", "2606:4700::200:5efe:0:0", "3fff::", "3fff:1000::", "4000::", "fc00::", "fe80::",
            "ff00::"};

    private OtherTable() {
    }

    static boolean internal(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return within(INTERNAL_V4, bytes);
        }
        String hex = "%032x".formatted(new BigInteger(1, bytes));
        if (hex.startsWith("0064ff9b0000000000000000")) {
            return internalV4(hex.substring(24));
        }
        if (within(INTERNAL_V6, bytes)) {
            return true;
        }
        if (hex.startsWith("20010000")) {
            BigInteger client = new BigInteger(hex.substring(24), 16).xor(BigInteger.valueOf(0xffff_ffffL));
            return internalV4(hex.substring(8, 16)) || internalV4("%08x".formatted(client));
        }
        boolean isatap = hex.startsWith("00005efe", 16) || hex.startsWith("02005efe", 16);
        return (hex.startsWith("2002") && internalV4(hex.substring(4, 12)))
                || (isatap && internalV4(hex.substring(24)));
    }

    /** An address of either kind close to the edge of a range, or one that carries such an address of IPv4. */
    static byte[] near(Random random) throws UnknownHostException {
        byte[] bytes = InetAddress.getByName(EDGES[random.nextInt(EDGES.length)]).getAddress();
        BigInteger moved = new BigInteger(1, bytes)
                .add(new BigInteger(random.nextInt(bytes.length * 8), random)
                        .multiply(BigInteger.valueOf(random.nextInt(3) - 1)))
                .mod(BigInteger.ONE.shiftLeft(bytes.length * 8));
        byte[] padded = fixed(moved, bytes.length);
        if (bytes.length == 16 && random.nextBoolean()) {
            byte[] inner = new byte[4];
            random.nextBytes(inner);
            if (random.nextBoolean()) {
                inner[0] = (byte) (random.nextBoolean() ? 10 : 127);
            }
            int[] places = {2, 4, 12};
            System.arraycopy(inner, 0, padded, places[random.nextInt(places.length)], 4);
        }
        return padded;
    }

    private static byte[] fixed(BigInteger number, int length) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[length];
        int taken = Math.min(bytes.length, length);
        System.arraycopy(bytes, bytes.length - taken, fixed, length - taken, taken);
        return fixed;
    }

    private static boolean internalV4(String hex) {
        return within(INTERNAL_V4, fixed(new BigInteger(hex, 16), 4));
    }

    private static boolean within(List<BigInteger[]> ranges, byte[] bytes) {
        BigInteger number = new BigInteger(1, bytes);
        return ranges.stream().anyMatch(range -> number.compareTo(range[0]) >= 0 && number.compareTo(range[1]) <= 0);
    }

    private static BigInteger[] of(String first, String last) {
        try {
            return new BigInteger[]{number(first), number(last)};
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(Arrays.asList(first, last).toString(), e);
        }
    }

    private static BigInteger number(String address) throws UnknownHostException {
        return new BigInteger(1, InetAddress.getByName(address).getAddress());
    }
}
