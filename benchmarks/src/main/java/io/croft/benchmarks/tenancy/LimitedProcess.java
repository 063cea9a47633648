package io.croft.benchmarks.tenancy;

import io.croft.CallObserver;
import io.croft.CallRefusedException;
import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.run.Database;
import io.croft.engine.limits.RateAdmission;
import io.croft.guard.Gate;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.limits.CallLimits;
import io.croft.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** One of several processes that {@link CompliantCallers} call through. */
final class LimitedProcess {

    private static final int SHOWN = 20;

    private LimitedProcess() {
    }

    /**
     * Makes the calls of this process at their times, and says how many were made and refused, and how late at most.
     *
     * @param args the database's address, the seed, the time in seconds, how many processes, which one this is, how
     *             many callers, and when the first second begins, in milliseconds since 1970
     */
    public static void main(String[] args) {
        CompliantCallers callers = new CompliantCallers(Long.parseLong(args[2]),
                Duration.ofSeconds(Long.parseLong(args[3])), Integer.parseInt(args[4]));
        List<CompliantCallers.Call> calls = callers.ofProcess(Integer.parseInt(args[5]), Integer.parseInt(args[6]));
        LongAdder refused = new LongAdder();
        LongAdder failed = new LongAdder();
        AtomicLong latest = new AtomicLong();
        ConcurrentLinkedQueue<String> shown = new ConcurrentLinkedQueue<>();
        try (Database database = Database.at(List.of(args[0], args[1]));
                Store store = database.store();
                TenantGuard guard = new TenantGuard(store.orgs(),
                        new Gate(List.of(new RateAdmission(CallLimits.standard(), store.rates())), CallObserver.NOBODY,
                                OrgLabels.IDS));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            System.out.println("READY");
            Duration left = Duration.between(Instant.now(), Instant.ofEpochMilli(Long.parseLong(args[7])));
            long start = System.nanoTime() + left.toNanos();
            for (CompliantCallers.Call call : calls) {
                for (long wait; (wait = start + call.afterNanos() - System.nanoTime()) > 0;) {
                    LockSupport.parkNanos(wait);
                }
                threads.execute(() -> {
                    latest.accumulateAndGet(System.nanoTime() - start - call.afterNanos(), Math::max);
                    try {
                        guard.call(CompliantCallers.context(call.caller()), call.operation(), org -> org);
                    } catch (CallRefusedException e) {
                        refused.increment();
                        shown.add(call.operation() + " " + e.reason());
                    } catch (RuntimeException e) {
                        failed.increment();
                        shown.add(e.toString());
                    }
                });
            }
        }
        shown.stream().limit(SHOWN).forEach(System.err::println);
        System.out.println("MADE " + calls.size() + " " + refused + " " + failed + " " + latest.get() / 1_000_000);
        ChildJvm.untilParentEnds();
    }
}
