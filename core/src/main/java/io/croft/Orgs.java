package io.croft;

import java.util.Optional;

/**
 * Creates and erases organisations. An organisation is never implied: until it is created, every call for it fails with
 * {@link UnknownOrgException}. Thread-safe.
 */
public interface Orgs {

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
     * index from their disks within an hour, or when they next start. Afterwards the id is unknown and may be
     * created again, as a new incarnation that sees nothing of the old one.
     *
     * @throws UnknownOrgException       if it does not exist
     * @throws StoreUnavailableException if the database cannot be reached
     */
    void erase(TenantContext context);
}
