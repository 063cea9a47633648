package io.croft.benchmarks.run;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.WriteReceipt;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Source;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread or process brings about, never longer than a deadline. */
public final class Waiting {

    private static final long LOOK_EVERY_NANOS = Duration.ofMillis(5).toNanos();

    private Waiting() {
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @param what  what is waited for, for the message
     * @param limit the longest wait
     * @throws IllegalStateException if it does not hold by then
     */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new IllegalStateException("waited " + limit + " in vain for " + what);
            }
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    /**
     * Returns when all these writes of one organisation are found by its searches.
     *
     * @param limit the longest wait for a hundred of them
     * @throws IllegalStateException if one is not visible by then
     */
    public static void untilVisible(Croft croft, TenantContext org, List<WriteReceipt> receipts, Duration limit) {
        for (int from = 0; from < receipts.size(); from += SearchQuery.MAX_RECEIPTS) {
            SearchQuery query = SearchQuery.of("anything").mode(SearchMode.TEXT).timeout(limit);
            for (WriteReceipt receipt : receipts.subList(from,
                    Math.min(receipts.size(), from + SearchQuery.MAX_RECEIPTS))) {
                query = query.after(receipt);
            }
            for (Wait wait : croft.search().search(org, query).waits()) {
                if (wait.outcome() != Wait.Outcome.VISIBLE) {
                    throw new IllegalStateException(
                            wait.receipt() + " is not visible: " + wait.outcome() + "; the store says "
                                    + status(croft, org, wait.receipt()));
                }
            }
        }
    }

    private static Optional<ContentStatus> status(Croft croft, TenantContext org, WriteReceipt receipt) {
        return receipt.source() == Source.PRIVATE
                ? croft.documents().status(org, receipt.id())
                : croft.marketplace().status(org, receipt.id());
    }
}
