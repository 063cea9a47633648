package io.croft.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.contract.Seed;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTableTest {

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
            "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.169.254", "172.16.0.0", "172.31.255.255",
            "192.0.0.0", "192.0.0.255", "192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
            "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.0",
            "255.255.255.255", "::", "::1", "::7f00:1", "::808:808", "::ffff:0:808:808", "64:ff9b::7f00:1",
            "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "64:ff9b:1::808:808", "64:ff9b:0:1::1",
            "100::1", "2001::1", "2001:0:7f00:1::f7f7:f7f7", "2001:0:808:808::80ff:fffe", "2001:2::1", "2001:10::1",
            "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1",
            "2002:808:808::5efe:a00:1", "2606:4700::5efe:c0a8:1", "2606:4700::200:5efe:7f00:1", "3fff::1",
            "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
            "1fff:ffff::1"})
    void special_namesWhatIsNotPublic(String address) throws UnknownHostException {
        assertThat(AddressTable.special(InetAddress.getByName(address))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0",
            "172.15.255.255", "172.32.0.0",
            "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.0", "192.88.100.0", "192.167.255.255",
            "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.0", "198.51.101.0", "203.0.112.0",
            "203.0.114.0", "223.255.255.255", "64:ff9b::808:808", "2000::1", "2001:200::1", "2001:db7::1",
            "2001:db9::1", "2001:0:808:808::f7f7:f7f7", "2002:808:808::1", "2002:808:808::5efe:808:808",
            "2606:4700::1111", "2606:4700::5efe:808:808", "2606:4700::100:5efe:7f00:1", "3ffe::1", "3fff:1000::1",
            "2a00:1450:4001::1"})
    void special_isEmptyForWhatIsPublic(String address) throws UnknownHostException {
        assertThat(AddressTable.special(InetAddress.getByName(address))).isEmpty();
    }

    @Test
    void special_agreesWithAnotherTable() throws UnknownHostException {
        Random random = Seed.random("special_agreesWithAnotherTable");
        int special = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = OtherTable.near(random);

            InetAddress address = InetAddress.getByAddress(bytes);

            assertThat(AddressTable.special(address).isPresent()).as(address.getHostAddress())
                    .isEqualTo(OtherTable.internal(address));
            special += OtherTable.internal(address) ? 1 : 0;
        }
        assertThat(special).isBetween(10_000, 90_000);
    }
}
