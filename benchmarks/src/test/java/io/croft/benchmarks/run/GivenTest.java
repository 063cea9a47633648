package io.croft.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GivenTest {

    @Test
    void sizes_areReadByName() {
        assertThat(Given.sizes("orgs=10000, seconds=1800")).isEqualTo(Map.of("orgs", 10_000L, "seconds", 1_800L));
        assertThat(Given.sizes(" ")).isEmpty();
    }

    @Test
    void sizes_refuseWhatNoBenchmarkHas() {
        for (String wrong : new String[]{"org=10", "orgs", "orgs=", "orgs=ten", "orgs=1,", "orgs=-1"}) {
            assertThatThrownBy(() -> Given.sizes(wrong)).as(wrong).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("croft.size").hasMessageContaining("seconds");
        }
    }
}
