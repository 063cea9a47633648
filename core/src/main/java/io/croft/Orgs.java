package io.croft;

import java.time.Duration;
import java.util.Optional;

/**
 * Creates and erases organisations. An organisation is never implied: until it is created, every call for it fails with
 * {@link UnknownOrgException}. Thread-safe.
 */
public interface Orgs {

    /**
     * How soon other processes have removed their copies of an erased organisation's index from their disks, as long as
     * they run and reach the database; one that does not removes them when it does again.
     */
    Duration ELSEWHERE_GONE_WITHIN = Duration.ofMinutes(1);

    /**
     * Creates the organisation of the context, or returns it if it exists.
     *
     * @throws StoreUnavailableException if the database cannot be reached
     */
    Org create(TenantContext context);

    /**
     * The organisation with this id, if it exists.
     *
     * @throws StoreUnavailableException if the database cannot be reached
     */
    Optional<Org> find(OrgId org);

    /**
     * Erases the organisation of the context: its documents, listings, jobs and index, in the database and in this
     * process's folder. Other processes answer for it no more after ten seconds at most, and remove their copies of its
     * index from their disks within {@link #ELSEWHERE_GONE_WITHIN}. Afterwards the id is unknown and may be
     * created again, as a new incarnation that sees nothing of the old one.
     *
     * <p>Its listings are found no more as soon as each process has read their removal in the marketplace's log; their
     * bytes go when the marketplace's index merges what was deleted away, within a day.
     *
     * @return what was removed
     * @throws UnknownOrgException       if it does not exist
     * @throws StoreUnavailableException if the database cannot be reached
     */
    ErasureReceipt erase(TenantContext context);
}
