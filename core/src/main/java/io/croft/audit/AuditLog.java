package io.croft.audit;

import io.croft.Actor;
import io.croft.TenantContext;
import java.util.Optional;

/**
 * Reads what administration did. An entry is written in the transaction of what it tells of: what was rolled back has
 * none, and what could not be written down was not done. Nobody can change an entry or remove one before its time;
 * {@code docs/audit.md} lists the actions. Thread-safe.
 *
 * <p>Every method throws {@link io.croft.NotPermittedException} if the actor has not the role for it,
 * {@link io.croft.InvalidInputException} if a value is out of its range, and
 * {@link io.croft.StoreUnavailableException} if the database cannot be reached.
 */
public interface AuditLog {

    /** The most entries of a page. */
    int MAX_PAGE = 1000;

    /**
     * The entries of the context's organisation in its present life, the newest first. What an earlier life of the same
     * id has left is for super admins alone. An entry whose transaction was still open when its page was read is not
     * shown on later pages.
     *
     * @param context its actor is an admin of the organisation or a super admin
     * @param filter  which of them
     * @param cursor  of the page before, with the same filter; empty for the first page. It holds no secret and lasts
     *                as long as the entries do
     * @param limit   1 to {@value #MAX_PAGE}
     * @throws io.croft.UnknownOrgException   if the organisation does not exist
     * @throws io.croft.OrgSuspendedException if it is suspended, also for a super admin: {@link #listAll} with a filter
     *                                        for it tells then
     */
    AuditPage list(TenantContext context, AuditFilter filter, Optional<String> cursor, int limit);

    /**
     * The entries of all organisations, those that are gone included, and of what concerns none; else as
     * {@link #list}.
     *
     * @param operator a super admin
     */
    AuditPage listAll(Actor operator, AuditFilter filter, Optional<String> cursor, int limit);
}
