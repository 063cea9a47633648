package io.croft.benchmarks.neighbours;

import io.croft.benchmarks.run.Percentiles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Measures a service: what it can do; how long quiet organisations wait, with a noisy one and without; and what is
 * answered in time when more and more is asked.
 */
final class Trial {

    static final double BAR_NEIGHBOUR = 1.5;
    static final double BAR_GOODPUT = .9;

    private static final double[] SHARES = {.5, .95, .99};
    private static final double JUDGED_SHARE = .99;
    private static final double[] LOADS = {.5, 1, 2, 5};
    private static final int SWEEPS = 2;
    private static final double MILLIS_NEVER = Fates.NEVER / 1e6;

    private final Service service;
    private final Size size;
    private final SplittableRandom random;

    Trial(Service service, Size size, SplittableRandom random) {
        this.service = service;
        this.size = size;
        this.random = random;
    }

    /**
     * How much.
     *
     * @param quiet   organisations beside the noisy one
     * @param times   how many times as often as one of them it asks
     * @param percent of the capacity that they ask for, all together
     * @param time    of a run
     * @param rounds  runs without the noisy one, and as many with it
     */
    record Size(int quiet, int times, int percent, Duration time, int rounds) {
    }

    /**
     * What came of it.
     *
     * @param ratio of the quiet ones' p99 with the noisy one to that without: the median over rounds
     * @param held  of what is answered in time at the highest load to the most at any
     */
    record Result(double ratio, double held) {

        boolean reached() {
            return ratio <= BAR_NEIGHBOUR && held >= BAR_GOODPUT;
        }
    }

    Result run() {
        System.out.printf(Locale.ROOT, "%n%s%n", service.name());
        double capacity = service.capacity(size.time());
        System.out.printf(Locale.ROOT, "  capacity: %,.0f a second%n", capacity);
        return new Result(neighbours(capacity), overload(capacity));
    }

    private double neighbours(double capacity) {
        double quiet = capacity * size.percent() / 100;
        double noisy = quiet / size.quiet() * size.times();
        System.out.printf(Locale.ROOT,
                "  %d organisations ask %,.2f times a second each, %,.0f in all, one %,.0f times: %.0f %% and %.0f %%"
                        + " of the capacity%n",
                size.quiet(), quiet / size.quiet(), quiet, noisy, 100 * quiet / capacity, 100 * noisy / capacity);
        service.run(quietOnes(quiet).and(noisyOne(noisy))); // to warm up
        System.out.printf(Locale.ROOT, "  %5s %19s %7s %7s %17s %7s %7s %13s %11s%n", "round", "without it: p50 ms",
                "p95", "p99", "with it: p50 ms", "p95", "p99", "p99 of its", "p99 ratio");
        List<Percentiles> without = new ArrayList<>();
        List<Percentiles> with = new ArrayList<>();
        for (int round = 0; round < size.rounds(); round++) {
            Arrivals alone = quietOnes(quiet);
            Arrivals both = alone.and(noisyOne(noisy));
            boolean aloneFirst = round % 2 == 0;
            Fates first = service.run(aloneFirst ? alone : both);
            Fates second = service.run(aloneFirst ? both : alone);
            Fates undisturbed = aloneFirst ? first : second;
            Fates beside = aloneFirst ? second : first;
            without.add(undisturbed.times(org -> org < size.quiet()));
            with.add(beside.times(org -> org < size.quiet()));
            printRound(round, undisturbed, beside);
        }
        for (double share : SHARES) {
            double[] ratios = ratios(without, with, share);
            System.out.printf(Locale.ROOT,
                    "  quiet ones' p%.0f with it ÷ without: %.2f, the median of %d rounds of %.2f to %.2f%s%n",
                    100 * share, median(ratios), ratios.length, ratios[0], ratios[ratios.length - 1],
                    share == JUDGED_SHARE ? String.format(Locale.ROOT, " (bar: at most %.1f)", BAR_NEIGHBOUR) : "");
        }
        Percentiles allWithout = together(without);
        Percentiles allWith = together(with);
        System.out.printf(Locale.ROOT, "  all rounds together: p99 %s ms without, %s with, ratio %.2f%n",
                millis(allWithout, JUDGED_SHARE), millis(allWith, JUDGED_SHARE),
                ratio(allWithout, allWith, JUDGED_SHARE));
        return median(ratios(without, with, JUDGED_SHARE));
    }

    private Arrivals quietOnes(double perSecond) {
        return Arrivals.poisson(random.split(), perSecond, size.time(), 0, size.quiet());
    }

    private Arrivals noisyOne(double perSecond) {
        return Arrivals.poisson(random.split(), perSecond, size.time(), size.quiet(), 1);
    }

