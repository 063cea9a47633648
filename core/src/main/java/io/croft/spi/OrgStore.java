package io.croft.spi;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgSummary;
import io.croft.TenantContext;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Organisations. Thread-safe. */
public interface OrgStore {

    /** Creates the organisation of the context with a new random incarnation, or returns it if it exists. */
    Org create(TenantContext context);

    /** The organisation, whatever its state. */
    Optional<Org> find(OrgId org);

    /** How large an organisation is, whatever its state; empty if it does not exist. */
    Optional<OrgSummary> summary(OrgId org);

    /**
     * The same of organisations in the order of their ids as texts.
     *
     * @param after the one before the first; empty to begin at the beginning
     * @param limit how many at most
     */
    List<OrgSummary> list(Optional<OrgId> after, int limit);

    /** How much an organisation may have, whatever its state; empty if it does not exist. */
    Optional<OrgQuotas> quotas(OrgId org);

    /**
     * Sets how much an organisation may have, in service or suspended. From then on whatever adds more throws
     * {@link io.croft.QuotaExceededException} and changes nothing: {@link ContentStore#put},
     * {@link ContentStore#writeChunks}, {@link ContentStore#copy}, what {@link InputStore} and {@link CrawlStore} add
     * of these, and every enqueue; what its schedules would fire is left out, but not what those of all organisations
     * fire. What adds nothing of a resource, as a shorter text does, is not refused for it.
     *
     * @return what counted before
     * @throws io.croft.UnknownOrgException if it does not exist or is being erased
     * @throws io.croft.OrgMovedException   if it moves to another database
     */
    OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas);

    /**
     * Sets an active organisation to {@link Org.State#SUSPENDED} and pauses its lanes, in one transaction. From then on
     * calls for it throw {@link io.croft.OrgSuspendedException}, but for those of running jobs, of indexes that follow
     * its log, and {@link #erase}.
     *
     * @return the organisation, suspended; also if it was already
     * @throws io.croft.UnknownOrgException if it does not exist or is being erased
     * @throws io.croft.OrgMovedException   if it moves to another database
     */
    Org suspend(TenantContext context);

    /**
     * Ends {@link #suspend}. Other pauses of its lanes go on.
     *
     * @return the organisation, active; also if it was already
     * @throws io.croft.UnknownOrgException if it does not exist or is being erased
     */
    Org resume(TenantContext context);

    /**
     * Removes every row of the organisation, the row of the organisation itself last. First, in a transaction of its
     * own, sets it to {@link Org.State#ERASING}, so that nothing new begins; may be called again after a failure
     * midway.
     *
     * <p>Removals of its listings enter the marketplace's log.
     *
     * @return what this call removed
     * @throws io.croft.UnknownOrgException   if it does not exist
     * @throws io.croft.OrgSuspendedException if it is suspended, unless the actor is a super admin
     */
    ErasureReceipt.Rows erase(TenantContext context);

    /**
     * Those of the given indexes whose organisation does not exist, or lives another life.
     *
     * @param indexes any number
     */
    Set<IndexScope.PrivateIndex> gone(Collection<IndexScope.PrivateIndex> indexes);
}
