package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.SitePace;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How every store has sites asked by one at a time. */
public abstract class SitePaceContract extends StoreContract {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(1500);

    private final UUID one = UUID.randomUUID();
    private final UUID other = UUID.randomUUID();
    private final String host = "host-" + UUID.randomUUID() + ".example";

    private SitePace sites() {
        return store().sites();
    }

    @Test
    void turn_isOnes() {
        assertThat(sites().take(host, one, LONG)).isZero();

        assertThat(sites().take(host, other, LONG)).isPositive().isLessThanOrEqualTo(LONG);
        assertThat(sites().take("other-" + host, other, LONG)).as("of another site").isZero();
        assertThat(sites().take(host, one, LONG)).as("whoever has it").isZero();
        assertThat(sites().left(host)).as("it may be asked").isZero();
    }

    @Test
    void release_leavesTheSiteAlone() {
        sites().take(host, one, LONG);

        sites().release(host, one, SHORT);

        assertThat(sites().take(host, other, LONG)).isPositive().isLessThanOrEqualTo(SHORT);
        assertThat(sites().take(host, one, LONG)).as("for whoever had it as well").isPositive();
        assertThat(sites().left(host)).isPositive().isLessThanOrEqualTo(SHORT);
        advance(SHORT);
        assertThat(sites().left(host)).isZero();
        assertThat(sites().take(host, other, LONG)).isZero();
    }

    @Test
    void release_ofATurnThatIsAnothersDoesNothing() {
        sites().take(host, one, LONG);

        sites().release(host, other, Duration.ZERO);

        assertThat(sites().take(host, other, LONG)).isPositive();
        assertThat(sites().left(host)).isZero();
    }

    @Test
    void turn_ofOneWhoDiedEnds() {
        sites().take(host, one, SHORT);

        advance(SHORT);

        assertThat(sites().take(host, other, LONG)).isZero();
        sites().release(host, one, LONG);
        assertThat(sites().left(host)).as("what came too late counts no more").isZero();
        assertThat(sites().take(host, one, LONG)).isPositive();
    }

    @Test
    void rest_isNeverShortened() {
        sites().rest(host, LONG);
        sites().rest(host, SHORT);

        assertThat(sites().left(host)).isGreaterThan(LONG.minusMinutes(1)).isLessThanOrEqualTo(LONG);
        assertThat(sites().take(host, one, SHORT)).isGreaterThan(LONG.minusMinutes(1));
    }

    @Test
    void times_areBounded() {
        sites().rest(host, SitePace.MAX_TIME.multipliedBy(400));

        assertThat(sites().left(host)).isLessThanOrEqualTo(SitePace.MAX_TIME);
    }

    @Test
    void turn_isTakenByOneOfMany() {
        List<Duration> waits = Race.of(8, number -> sites().take(host, UUID.randomUUID(), LONG));

        assertThat(waits).filteredOn(Duration::isZero).hasSize(1);
    }
}
