package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.benchmarks.run.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A third of what can be done to a schema, by chance; the benchmark does all of it. */
class SabotageTest {

    @Test
    void sabotage_isFoundWhereItIsAndNothingElsewhere() throws Exception {
        Random random = new Random(Seed.choose("SabotageTest"));
        Set<Sabotage> chosen = Sabotage.all(15).stream().filter(one -> one.needsProbe() || random.nextInt(3) == 0)
                .collect(Collectors.toSet());

        SabotageProof.Report report = SabotageProof.run(2, chosen::contains, Sabotage::needsProbe);

        System.out.println("SabotageTest: " + report.sabotages() + " sabotages");
        assertThat(report.alarms()).isEmpty();
        assertThat(report.missed()).isEmpty();
        assertThat(report.sabotages()).isGreaterThan(30);
    }

    @Test
    void sabotages_areDistinct() {
        List<Sabotage> all = Sabotage.all(18);

        assertThat(new HashSet<>(all)).hasSameSizeAs(all);
        assertThat(all.stream().map(Sabotage::sql).distinct().count()).isGreaterThan(80);
    }

    @Test
    void codes_areDocumented() throws IOException {
        String security = Files.readString(Path.of("..", "docs", "security.md"));

        assertThat(Sabotage.all(18)).allSatisfy(one -> assertThat(security).contains("`" + one.code() + "`"));
    }
}
