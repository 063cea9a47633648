package io.croft.engine.shard;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.job.JobQueue;
import io.croft.job.OrgPlace;
import io.croft.spi.JobShards;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Finds the queue of an organisation's database.
 *
 * <p>What the map said is remembered without an end, because nothing can go wrong by it: a database that an
 * organisation is not in, or leaves, refuses it, and only then is the map asked again. So while the map's database is
 * away, calls for organisations that have been met go on. What can still be read where an organisation was is read
 * there for as long as the guard of that database goes on believing in it, ten seconds, and is cleared away later than
 * that. Thread-safe.
 */
final class ShardRoutes {

    private static final int MAX_REMEMBERED = 1_000_000;
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final JobShards shards;
    private final Map<String, JobQueue> queues;
    private final JobQueue nowhere;
    private final Duration patience;
    private final Cache<OrgId, OrgPlace> places = Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();
    private final Cache<OrgId, OrgPlace> moving =
            Caffeine.newBuilder().expireAfterWrite(PAUSE).maximumSize(MAX_REMEMBERED).build();

    /**
     * Routes to these queues.
     *
     * @param queues   by the names of their databases
     * @param nowhere  refuses calls for organisations that have no place
     * @param patience how long a call waits for a move to end
     */
    ShardRoutes(JobShards shards, Map<String, JobQueue> queues, JobQueue nowhere, Duration patience) {
        this.shards = shards;
        this.queues = new LinkedHashMap<>(queues);
        this.nowhere = nowhere;
        this.patience = patience;
    }

    /** All queues, in the order in which their databases were given. */
    Collection<JobQueue> all() {
        return queues.values();
    }

    /** What is there of an organisation's place is out of date. */
    void forget(OrgId org) {
        places.invalidate(org);
    }

    /** Makes a call for an organisation where it is, also if it moves meanwhile. */
    <T> T call(OrgId org, Function<JobQueue, T> work) {
        return call(org, (database, queue) -> work.apply(queue));
    }

    /**
     * The same for what wants to know which database that is. A refusal counts if the organisation is at rest where it
     * was asked for, and refused there once more: a move may have ended between the refusal and the look at the map.
     */
    <T> T call(OrgId org, BiFunction<String, JobQueue, T> work) {
        long end = System.nanoTime() + patience.toNanos();
        Optional<OrgPlace> first = known(org);
        if (first.isEmpty()) {
            return work.apply("", nowhere);
        }
        OrgPlace place = first.get();
        Duration pause = PAUSE;
        boolean restedBefore = false;
        while (true) {
            RuntimeException refused;
            try {
                return work.apply(place.database(), queue(place));
            } catch (UnknownOrgException | OrgMovedException e) {
                refused = e;
            }
            OrgPlace now = lookAgain(org);
            boolean isOver = System.nanoTime() - end >= 0;
            boolean rests = now.version() == place.version() && !now.isMoving();
            if (rests && refused instanceof UnknownOrgException && (restedBefore || isOver)) {
                throw refused;
            } else if (isOver) {
                throw new StoreUnavailableException("organisation " + org + " is on its way to another database, since "
                        + patience + " at least: call again", refused);
            } else if (now.version() == place.version()) {
                pause(org, pause);
                Duration twice = pause.multipliedBy(2);
                pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
            }
            restedBefore = rests;
            place = now;
        }
    }

    /**
     * Makes a call in the host's own transaction, which can be made once and no more when the database has been asked.
     */
    <T> T callOnce(OrgId org, Function<JobQueue, T> work) {
        Optional<OrgPlace> place = known(org);
        if (place.isEmpty()) {
            return work.apply(nowhere);
        }
        try {
            return work.apply(queue(place.get()));
        } catch (UnknownOrgException e) {
            return onceMore(place.get(), work, e);
        } catch (OrgMovedException e) {
            forget(org);
            throw e;
        }
    }

    /**
     * Where the guard refused, the transaction was not touched; where the right database did, it refuses this too. A
     * move may have ended between the refusal and the look at the map, also one that the first look saw.
     */
    private <T> T onceMore(OrgPlace before, Function<JobQueue, T> work, UnknownOrgException refused) {
        OrgPlace now = look(before.org());
        try {
            return work.apply(queue(now));
        } catch (UnknownOrgException e) {
            if (now.isMoving()) {
                throw new StoreUnavailableException("organisation " + now.org() + " is on its way to another database:"
                        + " roll the transaction back, and do all of it again", e);
            }
            throw e;
        } catch (OrgMovedException e) {
            forget(now.org());
            throw e;
        } catch (CroftException e) {
            if (e.getClass() == CroftException.class) { // the refusal has ended what the transaction can do
                refused.addSuppressed(e);
                throw refused;
            }
            throw e;
        }
    }

    private Optional<OrgPlace> known(OrgId org) {
        OrgPlace place = places.getIfPresent(org);
        return place == null ? ask(org) : Optional.of(place);
    }

    /** Where it is now, by the map. */
    OrgPlace look(OrgId org) {
        return ask(org).orElseThrow(() -> new UnknownOrgException("organisation " + org + " does not exist: create it "
                + "with orgs().create(…) of the sharded queue first"));
    }

    private Optional<OrgPlace> ask(OrgId org) {
        Optional<OrgPlace> place = shards.find(org);
        place.ifPresentOrElse(found -> places.put(org, found), () -> forget(org));
        return place;
    }

    /** The same; of many calls that wait for one organisation, one asks the map at a time. */
    private OrgPlace lookAgain(OrgId org) {
        OrgPlace known = moving.getIfPresent(org);
        if (known != null) {
            return known;
        }
        OrgPlace place = look(org);
        if (place.isMoving()) {
            moving.put(org, place);
        }
        return place;
    }

    private JobQueue queue(OrgPlace place) {
        JobQueue queue = queues.get(place.database());
        if (queue == null) {
            throw new InvalidInputException("organisation " + place.org() + " is in database " + place.database()
                    + ", which is not among those given: " + queues.keySet());
        }
        return queue;
    }

    private static void pause(OrgId org, Duration pause) {
        LockSupport.parkNanos(pause.toNanos());
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreUnavailableException("the wait for the move of organisation " + org + " was interrupted");
        }
    }
}
