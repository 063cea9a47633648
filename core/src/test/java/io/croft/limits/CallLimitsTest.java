package io.croft.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallLimitsTest {

    @Test
    void standard_hasFourTiersForActorsAndOrgs() {
        Map<Tier, CallRate> tiers = Map.of(Tier.LOW, new CallRate(30, 10), Tier.STANDARD, new CallRate(100, 20),
                Tier.HIGH, new CallRate(300, 50), Tier.EXPENSIVE, new CallRate(10, 2));

        assertThat(CallLimits.standard().actors()).isEqualTo(tiers);
        assertThat(CallLimits.standard().orgs()).isEqualTo(tiers);
        assertThat(CallLimits.none().isNone()).isTrue();
    }

    @Test
    void limits_changeOneByOne() {
        CallRate rate = new CallRate(7, 3);
        CallLimits limits = CallLimits.none().withActors(Tier.LOW, rate).withOrgs(Tier.HIGH, rate)
                .withOrgs(Tier.LOW, rate).withoutOrgs(Tier.LOW);

        assertThat(limits.actors()).isEqualTo(Map.of(Tier.LOW, rate));
        assertThat(limits.orgs()).isEqualTo(Map.of(Tier.HIGH, rate));
        assertThat(limits.isNone()).isFalse();
        assertThat(limits.withoutActors(Tier.LOW).withoutOrgs(Tier.HIGH)).isEqualTo(CallLimits.none());
    }

    @Test
    void values_areBounded() {
        for (int bad : new int[]{0, -1, CallRate.MAX_PER_MINUTE + 1}) {
            assertThatThrownBy(() -> new CallRate(bad, 1)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(Integer.toString(bad));
        }
        for (int bad : new int[]{0, -1, CallRate.MAX_BURST + 1}) {
            assertThatThrownBy(() -> new CallRate(1, bad)).isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(Integer.toString(bad));
        }
        assertThatThrownBy(() -> CallLimits.standard().withActors(Tier.FREE, new CallRate(1, 1)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("FREE");
        assertThat(new CallRate(1, 1).nanosPerToken()).isEqualTo(60_000_000_000L);
        assertThat(new CallRate(CallRate.MAX_PER_MINUTE, 1).nanosPerToken()).isEqualTo(60_000L);
    }
}
