package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.OrgPlace;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Several stores, each on a database of its own, and a map that says in which of them each organisation's jobs are.
 * Opened by the host and closed by the {@link io.croft.ShardedJobQueue} that it is given to. Thread-safe.
 *
 * <p>The map may be remembered for as long as one likes: a store refuses what is asked of it for an organisation that
 * it does not have, with {@link io.croft.UnknownOrgException}, or that moves away from it, with
 * {@link io.croft.OrgMovedException}. Then it is time to look again.
 *
 * <p>Every method but {@link #stores} throws {@link io.croft.StoreUnavailableException} if a database that it needs
 * cannot be reached.
 */
public interface JobShards extends AutoCloseable {

    /** The most databases. */
    int MAX_DATABASES = 1023;

    /** The stores, by the names of their databases, in the order in which these were given. Closed with this. */
    Map<String, Store> stores();

    /** Where an organisation is; empty if it has no place yet. */
    Optional<OrgPlace> find(OrgId org);

    /** Where an organisation is; gives it a place if it has none. Nothing else is made of it there. */
    OrgPlace place(OrgId org);

    /** Takes this place away from its organisation, once that is in no store any more; not if it has moved since. */
    void forget(OrgPlace place);

    /**
     * The organisations whose moves are under way, or were left so, by their ids.
     *
     * @param after the last one of the page before
     * @param limit 1 to 1,000
     */
    List<OrgPlace> moving(Optional<OrgId> after, int limit);

    /**
     * Moves an organisation, or goes on with its move from wherever it was left, until it is done; what
     * {@link io.croft.ShardedJobQueue#move} says of it, holds here.
     *
     * @param patience how long attempts that run, and transactions that are open, may take to end
     */
    OrgPlace move(OrgId org, String database, Duration patience);

    /** Closes the stores. */
    @Override
    void close();
}
