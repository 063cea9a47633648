package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.content.ContentStatus;
import io.croft.content.WriteReceipt;
import io.croft.engine.index.IndexFollower;
import io.croft.engine.index.InterruptedSearchException;
import io.croft.guard.Lookups;
import io.croft.search.SearchResults.Wait;
import io.croft.search.SearchResults.Wait.Outcome;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until writes are visible, have failed, or the time is up. The database is asked beside the waiting thread: one
 * that hangs does not hold the query.
 */
final class WriteWaits {

    /** How long it trusts the index alone before it asks the database whether the write has failed. */
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final Logger LOG = LoggerFactory.getLogger(WriteWaits.class);

    private final IndexFollower follower;
    private final Lookups<Watched, Optional<ContentStatus>> statuses;

    /** A write that somebody waits for who sees so much. */
    private record Watched(WriteReceipt receipt, Sight sight) {
    }

    WriteWaits(IndexFollower follower, ContentStore content) {
        this.follower = follower;
        this.statuses = new Lookups<>("croft-status",
                one -> content.status(one.receipt().org(), one.receipt().source(), one.receipt().id(), one.sight()),
                (one, status) -> {
                });
    }

    /**
     * Waits for each of these writes; returns what became of each, in order. One of a document that is not seen is as
     * one of a document that there is not.
     */
    List<Wait> await(Org org, Sight sight, List<WriteReceipt> receipts, long deadlineNanos) {
        List<Wait> waits = new ArrayList<>(receipts.size());
        for (WriteReceipt receipt : receipts) {
            if (!receipt.org().equals(org.id())) {
                throw new InvalidInputException("the receipt of \"" + receipt.id()
                        + "\" is another organisation's: a query waits for writes of its own organisation only");
            }
        }
        for (WriteReceipt receipt : receipts) {
            waits.add(new Wait(receipt, await(org, new Watched(receipt, sight), deadlineNanos)));
        }
        return waits;
    }

    private Outcome await(Org org, Watched watched, long deadlineNanos) {
        WriteReceipt receipt = watched.receipt();
        if (!receipt.life().equals(org.incarnation())) {
            return Outcome.FAILED; // erased since: revisions count from 1 again, and tell nothing of it
        }
        IndexScope scope = receipt.source() == Source.PRIVATE
                ? new IndexScope.PrivateIndex(org.id(), org.incarnation())
                : new IndexScope.MarketIndex();
        while (true) {
            long applications = follower.applications(scope);
            Optional<Outcome> outcome = look(scope, watched, deadlineNanos);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                return Outcome.TIMEOUT;
            }
            follower.poke();
            try {
                follower.awaitApplication(scope, applications, Math.min(left, LOOK_AGAIN_NANOS));
            } catch (InterruptedException e) {
                throw new InterruptedSearchException("interrupted while waiting for a write to become visible", e);
            }
        }
    }

    /** Looks once; what cannot be seen now, because the index or the database is away, may be seen later. */
    private Optional<Outcome> look(IndexScope scope, Watched watched, long deadlineNanos) {
        try {
            OptionalLong held;
            try (IndexSession session = follower.session(scope, watched.sight(), deadlineNanos)) {
                held = session.revision(new ContentKey(watched.receipt().org(), watched.receipt().id()));
            }
            return outcome(watched, held, Math.min(LOOK_AGAIN_NANOS, deadlineNanos - System.nanoTime()));
        } catch (CroftException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            LOG.debug("a write cannot be looked for right now: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<Outcome> outcome(Watched watched, OptionalLong held, long nanos) {
        WriteReceipt receipt = watched.receipt();
        boolean deletion = receipt.deletion();
        if (held.isPresent()
                && (deletion ? held.getAsLong() > receipt.revision() : held.getAsLong() >= receipt.revision())) {
            return Optional.of(Outcome.VISIBLE);
        }
        if (deletion && held.isEmpty()) {
            return Optional.of(Outcome.VISIBLE);
        }
        Optional<Optional<ContentStatus>> known = statuses.ask(watched, nanos);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Optional<ContentStatus> status = known.get();
        if (status.isEmpty()) {
            return Optional.of(Outcome.FAILED);
        }
        return switch (status.get().state()) {
            case FAILED -> Optional.of(Outcome.FAILED);
            case DELETED -> held.isEmpty() ? Optional.of(Outcome.VISIBLE) : Optional.empty();
            case QUEUED, READY -> Optional.empty();
        };
    }
}
