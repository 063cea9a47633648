package io.croft.ingest;

import io.croft.OrgId;
import io.croft.spi.SpendStore;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What an organisation may spend on embedding in a day, or that nobody counts. Thread-safe. */
final class TokenBudget {

    static final TokenBudget UNLIMITED = new TokenBudget(Optional.empty(), 0);

    private final Optional<SpendStore> spends;
    private final long daily;

    private TokenBudget(Optional<SpendStore> spends, long daily) {
        this.spends = spends;
        this.daily = daily;
    }

    static TokenBudget daily(SpendStore spends, long tokens) {
        return new TokenBudget(Optional.of(spends), tokens);
    }

    /**
     * Takes what a document needs.
     *
     * @param tokens asked only where somebody counts
     */
    Taken take(OrgId org, LongSupplier tokens) {
        if (spends.isEmpty()) {
            return new Taken(org, 0, Duration.ZERO);
        }
        long wanted = tokens.getAsLong();
        Duration wait = wanted == 0 ? Duration.ZERO : spends.get().take(org, wanted, daily);
        return new Taken(org, wait.isZero() ? wanted : 0, wait);
    }

    /** Tokens that were taken; what was not spent of them at the end is given back. Used by one thread. */
    final class Taken implements AutoCloseable {

        private final OrgId org;
        private final Duration untilMore;
        private long left;

        private Taken(OrgId org, long left, Duration untilMore) {
            this.org = org;
            this.left = left;
            this.untilMore = untilMore;
        }

        /** Zero if they were taken; else how long it is until there are some again. */
        Duration untilMore() {
            return untilMore;
        }

        void spent(LongSupplier tokens) {
            if (left > 0) {
                left = Math.max(0, left - tokens.getAsLong());
            }
        }

        @Override
        public void close() {
            if (left > 0) {
                spends.ifPresent(store -> store.giveBack(org, left));
            }
        }
    }
}
