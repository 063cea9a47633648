package io.croft.spi.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.TenantContext;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.contract.JobProtocol;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The protocol of jobs in ten thousand interleavings; {@code -Dcroft.seeds=N} runs more, {@code -Dcroft.seed=N} one of
 * them again. {@link BrokenJobs} shows that it finds what is broken.
 */
class JobProtocolTest {

    private static final int SEEDS = 10_000;
    /** Within which each defect must show. */
    private static final int SEEDS_FOR_A_DEFECT = 500;

    @Test
    void protocol_keepsItsPromisesInEveryInterleaving() {
        Long one = Long.getLong("croft.seed");
        if (one != null) {
            JobProtocol.run(new MemoryGround(UnaryOperator.identity()), one);
            return;
        }
        long first = System.nanoTime() % 1_000_000_000_000L;
        int count = Integer.getInteger("croft.seeds", SEEDS);
        for (int i = 0; i < count; i++) {
            JobProtocol.run(new MemoryGround(UnaryOperator.identity()), first + i);
        }
    }

    @Test
    void sameSeed_givesTheSameRun() {
        assertThat(defect(BrokenJobs.LIMIT_ONE_TOO_HIGH)).isEqualTo(defect(BrokenJobs.LIMIT_ONE_TOO_HIGH));
    }

    @ParameterizedTest
    @EnumSource
    void brokenStore_isFound(BrokenJobs defect) {
        String message = defect(defect);

        assertThat(message).as("what was said of " + defect).contains("repeat with -Dcroft.seed=");
    }

    /** What the first seed says that meets the defect; nothing if none does. */
    private static String defect(BrokenJobs defect) {
        for (long seed = 1; seed <= SEEDS_FOR_A_DEFECT; seed++) {
            try {
                JobProtocol.run(new MemoryGround(defect::breaking), seed);
            } catch (AssertionError found) {
                return String.valueOf(found.getMessage());
            }
        }
        return "";
    }

    private static final class MemoryGround implements JobProtocol.Ground {

        private static final String QUEUE = "protocol";

        private final SettableClock clock = new SettableClock();
        private final InMemoryStore store = new InMemoryStore(clock);
        private final JobStore jobs;

        MemoryGround(UnaryOperator<JobStore> breaking) {
            jobs = breaking.apply(store.jobs());
            jobs.registerQueue(QUEUE);
        }

        @Override
        public JobStore jobs() {
            return jobs;
        }

        @Override
        public String queue() {
            return QUEUE;
        }

        @Override
        public OrgId newOrg(int number) {
            OrgId org = OrgId.named("protocol-" + number);
            store.orgs().create(TenantContext.of(org, Actor.service("protocol")));
            return org;
        }

        @Override
        public Instant now() {
            return clock.instant();
        }

        @Override
        public void advance(Duration time) {
            clock.advance(time);
        }

        /** The store does not look at the connection and completes at once, so it is asked when it commits. */
        @Override
        public Optional<JobProtocol.Completing> complete(JobLease lease) {
            Connection unused = (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
                    new Class<?>[]{Connection.class}, (proxy, method, arguments) -> {
                        throw new AssertionError("the store in memory looked at the connection");
                    });
            return Optional.of(new JobProtocol.Completing() {
                @Override
                public boolean commit() {
                    try {
                        jobs.completeIn(unused, lease, Optional.empty());
                        return true;
                    } catch (StaleLeaseException lost) {
                        return false;
                    }
                }

                @Override
                public void rollBack() {
                    // nothing was done yet
                }
            });
        }

        @Override
        public void audit() {
            // find and depth show all there is
        }
    }
}