    private void printRound(int round, Fates undisturbed, Fates beside) {
        Percentiles without = undisturbed.times(org -> org < size.quiet());
        Percentiles with = beside.times(org -> org < size.quiet());
        System.out.printf(Locale.ROOT, "  %5d %19s %7s %7s %17s %7s %7s %13s %11.2f%s%s%n", round + 1,
                millis(without, .5), millis(without, .95), millis(without, .99), millis(with, .5), millis(with, .95),
                millis(with, .99), millis(beside.times(org -> org == size.quiet()), .99),
                ratio(without, with, JUDGED_SHARE), said("without: ", undisturbed.failures()),
                said("with: ", beside.failures()));
    }

    /** Of each round, ascending. */
    private static double[] ratios(List<Percentiles> without, List<Percentiles> with, double share) {
        double[] ratios = new double[with.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ratio(without.get(i), with.get(i), share);
        }
        Arrays.sort(ratios);
        return ratios;
    }

    /** Infinite where so few are answered with the noisy one that there is no such time, whatever it is without. */
    private static double ratio(Percentiles without, Percentiles with, double share) {
        double millis = with.millis(share);
        return millis >= MILLIS_NEVER ? Double.POSITIVE_INFINITY : millis / without.millis(share);
    }

    /** Of an even number the upper one of the two in the middle. */
    private static double median(double[] ascending) {
        return ascending[ascending.length / 2];
    }

    private static Percentiles together(List<Percentiles> rounds) {
        return Percentiles.of(rounds.stream().flatMapToLong(round -> Arrays.stream(round.nanos())).toArray());
    }

    private double overload(double capacity) {
        List<Level> levels = new ArrayList<>();
        for (double load : LOADS) {
            levels.add(new Level(load, service.useful(), new ArrayList<>()));
        }
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (Level level : levels) {
                level.runs().add(service.run(
                        Arrivals.poisson(random.split(), level.load() * capacity, size.time(), 0, size.quiet() + 1)));
            }
        }
        double peak = levels.stream().mapToDouble(Level::inTime).max().orElseThrow();
        System.out.printf(Locale.ROOT, "  all organisations alike, answers within %,d ms are in time%n",
                service.useful().toMillis());
        System.out.printf(Locale.ROOT, "  %10s %10s %10s %11s %11s %13s  %s%n", "÷ capacity", "asked/s", "in time/s",
                "÷ the peak", "too late/s", "not at all/s", "p50 and p99 ms of those in time");
        for (Level level : levels) {
            Percentiles inTime = level.timesInTime();
            System.out.printf(Locale.ROOT, "  %10.1f %,10.0f %,10.0f %11.2f %,11.0f %,13.0f  %s, %s%s%n", level.load(),
                    level.asked(), level.inTime(), level.inTime() / peak, level.late(), level.never(),
                    millis(inTime, .5), millis(inTime, .99), said("", level.failures()));
        }
        Level highest = levels.getLast();
        double held = highest.inTime() / peak;
        System.out.printf(Locale.ROOT,
                "  at %.0f times the capacity %.2f of the peak are answered in time (bar: at least %.1f)%n",
                highest.load(), held, BAR_GOODPUT);
        return held;
    }

    /** Runs at one load. */
    private record Level(double load, Duration useful, List<Fates> runs) {

        private double perSecond(double calls) {
            return calls / runs.stream().mapToDouble(Fates::seconds).sum();
        }

        private Percentiles times() {
            return together(runs.stream().map(run -> run.times(org -> true)).toList());
        }

        Percentiles timesInTime() {
            return Percentiles.of(
                    Arrays.stream(times().nanos()).filter(nanos -> nanos <= useful.toNanos()).toArray());
        }

        double asked() {
            return perSecond(times().nanos().length);
        }

        double inTime() {
            return perSecond(timesInTime().nanos().length);
        }

        double never() {
            return perSecond((double) Arrays.stream(times().nanos()).filter(nanos -> nanos == Fates.NEVER).count());
        }

        double late() {
            return asked() - inTime() - never();
        }

        Map<String, Long> failures() {
            Map<String, Long> all = new TreeMap<>();
            runs.forEach(run -> run.failures().forEach((why, count) -> all.merge(why, count, Long::sum)));
            return all;
        }
    }

    private static String said(String which, Map<String, Long> failures) {
        return failures.isEmpty() ? "" : "  " + which + failures;
    }

    private static String millis(Percentiles times, double share) {
        double millis = times.millis(share);
        return millis >= MILLIS_NEVER ? "never" : String.format(Locale.ROOT, "%.1f", millis);
    }
}
