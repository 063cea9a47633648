package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.CallRefusedException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Benchmark;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.engine.limits.RateAdmission;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Operation;
import io.croft.limits.CallLimits;
import io.croft.limits.CallRate;
import io.croft.limits.Tier;
import io.croft.spi.RateStore.Answer;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * What limits of calls can do and what they do to whoever keeps to them, on a Postgres that waits for the disk: how
 * many calls a second are counted exactly, and whether no more were let in than may be; then how many calls of
 * compliant callers are refused that go through four processes.
 */
public final class LimitsBenchmark implements Benchmark {

    static final double BAR_DECISIONS = 10_000;
    static final double BAR_REFUSED = .001;

    private static final int ORGS = 100;
    private static final int ACTORS = 20;
    private static final int THREADS = 512;
    /** More than is asked of each organisation but the first, of which half of all is asked. */
    private static final CallRate RATE = new CallRate(60_000, 500);
    private static final int ROUNDS = 3;
    private static final Duration ROUND = Duration.ofSeconds(10);
    private static final int CALLS = 100_000;
    private static final int PROCESSES = 4;
    private static final Duration LEAD = Duration.ofSeconds(20);

    @Override
    public Outcome run() {
        long seed = Seed.choose("limits");
        try (Database database = Database.startDurable(); TempFolder folder = TempFolder.create()) {
            boolean quick = decisions(database);
            boolean fair = compliant(database, folder, seed);
            return quick && fair ? Outcome.REACHED : Outcome.MISSED;
        }
    }

    /**
     * The median over rounds of a few seconds, of what the database decides: refusals that a process gives by the one
     * before are none of that.
     */
    private static boolean decisions(Database database) {
        try (Store store = database.store()) {
            List<OrgId> orgs = new ArrayList<>();
            for (int i = 0; i < ORGS; i++) {
                orgs.add(OrgId.named("limited-" + i));
                store.orgs().create(TenantContext.of(orgs.get(i), Actor.service("bench")));
            }
            CallLimits limits = CallLimits.none().withActors(Tier.EXPENSIVE, RATE).withOrgs(Tier.EXPENSIVE, RATE);
            LongAdder refused = new LongAdder();
            LongAdder decided = new LongAdder();
            RateAdmission admission = new RateAdmission(limits, requests -> {
                List<Answer> answers = store.rates().take(requests);
                decided.add(answers.size());
                return answers;
            });
            AtomicIntegerArray admitted = new AtomicIntegerArray(ORGS);
            double[] rates = new double[ROUNDS];
            long start = System.nanoTime();
            for (int round = -1; round < ROUNDS; round++) { // the first warms up
                decided.reset();
                long begin = System.nanoTime();
                decide(admission, orgs, begin + ROUND.toNanos(), admitted, refused);
                double rate = decided.sum() / ((System.nanoTime() - begin) / 1e9);
                rates[Math.max(0, round)] = rate;
                System.out.printf(Locale.ROOT, "%s%.0f exact decisions a second%n", round < 0 ? "warming up: " : "",
                        rate);
            }
            double most = RATE.burst() + 1 + (System.nanoTime() - start) / (double) RATE.nanosPerToken();
            int excess = 0;
            long sum = 0;
            for (int i = 0; i < ORGS; i++) {
                excess += admitted.get(i) > most ? 1 : 0;
                sum += admitted.get(i);
            }
            Arrays.sort(rates);
            System.out.printf(Locale.ROOT,
                    "%.0f exact decisions a second (bar %.0f); let in %d, refused %d; of each at most %.0f,"
                            + " %d organisations too often%n",
                    rates[ROUNDS / 2], BAR_DECISIONS, sum, refused.sum(), most, excess);
            return rates[ROUNDS / 2] >= BAR_DECISIONS && excess == 0;
        }
    }

    private static void decide(RateAdmission admission, List<OrgId> orgs, long end, AtomicIntegerArray admitted,
            LongAdder refused) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                threads.execute(() -> {
                    for (int i = first; System.nanoTime() - end < 0; i++) {
                        int org = i % 2 == 0 ? 0 : i / 2 % ORGS;
                        try {
                            admission.admit(new Entry(Operation.DOCUMENTS_COPY, Actor.service("actor-" + i % ACTORS),
                                    Optional.of(orgs.get(org))));
                            admitted.incrementAndGet(org);
                        } catch (CallRefusedException e) {
                            refused.increment();
                        }
                    }
                });
            }
        }
    }

    private static boolean compliant(Database database, TempFolder folder, long seed) {
        int calls = Given.count("calls", CALLS);
        Duration time = Duration.ofSeconds(Given.count("seconds", 120));
        CompliantCallers callers = new CompliantCallers(seed, time, PROCESSES);
        int count = callers.callersFor(calls);
        try (Store store = database.store()) {
            for (int i = 0; i < count; i++) {
                store.orgs().create(CompliantCallers.context(i));
            }
        }
        long begin = System.currentTimeMillis() + LEAD.toMillis();
        List<ChildJvm> processes = new ArrayList<>();
        long made = 0;
        long refused = 0;
        long failed = 0;
        try {
            for (int i = 0; i < PROCESSES; i++) {
                List<String> args = new ArrayList<>(database.address());
                args.addAll(List.of(Long.toString(seed), Long.toString(time.toSeconds()), Integer.toString(PROCESSES),
                        Integer.toString(i), Integer.toString(count), Long.toString(begin)));
                processes.add(ChildJvm.start(LimitedProcess.class, "limited-" + i, folder.at("processes"), args));
            }
            for (ChildJvm process : processes) {
                process.awaitLine("READY");
                if (System.currentTimeMillis() > begin) {
                    throw new IllegalStateException("the processes were not ready within " + LEAD);
                }
            }
            for (ChildJvm process : processes) {
                String[] told = process.awaitLine("MADE ", time.plus(LEAD).plusMinutes(2)).split(" ", -1);
                made += Long.parseLong(told[1]);
                refused += Long.parseLong(told[2]);
                failed += Long.parseLong(told[3]);
                System.out.printf(Locale.ROOT, "a process: %s calls, %s refused, %s failed, %s ms late at most%n",
                        told[1], told[2], told[3], told[4]);
                process.stop();
            }
        } finally {
            processes.forEach(ChildJvm::close);
        }
        double bound = upperBound(refused) / made;
        System.out.printf(Locale.ROOT,
                "%d calls of %d compliant callers through %d processes: %d refused, %.4f %% at the 95 %% upper bound"
                        + " (bar %.1f %%), %d failed%n",
                made, count, PROCESSES, refused, 100 * bound, 100 * BAR_REFUSED, failed);
        return bound < BAR_REFUSED && failed == 0 && made >= calls;
    }

    /** The one-sided 95 % upper bound of a Poisson mean of which so many were seen. */
    static double upperBound(long seen) {
        double low = 0;
        double high = 10 + 2.0 * seen + 10 * Math.sqrt((double) seen);
        for (int i = 0; i < 100; i++) {
            double mean = (low + high) / 2;
            if (atMost(seen, mean) > .05) {
                low = mean;
            } else {
                high = mean;
            }
        }
        return high;
    }

    /** How likely at most so many are seen of a Poisson distribution with this mean. */
    private static double atMost(long seen, double mean) {
        double log = -mean; // of the likelihood of none
        double sum = Math.exp(log);
        for (long i = 1; i <= seen; i++) {
            log += Math.log(mean) - Math.log((double) i);
            sum += Math.exp(log);
        }
        return sum;
    }
}
