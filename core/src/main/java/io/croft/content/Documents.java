package io.croft.content;

import io.croft.TenantContext;
import java.util.List;
import java.util.Optional;

/**
 * The private documents of an organisation: nobody else finds them. Writes are stored together with the job that makes
 * them searchable; the slow work runs in the queue. Thread-safe.
 *
 * <p>A document may be for certain groups ({@link Document#groups}). Then a {@link io.croft.Role#MEMBER} who is in none
 * of them finds, copies and deletes it as little as one that does not exist, and may neither replace it nor store one
 * that he would not see himself. What counts is the newest revision; in searches, that whose text is found, less the
 * groups that a newer one is not for.
 *
 * <p>Every method throws {@link io.croft.UnknownOrgException} for an organisation that does not exist,
 * {@link io.croft.OrgSuspendedException} for one that is suspended, and {@link io.croft.StoreUnavailableException} if
 * the database cannot be reached.
 */
public interface Documents {

    /** The most documents of one {@link #putAll} call. */
    int MAX_BATCH = 1000;

    /**
     * Stores a document; one with the same id is replaced, and its earlier text stays searchable until the new one is,
     * for those whom the new one is for too.
     *
     * @throws io.croft.InvalidInputException if its text is over the limit, or a field is not as it was declared
     * @throws io.croft.NotPermittedException if the actor is a member and does not see what it would replace, or would
     *                                        not see this
     */
    default WriteReceipt put(TenantContext context, Document document) {
        return putAll(context, List.of(document)).getFirst();
    }

    /**
     * Stores all of them or none, in one transaction; a later one with the same id wins.
     *
     * @param documents 1 to {@value #MAX_BATCH}
     * @return one receipt for each, in their order
     * @throws io.croft.InvalidInputException if there are none or too many, a text is over the limit, or a field is not
     *                                        as it was declared
     * @throws io.croft.NotPermittedException if the actor is a member and does not see one that would be replaced, or
     *                                        would not see one of these
     */
    List<WriteReceipt> putAll(TenantContext context, List<Document> documents);

    /**
     * Deletes a document; it is found until the deletion has reached the index.
     *
     * @return the receipt of the removal; empty if there was none with this id
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<WriteReceipt> delete(TenantContext context, String id);

    /**
     * The stored document in its newest revision; empty if there is none or it was deleted.
     *
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<Document> find(TenantContext context, String id);

    /**
     * How far the newest revision has come; empty if there never was one with this id.
     *
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<ContentStatus> status(TenantContext context, String id);

    /**
     * Copies all documents of an organisation to another one, in their newest revisions, with their groups, chunks and
     * vectors, so that nothing is embedded again; a revision that is still in the queue gets a job of the other
     * organisation.
     * What the other one has under the same id stays as it is, so a copy that was ended halfway can be made again.
     * Listings and jobs are not copied. Takes about as long as writing so many rows does; documents that are written
     * meanwhile are copied or not.
     *
     * @param from the organisation that is copied; of its documents those that the context's actor sees
     * @param to   the one that gets the copies
     * @throws io.croft.InvalidInputException if both are the same organisation
     */
    CopyReceipt copyAll(TenantContext from, TenantContext to);
}
