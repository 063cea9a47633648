package io.croft.engine.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.engine.limits.ServedCalls.Fates;
import io.croft.engine.limits.ServedCalls.Stream;
import io.croft.limits.LoadShedding;
import io.croft.spi.contract.Seed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What load shedding keeps with its default bounds, in simulated time on four processors. */
class OverloadTest {

    private static final int PROCESSORS = 4;
    private static final int ORGS = 100;
    private static final int NOISY = 99;
    private static final double SECONDS = 30;
    /** As on a machine of these processors, whichever this one has. */
    private static final LoadShedding DEFAULT = LoadShedding.adaptive().withLeast(8);

    private final Random random = Seed.random("OverloadTest");

    private ServedCalls process(double callMillis, Optional<LoadShedding> shedding) {
        return new ServedCalls(PROCESSORS, callMillis, random, shedding);
    }

    private static List<Stream> alike(double perSecond) {
        return List.of(new Stream(perSecond, 0, ORGS));
    }

    /** Searches that are answered within a second, of each that can be done. */
    private static double goodput(ServedCalls process, double load) {
        process.run(SECONDS, alike(load * process.capacity()));
        return process.of(0, ORGS).inTime / SECONDS / process.capacity();
    }

    @ParameterizedTest
    @ValueSource(doubles = {2, 10, 50})
    void atFiveTimesWhatCanBeDone_asMuchIsDoneAsAtMost(double callMillis) {
        ServedCalls process = process(callMillis, Optional.of(DEFAULT));
        double peak = 0;
        for (double load : new double[]{0.5, 0.9, 2}) {
            peak = Math.max(peak, goodput(process, load));
        }

        double held = goodput(process, 5);

        assertThat(peak).isBetween(0.85, 1.05);
        assertThat(held / peak).isGreaterThanOrEqualTo(0.9);
    }

    /** So the simulation shows what it is there to show. */
    @Test
    void withoutLoadShedding_hardlyAnythingIsDoneInTime() {
        ServedCalls process = process(10, Optional.empty());

        assertThat(goodput(process, 0.9)).isGreaterThan(0.8);
        assertThat(goodput(process, 5)).isLessThan(0.2);
    }

    @Test
    void afterAnOverload_nothingIsRefusedAnyMore() {
        ServedCalls process = process(10, Optional.of(DEFAULT));
        goodput(process, 5);
        goodput(process, 0.5);

        goodput(process, 0.5);

        Fates all = process.of(0, ORGS);
        assertThat(all.refused).isLessThan(all.asked / 1_000);
    }

    /** A process that is started again while everybody waits for it. */
    @Test
    void aProcessThatBeginsInAnOverload_comesToDoWhatItCan() {
        ServedCalls process = process(50, Optional.of(DEFAULT));
        goodput(process, 5);

        assertThat(goodput(process, 5)).isGreaterThan(0.9);
    }

    /** The quiet ones alone use six tenths; with the noisy one it is a fifth more than can be done. */
    @Test
    void oneOrgAtAHundredTimes_isTheOneThatIsRefused() {
        ServedCalls process = process(10, Optional.of(DEFAULT));
        double quiet = 0.6 * process.capacity();
        double noisy = 100 * quiet / NOISY;
        process.run(SECONDS, List.of(new Stream(quiet, 0, NOISY)));

        process.run(2 * SECONDS, List.of(new Stream(quiet, 0, NOISY), new Stream(noisy, NOISY, ORGS)));

        Fates others = process.of(0, NOISY);
        Fates flooding = process.of(NOISY, ORGS);
        assertThat((double) flooding.refused / flooding.asked).as("refused of the noisy one").isGreaterThan(0.2);
        assertThat((double) others.refused / others.asked).as("refused of the quiet ones").isLessThan(0.01);
        assertThat((double) others.inTime / others.asked).as("in time of the quiet ones").isGreaterThan(0.98);
        assertThat(flooding.longestWait).isBetween(Duration.ofMillis(25), Duration.ofSeconds(8));
    }

    /** Each of three alone asks for more than can be done. */
    @Test
    void threeOrgsThatFlood_areTheOnesThatAreRefused() {
        ServedCalls process = process(10, Optional.of(DEFAULT));
        double quiet = 0.5 * process.capacity();
        process.run(SECONDS, List.of(new Stream(quiet, 0, NOISY)));

        process.run(2 * SECONDS, List.of(new Stream(quiet, 0, 97), new Stream(5 * process.capacity(), 97, ORGS)));

        Fates others = process.of(0, 97);
        Fates flooding = process.of(97, ORGS);
        assertThat((double) flooding.refused / flooding.asked).isGreaterThan(0.8);
        assertThat((double) others.refused / others.asked).isLessThan(0.02);
    }
}
