package io.croft;

import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Creates, lists, limits, exports, suspends and erases organisations. An organisation is never implied: until it is
 * created, every call for it fails with {@link UnknownOrgException}. Thread-safe.
 */
public interface Orgs {

    /** The most organisations of one page. */
    int MAX_PAGE = 500;

    /**
     * How soon other processes have removed their copies of an erased organisation's index from their disks, as long as
     * they run and reach the database; one that does not removes them when it does again.
     */
    Duration ELSEWHERE_GONE_WITHIN = Duration.ofMinutes(1);

    /** How long an export may take. */
    Duration MAX_EXPORT = Duration.ofHours(1);

    /**
     * Creates the organisation of the context, or returns it if it exists.
     *
     * @throws NotPermittedException     if the actor is a member
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
     * How large the organisation of the context is, and when it was last active.
     *
     * @throws UnknownOrgException       if it does not exist; also if it is being erased, unless the actor is a super
     *                                   admin
     * @throws OrgSuspendedException     if it is suspended, unless the actor is a super admin
     * @throws StoreUnavailableException if the database cannot be reached
     */
    OrgSummary summary(TenantContext context);

    /**
     * The organisations with their sizes and activity, by id, those that are suspended or being erased included. What a
     * page costs follows its length and the number of queues.
     *
     * @param after the last organisation of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     * @throws NotPermittedException     if the actor is no super admin
     * @throws InvalidInputException     if the limit is out of its range
     * @throws StoreUnavailableException if the database cannot be reached
     */
    List<OrgSummary> list(Actor operator, Optional<OrgId> after, int limit);

    /**
     * How much the organisation of the context may have; {@link OrgQuotas#UNLIMITED} unless something else was set.
     *
     * @throws UnknownOrgException       if it does not exist; also if it is being erased, unless the actor is a super
     *                                   admin
     * @throws OrgSuspendedException     if it is suspended, unless the actor is a super admin
     * @throws StoreUnavailableException if the database cannot be reached
     */
    OrgQuotas quotas(TenantContext context);

    /**
     * Sets how much the organisation of the context may have. It counts in all processes for calls that begin after
     * this has returned.
     *
     * @param quotas all limits; what is not among them is unlimited from now on
     * @return what counted before
     * @throws NotPermittedException     if the actor is no super admin
     * @throws UnknownOrgException       if it does not exist or is being erased
     * @throws OrgMovedException         if it is being moved to another database
     * @throws StoreUnavailableException if the database cannot be reached, the map of databases says that it moves, or
     *                                   open transactions that add something held its limits for too long
     */
    OrgQuotas setQuotas(TenantContext context, OrgQuotas quotas);

    /**
     * Writes all that the organisation of the context has to a stream, as a zip of JSON lines: its documents and
     * listings in their newest revisions, and its jobs, with those that have ended and of which there is still a
     * record. {@code docs/export.md} describes the format. Each of the three is as of one moment. What is held in
     * memory does not depend on how much it is: a page of about 8 MiB of documents, or one document if that is larger,
     * or a page of 50 jobs.
     *
     * <p>While documents, listings or jobs are written, a transaction is open that keeps the database from cleaning up
     * what changes meanwhile. Give a stream that takes them as fast as a disk does. A process makes
     * {@value io.croft.limits.LoadShedding#EXPORTS} at once at most and one of an organisation, whoever makes them,
     * and each ends after {@link #MAX_EXPORT} if it is not done.
     *
     * @param out is not closed, and holds a file that cannot be used if this throws: without {@code manifest.json}
     * @return what was written
     * @throws NotPermittedException     if the actor is a member
     * @throws UnknownOrgException       if it does not exist, is being erased, or is erased meanwhile
     * @throws OrgSuspendedException     if it is suspended, unless the actor is a super admin
     * @throws CallRefusedException      if there are as many under way as there may be
     * @throws CroftException            if the stream fails, with what it threw as the cause, or it takes too long
     * @throws StoreUnavailableException if the database cannot be reached
     */
    ExportReceipt export(TenantContext context, OutputStream out);

    /**
     * Takes the organisation of the context out of service, and keeps all that it has. From then on every call for it
     * fails with {@link OrgSuspendedException}: writes and enqueues of every process at once, since the database
     * refuses them; reads and searches of this process at once, of others after ten seconds at most as long as they
     * reach the database (one that does not goes on with what it knew). {@link #create} and {@link #find} still return
     * it. None of its jobs
     * is begun; those that run may end, and if one fails because of this, its attempt is not counted. Its schedules do
     * not fire; when it is resumed, what they do about missed times holds. Its index goes on following its log, its
     * listings stay in the marketplace, and a super admin can still erase it. One that is suspended already stays so.
     * It cannot be moved to another database until it is resumed. What another process lets in meanwhile, for ten
     * seconds at most, may still cancel, redrive or discard jobs that are there.
     *
     * @return the organisation, suspended
     * @throws NotPermittedException     if the actor is no super admin
     * @throws UnknownOrgException       if it does not exist or is being erased
     * @throws OrgMovedException         if it is being moved to another database
     * @throws StoreUnavailableException if the database cannot be reached, the map of databases says that it moves, or
     *                                   claims held the queue for too long
     */
    Org suspend(TenantContext context);

    /**
     * Takes the organisation of the context into service again, as it was when it was suspended: also a pause of its
     * jobs goes on. Other processes serve it after ten seconds at most, as long as they reach the database. One that is
     * not suspended stays as it is.
     *
     * @return the organisation, active
     * @throws NotPermittedException     if the actor is no super admin
     * @throws UnknownOrgException       if it does not exist or is being erased
     * @throws StoreUnavailableException if the database cannot be reached, or claims held the queue for too long
     */
    Org resume(TenantContext context);

    /**
     * Erases the organisation of the context: its documents, listings, jobs and index, in the database and in this
     * process's folder. Other processes answer for it no more after ten seconds at most, as long as they reach the
     * database, and remove their copies of its index from their disks within {@link #ELSEWHERE_GONE_WITHIN}. Afterwards
     * the id is unknown and may be created again, as a new incarnation that sees nothing of the old one.
     *
     * <p>Its listings are found no more as soon as each process has read their removal in the marketplace's log; their
     * bytes go when the marketplace's index merges what was deleted away, within a day.
     *
     * @return what was removed
     * @throws NotPermittedException     if the actor is a member
     * @throws UnknownOrgException       if it does not exist
     * @throws OrgSuspendedException     if it is suspended, unless the actor is a super admin
     * @throws StoreUnavailableException if the database cannot be reached
     */
    ErasureReceipt erase(TenantContext context);
}
